import { describe, expect, it } from "vitest";
import { eventsAbout, problemSchema, useBulkWorld, type Answer, type BulkWorld } from "./bulk-world.ts";
import { later } from "./moved-clock.ts";

const machine = { type: "DEV1-S", image: "ubuntu_noble" };
const create = { connection: "paris", kind: "server.create" };

/** Seconds after which what a process remembers of the stop is forgotten. */
const remembered = 6;

describe("a bulk job under the stop switch", () => {
  let world: BulkWorld;
  let serial: number;
  useBulkWorld({ confirm_over: 5 }, (opened, number) => {
    world = opened;
    serial = number;
  });

  const named = (count: number, more: object = {}) => ({
    ...create,
    count,
    template: { ...machine, name: `h${serial}-{{index}}`, start: false },
    ...more,
  });
  const stop = async (seconds = 3600) => {
    const until = new Date(Date.now() + seconds * 1000).toISOString();
    const { status } = await world.askSettings("PUT", "/v1/stop", { body: { until, reason: "an audit" } });
    expect(status).toBe(200);
    later(remembered);
    return until;
  };
  const lift = async () => {
    expect((await world.askSettings("DELETE", "/v1/stop")).status).toBeLessThan(300);
    later(remembered);
  };
  const refused = (answer: Answer) => {
    const { code, errors } = problemSchema.parse(answer.json());
    return [answer.status, code, errors.map(({ pointer }) => pointer)];
  };
  const post = (path: string, body: unknown) =>
    world.ask("POST", path, { body, key: `stop-${serial}-${JSON.stringify(body).length}` });
  const serversOfRun = () => world.serversNamed(`h${serial}-`);
  const stopped = [409, "STOPPED", ["/kind"]];

  it("is refused as a single operation is: posted, planned and confirmed", async () => {
    const waiting = await world.submit(named(6), `waiting-${serial}`);
    await stop();
    expect(refused(await post("/v1/bulk-jobs", named(2)))).toEqual(stopped);
    expect(refused(await post("/v1/bulk-plans", named(2)))).toEqual(stopped);
    const confirmed = await post(`/v1/bulk-jobs/${waiting.id}/confirm`, { plan_hash: waiting.plan_hash });
    expect(refused(confirmed)).toEqual(stopped);
    expect(await world.job(waiting.id)).toMatchObject({ state: "awaiting_confirm" });
    const again = await world.ask("POST", "/v1/bulk-jobs", { body: named(6), key: `waiting-${serial}` });
    expect([again.status, again.headers["Idempotent-Replayed"]]).toEqual([202, "true"]);
    expect(serversOfRun()).toEqual([]);
    await lift();
    await world.control(waiting.id, "confirm", { plan_hash: waiting.plan_hash });
    expect(await world.over(waiting.id)).toMatchObject({ state: "completed", counts: { succeeded: 6 } });
  });

  it("that deletes or powers off goes on", async () => {
    const made = await world.submit(named(2), `made-${serial}`);
    await world.over(made.id);
    const ids = serversOfRun().map(({ id }) => id);
    await stop();
    const select = { connection: "paris", select: { ids } };
    const off = await world.submit({ ...select, kind: "server.stop" }, `off-${serial}`);
    expect(await world.over(off.id)).toMatchObject({ state: "completed" });
    const gone = await world.submit({ ...select, kind: "server.delete" }, `gone-${serial}`);
    await world.control(gone.id, "confirm", { plan_hash: gone.plan_hash });
    expect(await world.over(gone.id)).toMatchObject({ state: "completed", counts: { succeeded: 2 } });
    await lift();
  });

  it("that runs already pauses with the stop's reason, and goes on by itself when it is lifted", async () => {
    const job = await world.submit(named(5, { max_parallel: 1 }), `running-${serial}`);
    await world.until(job.id, ({ counts }) => counts.succeeded > 0);
    const until = await stop();
    const paused = await world.until(
      job.id,
      ({ state, counts }) => state === "paused" && counts.running === 0,
    );
    expect(paused.paused).toMatchObject({
      why: "stop",
      resumes_at: until,
      detail: expect.stringMatching(/has stopped everything that makes or powers on until .*: an audit$/),
    });
    expect(paused.counts.pending).toBeGreaterThan(0);
    const before = serversOfRun().length;
    await world.settled();
    await world.tick();
    expect(serversOfRun()).toHaveLength(before);
    await lift();
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 5 } });
    await world.settled();
    const said = eventsAbout(world, job).map(({ type }) => type.replace("switchyard.bulk_job.", ""));
    expect(said.filter((type) => type === "paused" || type === "resumed")).toEqual(["paused", "resumed"]);
  });

  it("goes on when the stop's time has come, also when that was moved", async () => {
    const job = await world.submit(named(5, { max_parallel: 1 }), `moved-${serial}`);
    await world.until(job.id, ({ counts }) => counts.succeeded > 0);
    await stop(3600);
    await world.until(job.id, ({ state }) => state === "paused");
    const moved = await stop(7200);
    const seen = await world.until(job.id, ({ paused }) => paused?.resumes_at === moved);
    expect(seen.state).toBe("paused");
    await world.settled();
    later(7200);
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 5 } });
  });
});
