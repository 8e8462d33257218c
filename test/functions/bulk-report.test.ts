import { createHash } from "node:crypto";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { openBulkWorld, type BulkWorld } from "./bulk-world.ts";

vi.setConfig({ testTimeout: 120_000 });
const machine = { type: "DEV1-S", image: "ubuntu_noble", start: false };
const create = { connection: "paris", kind: "server.create" };
const columns =
  "line,key,name,state,attempts,code,message,server_id,ips,zone,started_at,ended_at,eur_per_hour,request_id";
const pageSchema = z.object({
  items: z.array(z.looseObject({ key: z.string(), state: z.string() })),
  next_cursor: z.string().nullable(),
});

describe("what a bulk job tells", () => {
  let world: BulkWorld;
  let id = "";
  beforeAll(async () => {
    world = await openBulkWorld();
    const items = [
      { ...machine, key: "=cmd|'/C calc'!A0", name: "plain", cloud_init: "#cloud-config\npassword: hunter2" },
      { ...machine, key: "b", name: "bad-one" },
      { ...machine, key: "c", name: "third", start: true },
    ];
    const job = await world.submit({ ...create, items }, "report");
    world.simulator.control.addFault({ name: "quotas_exceeded", subject: "bad*" });
    await world.over(job.id);
    await world.settled();
    id = job.id;
  });
  afterAll(() => world.stop());

  const report = (query = "") => world.ask("GET", `/v1/bulk-jobs/${id}/report${query}`);

  describe("its report", () => {
    it("is CSV with these columns in this order, a line an item, and the same bytes each time", async () => {
      const answer = await report();
      expect([answer.status, answer.headers["Content-Type"], answer.headers["Report-State"]]).toEqual([
        200,
        "text/csv; charset=utf-8",
        "final",
      ]);
      expect(answer.text.split("\r\n")[0]).toBe(columns);
      const rows: unknown = parse(answer.text, { columns: true });
      expect(rows).toMatchObject([
        { key: "'=cmd|'/C calc'!A0", state: "succeeded", attempts: "1", zone: "fr-par-1" },
        { key: "b", state: "failed", code: "QUOTA_EXCEEDED", server_id: "" },
        { key: "c", state: "succeeded", ips: expect.stringMatching(/^[\d.]+$/) },
      ]);
      const digest = createHash("sha256").update(answer.text).digest("base64");
      expect(answer.headers["Repr-Digest"]).toBe(`sha-256=:${digest}:`);
      // What becomes of the servers later changes nothing of what the job did.
      for (const server of world.simulator.control.servers()) world.simulator.control.removeServer(server.id);
      expect((await report()).text).toBe(answer.text);
    });

    it("is JSONL with the same", async () => {
      const answer = await report("?format=jsonl");
      expect(answer.headers["Content-Type"]).toBe("application/jsonl; charset=utf-8");
      const rows = answer.text
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
      expect(rows.map((row) => Object.keys(z.looseObject({}).parse(row)).join())).toEqual(
        [1, 2, 3].map(() => columns),
      );
    });

    it.each([
      ["failed", ["b"]],
      ["succeeded", ["'=cmd|'/C calc'!A0", "c"]],
      ["all", ["'=cmd|'/C calc'!A0", "b", "c"]],
    ])("tells only what is asked for: %s", async (only, keys) => {
      const rows = z
        .array(z.looseObject({ key: z.string() }))
        .parse(parse((await report(`?only=${only}`)).text, { columns: true }));
      expect(rows.map(({ key }) => key)).toEqual(keys);
    });

    it("tells no secret of an input", async () => {
      const shown = await world.ask("GET", `/v1/bulk-jobs/${id}/items`);
      for (const text of [(await report()).text, (await report("?format=jsonl")).text, shown.text])
        expect(text).not.toContain("hunter2");
    });

    it("is a snapshot while the job goes on", async () => {
      const body = { ...create, count: 2, template: { ...machine, name: "snap-{{index}}" } };
      const job = await world.submit(body, "snapshot");
      await world.control(job.id, "pause");
      const answer = await world.ask("GET", `/v1/bulk-jobs/${job.id}/report?format=jsonl`);
      expect(answer.headers["Report-State"]).toBe("snapshot");
      expect(answer.text.match(/"state":"pending"/g)).toHaveLength(2);
      await world.control(job.id, "cancel");
    });

    it.each(["?format=xml", "?only=some", "?fromat=csv"])("is refused for %s", async (query) => {
      expect((await report(query)).status).toBe(422);
    });
  });

  describe("its items", () => {
    const page = async (job: string, query: string) =>
      pageSchema.parse((await world.ask("GET", `/v1/bulk-jobs/${job}/items?${query}`)).json());

    it("come page by page, each once, however they change between two pages", async () => {
      const body = { ...create, count: 25, template: { ...machine, name: "page-{{index}}" } };
      const job = await world.submit(body, "pages");
      await world.control(job.id, "pause");
      const first = await page(job.id, "limit=10");
      await world.control(job.id, "resume");
      await world.until(job.id, ({ counts }) => counts.succeeded > 0);
      const second = await page(job.id, `limit=10&cursor=${first.next_cursor}`);
      await world.over(job.id);
      const third = await page(job.id, `limit=10&cursor=${second.next_cursor}`);
      const keys = [first, second, third].flatMap(({ items }) => items.map(({ key }) => key));
      expect([keys.length, new Set(keys).size, third.next_cursor]).toEqual([25, 25, null]);
    });

    it("are those of one state where it is said, and a cursor is for its question only", async () => {
      const failed = await page(id, "state=failed");
      expect(failed.items.map(({ key }) => key)).toEqual(["b"]);
      const first = await page(id, "state=succeeded&limit=1");
      expect(first.items.map(({ state }) => state)).toEqual(["succeeded"]);
      const target = `/v1/bulk-jobs/${id}/items?limit=1&cursor=${first.next_cursor}`;
      expect((await world.ask("GET", target)).status).toBe(422);
    });
  });

  describe("the list of jobs", () => {
    const jobsSchema = z.object({
      items: z.array(z.looseObject({ id: z.string(), state: z.string() })),
      next_cursor: z.string().nullable(),
    });
    const jobs = async (query: string) =>
      jobsSchema.parse((await world.ask("GET", `/v1/bulk-jobs?${query}`)).json());

    it("has the newest first, page by page", async () => {
      const all = (await jobs("limit=100")).items.map((job) => job.id);
      const first = await jobs("limit=2");
      const rest = await jobs(`limit=100&cursor=${first.next_cursor}`);
      expect([...first.items, ...rest.items].map((job) => job.id)).toEqual(all);
      expect(all.at(-1)).toBe(id);
    });

    it("has those of one state and one connection where it is said", async () => {
      expect((await jobs("state=completed_with_errors")).items.map((job) => job.id)).toEqual([id]);
      expect((await jobs("connection=oslo")).items).toEqual([]);
      expect((await jobs("connection=paris&state=cancelled")).items).toHaveLength(1);
      expect((await world.ask("GET", "/v1/bulk-jobs?state=busy")).status).toBe(422);
    });
  });
});
