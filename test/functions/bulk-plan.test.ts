import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { openBulkWorld, problemSchema, type Answer, type BulkWorld } from "./bulk-world.ts";

const planSchema = z.looseObject({
  plan_hash: z.string(),
  counts: z.object({ total: z.number(), skipped: z.number() }),
  cost: z.object({ eur_per_hour: z.number(), eur_per_month: z.number().nullable() }).nullable(),
  duration_seconds: z.number(),
  warnings: z.array(z.string()),
  quotas: z.array(z.looseObject({ name: z.string(), limit: z.number(), wanted: z.number() })),
  confirm: z.object({ needed: z.boolean() }),
  items: z.array(z.looseObject({ key: z.string(), name: z.string().nullable() })),
});

vi.setConfig({ testTimeout: 60_000 });
const machine = { type: "DEV1-S", image: "ubuntu_noble", start: false };
const create = { connection: "paris", kind: "server.create" };
const rowsTarget = (path: string, more = "") => `${path}?connection=paris&kind=server.create${more}`;

describe("a bulk request is read and planned as a whole", () => {
  let world: BulkWorld;
  let serial = 0;
  beforeAll(async () => {
    world = await openBulkWorld({ confirm_over: 3 });
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    world.simulator.control.clearFaults();
    world.simulator.control.clearCalls();
    serial += 1;
  });

  const refused = (answer: Answer) => {
    const problem = problemSchema.parse(answer.json());
    return { status: answer.status, code: problem.code, errors: problem.errors };
  };
  const post = (body: unknown) => world.ask("POST", "/v1/bulk-jobs", { body, key: `refused-${serial}` });
  const postRows = (text: string | Buffer, type: string, more = "") =>
    world.ask("POST", rowsTarget("/v1/bulk-jobs", more), { text, type, key: `refused-${serial}` });
  const noServers = () => expect(world.simulator.control.servers()).toEqual([]);
  const jobs = async () => (await world.ask("GET", "/v1/bulk-jobs?limit=100")).text;

  describe("what can't start tells all its faults at once", () => {
    const csv = (...lines: string[]) => `${lines.join("\r\n")}\r\n`;

    it.each<[string, string, readonly (readonly [string, RegExp])[]]>([
      [
        "a fault of each line",
        csv("name,type,image", "a,DEV1-S,ubuntu_noble", "b,,ubuntu_noble", "c,DEV1-S,"),
        [
          ["/rows/3/type", /^line 3: /],
          ["/rows/4/image", /^line 4: /],
        ],
      ],
      [
        "an unknown column, and what is wrong with the rows beside it",
        csv("name,typ,type,image", "a,x,DEV1-S,ubuntu_noble", "b,y,,ubuntu_noble"),
        [
          ["/rows/1/typ", /^line 1: unknown column "typ"; did you mean "type"\?$/],
          ["/rows/3/type", /^line 3: /],
        ],
      ],
      [
        "a key that comes twice",
        csv("key,name,type,image", "k,a,DEV1-S,ubuntu_noble", "k,b,DEV1-S,ubuntu_noble"),
        [["/rows/3/key", /^line 3: .*line 2/]],
      ],
      [
        "a row with a cell too many",
        csv("name,type,image", "a,DEV1-S,ubuntu_noble,x"),
        [["/rows/2", /^line 2: /]],
      ],
      [
        "a quote that is never closed",
        'name,type,image\r\n"a,DEV1-S,ubuntu_noble',
        [["/rows/2", /^line 2: /]],
      ],
      ["a header without rows", csv("name,type,image"), [["", /nothing to do/]]],
    ])("%s", async (_what, text, wanted) => {
      const { status, errors } = refused(await postRows(text, "text/csv"));
      expect(status).toBe(422);
      expect(errors.map(({ pointer }) => pointer)).toEqual(wanted.map(([pointer]) => pointer));
      for (const [at, [, words]] of wanted.entries()) expect(errors[at]?.detail).toMatch(words);
      noServers();
    });

    it.each<[string, unknown, string]>([
      ["a count of nothing", { ...create, count: 0, template: machine }, "/count"],
      ["no items", { ...create, items: [] }, "/items"],
      ["neither form", create, ""],
      ["two forms", { ...create, count: 1, template: machine, items: [machine] }, ""],
      [
        "an unknown placeholder",
        { ...create, count: 2, template: { ...machine, name: "web-{{indx}}" } },
        "/template/name",
      ],
      [
        "names that are all the same",
        { ...create, count: 2, template: { ...machine, name: "web" } },
        "/template/name",
      ],
      [
        "a connection that is not there",
        { ...create, connection: "oslo", count: 1, template: machine },
        "/connection",
      ],
      ["an unknown option", { ...create, count: 1, template: machine, paralel: 3 }, "/paralel"],
    ])("%s", async (_what, body, pointer) => {
      const { status, errors } = refused(await post(body));
      expect(status).toBe(422);
      expect(errors.map((error) => error.pointer)).toContain(pointer);
      noServers();
    });

    it("each of ten thousand items, up to what one answer can say", async () => {
      const items = Array.from({ length: 10_000 }, (_, index) => ({
        ...machine,
        name: `n-${index}`,
        tpye: "x",
      }));
      const { status, errors } = refused(await post({ ...create, items }));
      expect(status).toBe(422);
      expect(errors[0]).toMatchObject({ pointer: "/items/0/tpye" });
      expect(errors[999]).toMatchObject({ pointer: "/items/999/tpye" });
      expect(errors.slice(1000)).toEqual([{ pointer: "", detail: "9,000 more faults are not shown" }]);
    });

    it("one item more than a job may have", async () => {
      const { status, errors } = refused(
        await post({ ...create, count: 10_001, template: { ...machine, name: "n-{{index}}" } }),
      );
      expect([status, errors]).toEqual([
        422,
        [{ pointer: "/count", detail: "more than 10,000 items; send them as several jobs" }],
      ]);
    });

    it("items that are no objects, and the fields of those that are", async () => {
      const items = ["x", { ...machine, name: "a", colour: 1 }, null, { ...machine, name: "b", tags: 3 }];
      const { status, errors } = refused(await post({ ...create, items }));
      expect(status).toBe(422);
      expect(errors.map(({ pointer }) => pointer)).toEqual([
        "/items/0",
        "/items/1/colour",
        "/items/2",
        "/items/3/tags",
      ]);
      noServers();
    });

    it("names that no host can have, whether a template made them or not", async () => {
      const rows = ["=cmd(),DEV1-S,ubuntu_noble", "-bad,DEV1-S,ubuntu_noble"];
      const csvRows = [...rows, `${"x".repeat(64)},DEV1-S,ubuntu_noble`, "ok,DEV1-S,ubuntu_noble"];
      const told = refused(await postRows(csv("name,type,image", ...csvRows), "text/csv"));
      expect([told.status, told.errors.map(({ pointer }) => pointer)]).toEqual([
        422,
        ["/rows/2/name", "/rows/3/name", "/rows/4/name"],
      ]);
      const items = ["=cmd()", "-bad", "x".repeat(64), "ok"].map((name) => Object.assign({ name }, machine));
      const { errors } = refused(await post({ ...create, items }));
      expect(errors.map(({ pointer }) => pointer)).toEqual([
        "/items/0/name",
        "/items/1/name",
        "/items/2/name",
      ]);
      noServers();
    });

    it("a secret in the input, by the item that names it", async () => {
      const items = [
        { ...machine, name: "good" },
        {
          ...machine,
          name: "bad",
          cloud_init: "env:PROVIDER_SECRET",
          account_password: "env:PROVIDER_SECRET",
        },
      ];
      const { status, errors } = refused(await post({ ...create, items }));
      expect(status).toBe(422);
      expect(errors.map(({ pointer }) => pointer)).toEqual(["/items/1/account_password"]);
    });

    it("a type and an image that the provider does not have, before anything is stored", async () => {
      const before = await jobs();
      const rows = ["a,DEV1-S,ubuntu_noble", "b,DEV9-X,ubuntu_noble", "c,,ubuntu_noble", "d,DEV1-S,beos"];
      const { status, errors } = refused(await postRows(csv("name,type,image", ...rows), "text/csv"));
      expect(status).toBe(422);
      expect(errors.map(({ pointer }) => pointer)).toEqual(["/rows/3/type", "/rows/4/type", "/rows/5/image"]);
      expect(await jobs()).toBe(before);
      noServers();
    });
  });

  describe("bodies", () => {
    it("of more than 10 MiB are refused before they are read", async () => {
      const text = Buffer.alloc(10 * 1024 * 1024 + 1, "x");
      expect(refused(await postRows(text, "text/csv"))).toMatchObject({
        status: 413,
        code: "PAYLOAD_TOO_LARGE",
      });
    });

    it("of another type are refused by it", async () => {
      expect(refused(await postRows("a", "application/pdf"))).toMatchObject({ status: 415 });
    });

    it("that are not UTF-8 are told so", async () => {
      const text = Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xff, 0xfe]);
      expect(refused(await postRows(text, "text/csv")).status).toBe(422);
    });

    it("without an idempotency key are refused", async () => {
      const body = { ...create, count: 1, template: machine };
      expect((await world.ask("POST", "/v1/bulk-jobs", { body })).status).toBe(400);
    });

    it.each([
      ["CSV", "text/csv", "name,type,image,tags\na,DEV1-S,ubuntu_noble,x|y\n", ""],
      [
        "CSV with semicolons, found from its header",
        "text/csv",
        "name;type;image;tags\na;DEV1-S;ubuntu_noble;x|y\n",
        "",
      ],
      [
        "CSV with tabs that were said",
        "text/csv",
        "name\ttype\timage\ttags\na\tDEV1-S\tubuntu_noble\tx|y\n",
        "&delimiter=%09",
      ],
      [
        "CSV with a byte order mark and CRLF",
        "text/csv; charset=utf-8",
        "\uFEFFname,type,image,tags\r\na,DEV1-S,ubuntu_noble,x|y\r\n",
        "",
      ],
      [
        "JSONL with blank lines",
        "application/jsonl",
        '\n{"name":"a","type":"DEV1-S","image":"ubuntu_noble","tags":["x","y"]}\n\n',
        "",
      ],
      [
        "CSV with a template",
        "text/csv",
        "who\na\n",
        `&template=${encodeURIComponent(JSON.stringify({ ...machine, name: "{{row.who}}", tags: ["x", "y"] }))}`,
      ],
    ])("in %s are planned", async (_what, type, text, more) => {
      const answer = await world.ask("POST", rowsTarget("/v1/bulk-plans", more), { text, type });
      expect(answer.text).toContain("plan_hash");
      const plan = planSchema.parse(answer.json());
      expect(plan.counts).toEqual({ total: 1, skipped: 0 });
      expect(plan.items).toMatchObject([{ name: "a" }]);
    });
  });

  describe("a plan", () => {
    const body = { ...create, count: 4, template: { ...machine, name: "web-{{index:02}}" } };
    const plan = async (asked: object = body) =>
      planSchema.parse((await world.ask("POST", "/v1/bulk-plans", { body: asked })).json());

    it("says what it costs, how long it takes and what it will be called, and writes nothing", async () => {
      const before = await jobs();
      const made = await plan();
      expect(made.counts).toEqual({ total: 4, skipped: 0 });
      expect(made.items.map(({ name }) => name)).toEqual(["web-01", "web-02", "web-03", "web-04"]);
      expect(made.cost?.eur_per_hour).toBeGreaterThan(0);
      expect(made.duration_seconds).toBeGreaterThan(0);
      expect(made.confirm).toEqual({ needed: true });
      expect(await jobs()).toBe(before);
      expect(world.simulator.control.calls().filter(({ method }) => method !== "GET")).toEqual([]);
    });

    it("has the hash of the job that is posted with the same body", async () => {
      const made = await plan();
      expect((await plan()).plan_hash).toBe(made.plan_hash);
      const job = await world.submit(body, `same-hash-${serial}`);
      expect(job).toMatchObject({ state: "awaiting_confirm", plan_hash: made.plan_hash });
      await world.control(job.id, "cancel");
    });

    it("has another hash for another input, and for another stock of its type", async () => {
      const first = (await plan()).plan_hash;
      expect((await plan({ ...body, count: 3 })).plan_hash).not.toBe(first);
      world.simulator.control.addFault({ name: "out_of_stock", match: "POST */servers" });
      const short = await plan();
      expect(short.plan_hash).not.toBe(first);
      expect(short.warnings.join(" ")).toContain("STOCK_SHORTAGE");
    });

    it("is refused when it costs more than it may", async () => {
      const answer = await world.ask("POST", "/v1/bulk-plans", {
        body: { ...body, max_eur_per_hour: 0.001, max_eur_per_month: 0.01 },
      });
      expect(refused(answer)).toMatchObject({
        status: 422,
        code: "TOO_EXPENSIVE",
        errors: [{ pointer: "/max_eur_per_hour" }, { pointer: "/max_eur_per_month" }],
      });
      expect(answer.json()).toMatchObject({ title: "The items would cost more than they may" });
    });

    it("leaves out what is invalid when it may, and says how many", async () => {
      const items = [
        { ...machine, name: "good" },
        { ...machine, name: "bad", type: "" },
        { ...machine, name: "unknown", type: "DEV9-X" },
      ];
      expect((await plan({ ...create, items, skip_invalid: true })).counts).toEqual({ total: 3, skipped: 2 });
    });
  });

  describe("the idempotency key", () => {
    const body = { ...create, count: 4, template: { ...machine, name: "again-{{index}}" } };

    it("gives the same job for the same request, and says so", async () => {
      const job = await world.submit(body, "once");
      const again = await world.ask("POST", "/v1/bulk-jobs", { body, key: "once" });
      expect([again.status, again.headers["Idempotent-Replayed"]]).toEqual([202, "true"]);
      expect(again.json()).toMatchObject({ id: job.id });
      await world.control(job.id, "cancel");
    });

    it("is refused with another request", async () => {
      const answer = await world.ask("POST", "/v1/bulk-jobs", { body: { ...body, count: 3 }, key: "once" });
      expect(refused(answer)).toMatchObject({ status: 422, code: "IDEMPOTENCY_KEY_REUSED" });
    });
  });
});
