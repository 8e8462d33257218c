import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { openBulkWorld, problemSchema, type Answer, type BulkWorld } from "./bulk-world.ts";

vi.setConfig({ testTimeout: 120_000 });
const machine = { type: "DEV1-S", image: "ubuntu_noble", start: false };
const keySchema = z.object({ id: z.string(), key: z.string() });
const idsSchema = z.object({ items: z.array(z.looseObject({ id: z.string() })) });

describe("who may do what with bulk jobs, and how much", () => {
  let world: BulkWorld;
  let serial = 0;
  const keys = new Map<string, string>();
  beforeAll(async () => {
    world = await openBulkWorld({ confirm_over: 0, limits: { servers: 5 } }, [
      { name: "berlin" },
      { name: "narrow", limits: { servers: 3 } },
    ]);
    const all = { requests_per_minute: 60_000 };
    for (const [name, body] of [
      ["reader", { scopes: ["read"] }],
      ["tenant", { scopes: ["operate"], connections: ["berlin"] }],
      ["worker", { scopes: ["operate"] }],
    ] as const) {
      const made = await world.askSettings("POST", "/v1/keys", {
        body: { name, ...body, ...all },
        key: name,
      });
      keys.set(name, keySchema.parse(made.json()).key);
    }
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    await world.settled();
    world.simulator.control.clearFaults();
    serial += 1;
  });

  const body = (connection: string, count: number) => ({
    connection,
    kind: "server.create",
    count,
    template: { ...machine, name: `${connection}-${serial}-{{index}}` },
  });
  const post = (asked: unknown, more: { key?: string; auth?: string | null } = {}) =>
    world.ask("POST", "/v1/bulk-jobs", { body: asked, key: `access-${serial}`, ...more });
  const idOf = (answer: Answer) => z.object({ id: z.string() }).parse(answer.json()).id;
  const codeOf = (answer: Answer) => [answer.status, problemSchema.parse(answer.json()).code];
  const authOf = (name: string) => keys.get(name) ?? "";

  it("nobody without a key does anything", async () => {
    expect((await post(body("berlin", 1), { auth: null })).status).toBe(401);
    expect((await world.ask("GET", "/v1/bulk-jobs", { auth: "swy_wrong" })).status).toBe(401);
  });

  it("who may only read reads, and starts nothing", async () => {
    const auth = authOf("reader");
    expect((await world.ask("GET", "/v1/bulk-jobs", { auth })).status).toBe(200);
    expect(codeOf(await post(body("berlin", 1), { auth }))).toEqual([403, "FORBIDDEN"]);
    for (const verb of ["pause", "resume", "cancel", "retry-failed"]) {
      const target = `/v1/bulk-jobs/blk_${"0".repeat(26)}/${verb}`;
      expect(codeOf(await world.ask("POST", target, { auth }))).toEqual([403, "FORBIDDEN"]);
    }
  });

  it("a key for one connection knows nothing of the jobs of others", async () => {
    const foreign = await world.submit(body("paris", 1), `access-${serial}`);
    const auth = authOf("tenant");
    const own = await post(body("berlin", 1), { auth, key: `access-own-${serial}` });
    expect(own.status).toBe(202);
    const listed = idsSchema.parse((await world.ask("GET", "/v1/bulk-jobs?limit=100", { auth })).json());
    expect(listed.items.map(({ id }) => id)).toEqual([idOf(own)]);
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/items"],
      ["GET", "/report"],
      ["POST", "/pause"],
      ["POST", "/resume"],
      ["POST", "/cancel"],
      ["POST", "/retry-failed"],
    ] as const) {
      const answer = await world.ask(method, `/v1/bulk-jobs/${foreign.id}${path}`, { auth });
      expect([path, ...codeOf(answer)]).toEqual([path, 404, "NOT_FOUND"]);
    }
    const confirmed = await world.ask("POST", `/v1/bulk-jobs/${foreign.id}/confirm`, {
      body: { plan_hash: foreign.plan_hash },
      auth,
    });
    expect(confirmed.status).toBe(404);
    const elsewhere = await post(body("paris", 1), { auth, key: `access-else-${serial}` });
    expect(elsewhere.status).toBe(422);
    expect(elsewhere.text).not.toContain("narrow");
    await world.control(foreign.id, "cancel");
  });

  it("two callers with the same idempotency key have two jobs", async () => {
    const one = await post(body("berlin", 1), { auth: authOf("worker") });
    const other = await post(body("berlin", 1), { auth: authOf("tenant") });
    expect([one.status, other.status]).toEqual([202, 202]);
    expect(idOf(one)).not.toBe(idOf(other));
  });

  it("two jobs can't both have the same rest", async () => {
    const first = await world.submit(body("paris", 3), `access-${serial}-1`);
    const second = await world.submit(body("paris", 3), `access-${serial}-2`);
    // Nothing is reserved before it is confirmed.
    const confirm = (job: typeof first) =>
      world.ask("POST", `/v1/bulk-jobs/${job.id}/confirm`, { body: { plan_hash: job.plan_hash } });
    const answers = await Promise.all([confirm(first), confirm(second)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 422]));
    const [won, lost] = answers[0]?.status === 202 ? [first, second] : [second, first];
    const refused = answers.filter(({ status }) => status === 422);
    expect(refused.map((answer) => codeOf(answer)[1])).toEqual(["LIMIT_SERVERS"]);
    expect((await world.job(lost.id)).state).toBe("awaiting_confirm");
    // Whoever cancels gives back what was reserved.
    await world.control(won.id, "cancel");
    await world.tick();
    expect((await confirm(lost)).status).toBe(202);
    expect(await world.over(lost.id)).toMatchObject({ state: "completed", counts: { succeeded: 3 } });
  });

  it("a job that can't have its places is refused whole, and a plan says so before", async () => {
    const plan = await world.ask("POST", "/v1/bulk-plans", { body: body("narrow", 4) });
    expect(codeOf(plan)[1]).toBe("LIMIT_SERVERS");
    expect(codeOf(await post(body("narrow", 4)))[1]).toBe("LIMIT_SERVERS");
    expect(world.simulator.control.servers().filter(({ name }) => name.startsWith("narrow"))).toEqual([]);
  });

  it("the audit trail knows who has asked for a job, and for what became of it", async () => {
    const auth = authOf("worker");
    const job = z
      .object({ id: z.string(), plan_hash: z.string() })
      .parse((await post(body("berlin", 1), { auth })).json());
    await world.ask("POST", `/v1/bulk-jobs/${job.id}/cancel`, { auth });
    const trail = await world.askSettings("GET", "/v1/audit?limit=100");
    expect(trail.text).toContain(job.id);
    const entries = z
      .object({ items: z.array(z.looseObject({ action: z.string(), target: z.string() })) })
      .parse(trail.json())
      .items.filter(({ target }) => target.includes(job.id));
    expect(entries.map(({ action }) => action).toSorted()).toEqual(["cancelBulkJob", "submitBulkJob"]);
  });
});
