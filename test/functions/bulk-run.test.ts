import { describe, expect, it } from "vitest";
import { madeBy } from "../../lib/operation/marker.ts";
import { eventsAbout, useBulkWorld, type BulkWorld } from "./bulk-world.ts";

const machine = { type: "DEV1-S", image: "ubuntu_noble" };
const create = { connection: "paris", kind: "server.create" };
const short = (type: string): string => type.replace("switchyard.", "");

describe("a bulk job that runs", () => {
  let world: BulkWorld;
  let serial: number;
  const assume = { lands_within_seconds: 1, listed_within_seconds: 1 };
  useBulkWorld(
    {},
    (opened, number) => {
      world = opened;
      serial = number;
    },
    [{ name: "slow", rate_per_second: 3, assume }],
  );

  const key = (more = "") => `run-${serial}${more}`;
  const named = (count: number, more: object = {}) => ({
    ...create,
    count,
    template: { ...machine, name: `s${serial}-{{index}}`, ...more },
  });
  const serversOfRun = () => world.serversNamed(`s${serial}-`);

  it("makes one server a row and tells of each what it has become", async () => {
    const text = `name,type,image,tags\ns${serial}-a,DEV1-S,ubuntu_noble,env=dev|web\ns${serial}-b,DEV1-S,ubuntu_noble,\n`;
    const target = "/v1/bulk-jobs?connection=paris&kind=server.create";
    const answer = await world.ask("POST", target, { text, type: "text/csv", key: key() });
    expect(answer.status).toBe(202);
    const id = answer.headers["Location"]?.split("/").at(-1) ?? "";
    const job = await world.over(id);
    expect(job).toMatchObject({ state: "completed", counts: { total: 2, succeeded: 2 } });
    const made = serversOfRun();
    expect(made.map(({ state }) => state)).toEqual(["running", "running"]);
    const items = await world.items(id);
    expect(
      items.map(({ line, name, state, attempts, zone }) => ({ line, name, state, attempts, zone })),
    ).toEqual(
      ["a", "b"].map((letter, at) => ({
        line: at + 2,
        name: `s${serial}-${letter}`,
        state: "succeeded",
        attempts: 1,
        zone: "fr-par-1",
      })),
    );
    for (const item of items) {
      const server = made.find((one) => one.id === item.server_id);
      expect(madeBy(server?.tags ?? [])).toBe(item.operation_id);
      expect(item.ips).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)]);
      expect(item.eur_per_hour).toBeGreaterThan(0);
    }
    expect(made.find(({ name }) => name.endsWith("-a"))?.tags).toContain("env=dev");
    await world.tick();
    const said = eventsAbout(world, job);
    expect(said.map(({ type }) => short(type)).filter((type) => type !== "bulk_job.progressed")).toEqual([
      "bulk_job.planned",
      "bulk_job.started",
      "bulk_job.completed",
    ]);
    expect(said.map(({ sequence }) => sequence)).toEqual(said.map((_, at) => at + 1));
  });

  it("fails only what the provider refuses, groups the reasons, and tries again only those", async () => {
    const job = await world.submit(named(6), key());
    world.simulator.control.addFault({ name: "quotas_exceeded", subject: `s${serial}-2` });
    world.simulator.control.addFault({ name: "quotas_exceeded", subject: `s${serial}-5` });
    world.simulator.control.addFault({ name: "out_of_stock", subject: `s${serial}-3` });
    const ended = await world.over(job.id);
    expect(ended).toMatchObject({ state: "completed_with_errors", counts: { succeeded: 3, failed: 3 } });
    expect(ended.errors.map(({ code, count }) => [code, count])).toEqual([
      ["QUOTA_EXCEEDED", 2],
      ["OUT_OF_STOCK", 1],
    ]);
    expect(ended.errors[0]?.names).toEqual([`s${serial}-2`, `s${serial}-5`]);
    const before = new Set(serversOfRun().map(({ id }) => id));
    world.simulator.control.clearFaults();
    world.simulator.control.clearCalls();
    const retried = await world.control(job.id, "retry-failed", { filter: { codes: ["QUOTA_EXCEEDED"] } });
    expect(retried).toMatchObject({ retried: 2, counts: { pending: 2, succeeded: 3, failed: 1 } });
    expect(await world.over(job.id)).toMatchObject({ counts: { succeeded: 5, failed: 1 } });
    expect(world.creates()).toBe(2);
    expect(serversOfRun().filter(({ id }) => before.has(id))).toHaveLength(3);
    const items = await world.items(job.id);
    expect(items.map(({ attempts }) => attempts)).toEqual([1, 2, 1, 1, 2, 1]);
    expect(items.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5, 6].map((at) => `s${serial}-${at}`));
  });

  it("corrects the input of what is tried again, by item key and for all", async () => {
    const items = [
      { key: "one", ...machine, name: `s${serial}-one` },
      { key: "two", ...machine, name: `s${serial}-two` },
    ];
    const job = await world.submit({ ...create, items }, key());
    world.simulator.control.addFault({ name: "quotas_exceeded" });
    expect(await world.over(job.id)).toMatchObject({ state: "failed", counts: { failed: 2 } });
    world.simulator.control.clearFaults();
    await world.control(job.id, "retry-failed", {
      patch: { two: { tags: ["mended"] } },
      patch_all: { start: false },
    });
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 2 } });
    const tagsOf = (name: string) => serversOfRun().find((server) => server.name.endsWith(name))?.tags ?? [];
    expect(tagsOf("two")).toContain("mended");
    expect(tagsOf("one")).not.toContain("mended");
    expect(serversOfRun().map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  });

  it.each(["lost_reply", "unavailable_after_effect", "truncated_json"] as const)(
    "adopts what was made although the answer was lost (%s), and sends nothing twice",
    async (fault) => {
      const job = await world.submit(named(4, { start: false }), key());
      world.simulator.control.addFault({ name: fault, match: "POST */servers", count: 2 });
      expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 4 } });
      expect(serversOfRun()).toHaveLength(4);
      expect(world.creates()).toBe(4);
    },
  );

  it("fails nothing for a rate limit", async () => {
    const job = await world.submit(named(5, { start: false }), key());
    world.simulator.control.addFault({ name: "too_many_requests", match: "POST *", count: 6 });
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 5 } });
    expect(serversOfRun()).toHaveLength(5);
  });

  it("stops when more have failed than may, and begins nothing more", async () => {
    const job = await world.submit(
      { ...named(5, { start: false }), max_failures: 1, max_parallel: 1 },
      key(),
    );
    world.simulator.control.addFault({ name: "quotas_exceeded" });
    const ended = await world.over(job.id);
    expect(ended).toMatchObject({ state: "failed", stopped: { why: "failures", rollback: null } });
    expect(ended.counts.failed).toBe(2);
    expect(ended.counts.cancelled).toBe(3);
    expect(world.creates()).toBe(2);
    world.simulator.control.clearFaults();
    const retried = await world.control(job.id, "retry-failed", {
      filter: { states: ["failed", "cancelled"] },
    });
    expect(retried["retried"]).toBe(5);
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 5 } });
  });

  it("removes what it has made when it stops and rolls back, and only that", async () => {
    const stranger = await world.run(
      { ...create, input: { ...machine, name: `s${serial}-stranger`, start: false } },
      key("-stranger"),
    );
    const body = { ...named(6, { start: false }), max_failures: 0, max_parallel: 1, on_stop: "rollback" };
    const job = await world.submit(body, key());
    world.simulator.control.addFault({ name: "quotas_exceeded", subject: `s${serial}-4` });
    const ended = await world.over(job.id);
    expect(ended.stopped).toMatchObject({
      why: "failures",
      rollback: { removed: 3, kept: [], is_done: true },
    });
    expect(ended.counts).toMatchObject({ succeeded: 0, failed: 1, cancelled: 5 });
    expect(serversOfRun().map(({ id }) => id)).toEqual([stranger.resource?.id]);
    const codes = (await world.items(job.id)).map(({ code }) => code);
    expect(codes.slice(0, 4)).toEqual(["ROLLED_BACK", "ROLLED_BACK", "ROLLED_BACK", "QUOTA_EXCEEDED"]);
  });

  it("names what is protected and stays when it rolls back", async () => {
    const body = { ...named(3, { start: false }), max_failures: 0, max_parallel: 1, on_stop: "rollback" };
    const job = await world.submit({ ...body, template: { ...body.template, protected: true } }, key());
    world.simulator.control.addFault({ name: "quotas_exceeded", subject: `s${serial}-2` });
    const ended = await world.over(job.id);
    const kept = serversOfRun().map(({ name }) => `${name} (PROTECTED)`);
    expect(kept.length).toBeGreaterThan(0);
    expect(ended.stopped?.rollback).toMatchObject({ removed: 0, kept, is_done: true });
  });

  it("leaves out what is invalid when it may, each with its own reason", async () => {
    const items = [
      { ...machine, name: `s${serial}-1`, start: false },
      { ...machine, name: `s${serial}-2`, start: "perhaps" },
      { ...machine, name: `s${serial}-3`, type: "DEV9-X" },
    ];
    const job = await world.submit({ ...create, items, skip_invalid: true }, key());
    expect(job.counts).toMatchObject({ total: 3, skipped: 2 });
    expect(await world.over(job.id)).toMatchObject({
      state: "completed",
      counts: { succeeded: 1, skipped: 2 },
    });
    const seen = await world.items(job.id);
    expect(seen.map(({ code }) => code)).toEqual([null, "INVALID", "INVALID"]);
    expect(seen[1]?.message).toMatch(/^item 2: .*true or false|^item 2: /);
    expect(seen[2]?.message).toMatch(/^item 3: .*DEV9-X/);
  });

  it("makes nothing twice within a batch scope, over all jobs", async () => {
    const of = (keys: readonly string[]) => ({
      ...create,
      batch_scope: `release-${serial}`,
      items: keys.map((item) => ({ key: item, ...machine, name: `s${serial}-${item}`, start: false })),
    });
    const first = await world.over((await world.submit(of(["a", "b"]), key("-1"))).id);
    expect(first.counts.succeeded).toBe(2);
    const second = await world.submit(of(["b", "c"]), key("-2"));
    expect(await world.over(second.id)).toMatchObject({
      state: "completed",
      counts: { succeeded: 1, skipped: 1 },
    });
    expect(serversOfRun()).toHaveLength(3);
    const [skipped, made] = await world.items(second.id);
    const b = (await world.items(first.id)).find((item) => item.key === "b");
    expect(skipped).toMatchObject({
      key: "b",
      state: "skipped",
      code: "SKIPPED_EXISTS",
      server_id: b?.server_id,
    });
    expect(made).toMatchObject({ key: "c", state: "succeeded" });
  });

  it("runs no more at once than it may", async () => {
    const job = await world.submit({ ...named(6), max_parallel: 2 }, key());
    let most = 0;
    const ended = await world.until(job.id, (seen) => {
      most = Math.max(most, seen.counts.running);
      return seen.ended_at !== null;
    });
    expect(ended.counts.succeeded).toBe(6);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });

  it("is taken up by the next runner when one's time is over", async () => {
    const job = await world.submit({ ...named(4), max_parallel: 1 }, key());
    await world.tick(26);
    const between = await world.job(job.id);
    expect(between.ended_at).toBeNull();
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 4 } });
    expect(world.creates()).toBe(4);
  });

  it("lets several runners at once do no harm", async () => {
    const job = await world.submit(named(6, { start: false }), key());
    await Promise.all([world.tick(), world.tick(), world.tick()]);
    expect(await world.over(job.id)).toMatchObject({ counts: { succeeded: 6 } });
    expect(world.creates()).toBe(6);
  });

  it("waits when the provider does not take the key, and fails nothing for it", async () => {
    const job = await world.submit(named(4, { start: false }), key());
    world.simulator.control.addFault({ name: "error", type: "denied_authentication", match: "*" });
    const paused = await world.until(job.id, ({ state }) => state === "paused");
    expect(paused).toMatchObject({ paused: { why: "authentication", resumes_at: null } });
    const rested = await world.until(job.id, ({ counts }) => counts.running === 0);
    expect(rested.counts).toMatchObject({ pending: 4, failed: 0 });
    world.simulator.control.clearFaults();
    await world.control(job.id, "resume");
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 4 } });
    expect(serversOfRun()).toHaveLength(4);
  });

  it("waits out a provider that is out, and goes on by itself", async () => {
    const job = await world.submit({ ...named(60, { start: false }), connection: "slow" }, key());
    world.simulator.control.addFault({ name: "unavailable_html", match: "*" });
    const paused = await world.until(job.id, ({ state }) => state === "paused");
    expect(paused.paused).toMatchObject({ why: "provider_outage", resumes_at: expect.any(String) });
    expect(paused.counts.pending).toBeGreaterThan(0);
    world.simulator.control.clearFaults();
    const resumed = await world.until(job.id, ({ counts }) => counts.succeeded > 0);
    expect(resumed).toMatchObject({ paused: null, counts: { failed: 0 } });
    expect(serversOfRun().length).toBeGreaterThan(0);
    await world.control(job.id, "cancel");
    await world.over(job.id);
  });

  it("that costs different things says of each what it costs, and adds them up", async () => {
    const items = [
      { ...machine, name: `s${serial}-small` },
      { ...machine, type: "DEV1-M", name: `s${serial}-middle` },
    ];
    const job = await world.submit({ ...create, items }, key());
    const ended = await world.over(job.id);
    const [small, middle] = await world.items(job.id);
    expect(middle?.eur_per_hour).toBeGreaterThan(small?.eur_per_hour ?? 0);
    const sum = (small?.eur_per_hour ?? 0) + (middle?.eur_per_hour ?? 0);
    expect(ended["cost"]).toMatchObject({ eur_per_hour: Math.round(sum * 1e6) / 1e6 });
  });
});
