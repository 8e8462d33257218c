import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  eventsAbout,
  problemSchema,
  useBulkWorld,
  type Answer,
  type BulkWorld,
  type JobSeen,
} from "./bulk-world.ts";
import { later } from "./moved-clock.ts";

const costSchema = z.looseObject({ eur_per_hour: z.number() });
const machine = { type: "DEV1-S", image: "ubuntu_noble" };
const create = { connection: "paris", kind: "server.create" };

const minute = 60;

describe("whoever has asked for a bulk job can", () => {
  let world: BulkWorld;
  let serial: number;
  useBulkWorld({ confirm_over: 5 }, (opened, number) => {
    world = opened;
    serial = number;
  });

  const key = (more = "") => `control-${serial}${more}`;
  const named = (count: number, more: object = {}) => ({
    ...create,
    count,
    template: { ...machine, name: `c${serial}-{{index}}`, start: false, ...more },
  });
  const post = (id: string, verb: string, body?: unknown) =>
    world.ask("POST", `/v1/bulk-jobs/${id}/${verb}`, body === undefined ? {} : { body });
  const codeOf = (answer: Answer) => [answer.status, problemSchema.parse(answer.json()).code];
  const serversOfRun = () => world.serversNamed(`c${serial}-`);
  const saidOf = (job: JobSeen) =>
    eventsAbout(world, job)
      .map(({ type }) => type.replace("switchyard.bulk_job.", ""))
      .filter((type) => type !== "progressed");

  describe("confirm it", () => {
    it("and nothing is sent before", async () => {
      const job = await world.submit(named(6), key());
      expect(job).toMatchObject({ state: "awaiting_confirm", counts: { pending: 6 } });
      await world.tick();
      expect(world.creates()).toBe(0);
      expect(await world.control(job.id, "confirm", { plan_hash: job.plan_hash })).toMatchObject({
        state: "running",
        counts: { total: 6, pending: 6 },
      });
      // To confirm it again changes nothing.
      await world.control(job.id, "confirm", { plan_hash: job.plan_hash });
      expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 6 } });
      await world.settled();
      expect(saidOf(job)).toEqual(["planned", "confirmed", "started", "completed"]);
    });

    it("not with the hash of another plan", async () => {
      const job = await world.submit(named(6), key());
      const answer = await post(job.id, "confirm", { plan_hash: "0".repeat(64) });
      expect(codeOf(answer)).toEqual([409, "PLAN_CHANGED"]);
      expect(await world.job(job.id)).toMatchObject({ state: "awaiting_confirm" });
      await world.control(job.id, "cancel");
    });

    it("with a plan that is too old only as it is made anew, and under another hash if it is another one", async () => {
      const job = await world.submit(named(6), key());
      later(31 * minute);
      world.simulator.control.addFault({ name: "out_of_stock" });
      expect(codeOf(await post(job.id, "confirm", { plan_hash: job.plan_hash }))).toEqual([
        409,
        "PLAN_CHANGED",
      ]);
      const again = await world.job(job.id);
      expect(again.plan_hash).not.toBe(job.plan_hash);
      expect(again.warnings.join(" ")).toContain("STOCK_SHORTAGE");
      await world.control(job.id, "cancel");
    });

    it("or cancel it instead, which ends it at once", async () => {
      const job = await world.submit(named(6), key());
      expect(await world.control(job.id, "cancel")).toMatchObject({
        state: "cancelled",
        counts: { cancelled: 6 },
      });
      expect(codeOf(await post(job.id, "confirm", { plan_hash: job.plan_hash }))).toEqual([409, "JOB_OVER"]);
      expect(world.creates()).toBe(0);
    });
  });

  describe("pause it", () => {
    it("before anything is begun, and nothing begins", async () => {
      const job = await world.submit(named(3), key());
      expect(await world.control(job.id, "pause")).toMatchObject({ paused: { why: "request" } });
      await world.tick();
      expect(world.creates()).toBe(0);
      expect((await world.job(job.id)).state).toBe("paused");
      await world.control(job.id, "resume");
      await world.control(job.id, "resume");
      expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 3 } });
      await world.settled();
      expect(saidOf(job)).toEqual(["planned", "paused", "resumed", "started", "completed"]);
    });

    it("while it waits to be confirmed, and both must be done", async () => {
      const job = await world.submit(named(6), key());
      await world.control(job.id, "pause");
      await world.control(job.id, "confirm", { plan_hash: job.plan_hash });
      await world.tick();
      expect(world.creates()).toBe(0);
      await world.control(job.id, "resume");
      expect(await world.over(job.id)).toMatchObject({ counts: { succeeded: 6 } });
    });

    it("in the middle: what runs goes on to its end, the rest waits", async () => {
      const job = await world.submit({ ...named(5, { start: true }), max_parallel: 2 }, key());
      await world.until(job.id, ({ counts }) => counts.running > 0);
      await world.control(job.id, "pause");
      const rested = await world.until(job.id, ({ counts }) => counts.running === 0);
      expect(rested.state).toBe("paused");
      const begun = world.creates();
      expect(rested.counts.succeeded).toBe(begun);
      expect(rested.counts.pending).toBe(5 - begun);
      await world.settled();
      await world.tick();
      expect(world.creates()).toBe(begun);
      await world.control(job.id, "resume");
      expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 5 } });
      expect(world.creates()).toBe(5);
    });

    it("at its end, which changes nothing", async () => {
      const job = await world.submit(named(1), key());
      await world.over(job.id);
      expect(await world.control(job.id, "pause")).toMatchObject({ state: "completed", paused: null });
      expect(await world.control(job.id, "resume")).toMatchObject({ state: "completed" });
      expect(await world.control(job.id, "cancel")).toMatchObject({ state: "completed", cancel: null });
    });

    it("for long, and its plan is made anew when it goes on, at the price of all its items", async () => {
      const job = await world.submit({ ...named(3, { start: true }), max_parallel: 1 }, key());
      await world.until(job.id, ({ counts }) => counts.running > 0);
      await world.control(job.id, "pause");
      await world.until(job.id, ({ counts }) => counts.running === 0);
      later(45 * minute);
      const resumed = await world.control(job.id, "resume");
      expect(resumed["plan"]).not.toEqual(job["plan"]);
      await world.control(job.id, "cancel");
      expect(resumed["cost"]).toMatchObject({ eur_per_hour: costSchema.parse(job["cost"]).eur_per_hour });
    });
  });

  describe("cancel it", () => {
    it("in the middle: nothing more begins, what runs ends, and the counts add up", async () => {
      const job = await world.submit({ ...named(5, { start: true }), max_parallel: 1 }, key());
      await world.until(job.id, ({ counts }) => counts.running > 0);
      const cancelled = await world.control(job.id, "cancel");
      expect(cancelled.state).toBe("finishing");
      expect(cancelled.counts.pending).toBe(0);
      await world.control(job.id, "cancel");
      const ended = await world.over(job.id);
      expect(ended.state).toBe("cancelled");
      expect(ended.counts.succeeded).toBe(serversOfRun().length);
      expect(ended.counts.succeeded + ended.counts.cancelled).toBe(5);
      expect(codeOf(await post(job.id, "retry-failed"))).toEqual([409, "JOB_CANCELLED"]);
    });

    it("together with its last item, and one of the two is true", async () => {
      const job = await world.submit(named(2), key());
      const ended = world.until(job.id, ({ ended_at: at }) => at !== null);
      await world.until(job.id, ({ counts }) => counts.pending === 0);
      await Promise.all([world.control(job.id, "cancel"), world.control(job.id, "cancel")]);
      const { counts, state } = await ended;
      expect(["completed", "cancelled"]).toContain(state);
      expect(counts.succeeded).toBe(serversOfRun().length);
      expect(counts.succeeded + counts.cancelled).toBe(2);
    });

    it("with what is being made, which is removed again", async () => {
      const job = await world.submit(named(3, { start: true }), key());
      await world.until(job.id, ({ counts }) => counts.running > 0);
      await world.control(job.id, "cancel", { abort_running: true });
      const ended = await world.over(job.id);
      expect(ended).toMatchObject({ state: "cancelled" });
      expect(ended.counts.succeeded + ended.counts.cancelled).toBe(3);
      expect(serversOfRun()).toHaveLength(ended.counts.succeeded);
      const items = await world.items(job.id);
      const aborted = items.filter(({ code }) => code === "ABORTED");
      expect(ended.counts.succeeded + aborted.length).toBeGreaterThan(0);
    });

    it("and another job is not held up by it", async () => {
      const first = await world.submit({ ...named(4, { start: true }), max_parallel: 1 }, key("-1"));
      await world.until(first.id, ({ counts }) => counts.running > 0);
      await world.control(first.id, "cancel");
      const second = await world.submit(named(2, { name: `c${serial}-second-{{index}}` }), key("-2"));
      expect(await world.over(second.id)).toMatchObject({ state: "completed", counts: { succeeded: 2 } });
      await world.over(first.id);
    });
  });

  describe("try again what has failed", () => {
    it("where nothing has: 200, and none", async () => {
      const job = await world.submit(named(1), key());
      await world.over(job.id);
      const answer = await post(job.id, "retry-failed");
      expect([answer.status, answer.json()]).toMatchObject([200, { retried: 0, state: "completed" }]);
    });

    it("not with a key that no item has", async () => {
      const job = await world.submit(named(1), key());
      await world.over(job.id);
      const answer = await post(job.id, "retry-failed", { filter: { keys: ["nobody"] } });
      expect(codeOf(answer)).toEqual([422, "INVALID_REQUEST"]);
    });

    it("not after 30 days", async () => {
      const job = await world.submit(named(1), key());
      await world.over(job.id);
      await world.settled();
      later(31 * 24 * 60 * minute);
      expect(codeOf(await post(job.id, "retry-failed"))).toEqual([410, "JOB_EXPIRED"]);
      expect(codeOf(await world.ask("GET", `/v1/bulk-jobs/${job.id}/report`))).toEqual([
        410,
        "REPORT_EXPIRED",
      ]);
    });
  });

  it("and is told 404 of a job that is not there, whatever is asked of it", async () => {
    const nobody = `blk_${"0".repeat(26)}`;
    for (const verb of ["confirm", "pause", "resume", "cancel", "retry-failed"]) {
      const answer = await post(nobody, verb, verb === "confirm" ? { plan_hash: "x" } : undefined);
      expect([verb, ...codeOf(answer)]).toEqual([verb, 404, "NOT_FOUND"]);
    }
    for (const path of ["", "/items", "/report"])
      expect(codeOf(await world.ask("GET", `/v1/bulk-jobs/${nobody}${path}`))).toEqual([404, "NOT_FOUND"]);
  });
});
