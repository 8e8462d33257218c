import { describe, expect, it, test } from "vitest";
import { clockText, durationMilliseconds, durationText } from "../../cli/duration.ts";
import { differences } from "../../cli/difference.ts";
import { readFields } from "../../cli/fields.ts";
import { readInstant } from "../../cli/instant.ts";
import { causesOf, namesText } from "../../cli/bulk-causes.ts";
import { csvLine, tableLines, type Column } from "../../cli/table.ts";
import { openStub } from "./api-stub.ts";
import { runCli } from "./run-cli.ts";

const servers = [
  {
    id: "11111111-1111-4111-8111-111111111111",
    name: "web-1",
    state: "running",
    tags: ["env=dev", "swy:op=op_1"],
  },
  { id: "22222222-2222-4222-8222-222222222222", name: "=cmd()", state: "stopped", tags: ["a,b"] },
];

describe("--output", () => {
  it.each([
    [
      "human",
      `ID                                    NAME    STATE    TAGS     CONNECTION
11111111-1111-4111-8111-111111111111  web-1   running  env=dev  paris
22222222-2222-4222-8222-222222222222  =cmd()  stopped  a,b      paris
`,
    ],
    ["human=Name,State", "NAME    STATE\nweb-1   running\n=cmd()  stopped\n"],
    ["id", `${servers.map(({ id }) => id).join("\n")}\n`],
    ["csv=name,tags", 'name,tags\nweb-1,env=dev\n\'=cmd(),"a,b"\n'],
    ["jsonl", servers.map((server) => `${JSON.stringify({ ...server, connection: "paris" })}\n`).join("")],
    [
      "json",
      `${JSON.stringify(
        servers.map((server) => Object.assign({}, server, { connection: "paris" })),
        null,
        2,
      )}\n`,
    ],
  ])("%s", async (form, out) => {
    const stub = await openStub({ servers });
    expect(await runCli(["server", "list", "-o", form], { url: stub.url })).toMatchObject({ out, code: 0 });
  });

  it("wide has more columns", async () => {
    const stub = await openStub({ servers });
    expect((await runCli(["server", "list", "-o", "wide"], { url: stub.url })).out).toContain("swy:op=op_1");
  });

  it("a table shrinks to a terminal, and never cuts an id", async () => {
    const stub = await openStub({ servers });
    const end = await runCli(["server", "list"], { url: stub.url, isTTY: true, columns: 72 });
    const lines = end.out.trimEnd().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBe(72);
    expect(end.out).toContain("11111111-1111-4111-8111-111111111111");
  });

  it("a list ends at its limit, and says so", async () => {
    const stub = await openStub({ servers });
    const end = await runCli(["server", "list", "--limit", "1", "-o", "id"], { url: stub.url });
    expect(end.out).toBe(`${servers[0]?.id}\n`);
    expect(end.err).toBe("1 shown; --limit 0 shows all.\n");
  });

  it("--debug shows requests, never the key", async () => {
    const stub = await openStub({ servers });
    const end = await runCli(["server", "get", "web-1", "-D"], { url: stub.url });
    expect(end.err).toContain("> GET /v1/connections?limit=100\n< 200 req_5C1T\n");
    expect(end.err).not.toContain("swy_dev_local");
  });
});

describe("tables and CSV", () => {
  const columns: readonly Column<readonly string[]>[] = [
    { name: "id", value: ([id = ""]) => id, isWhole: true },
    { name: "text", value: ([, text = ""]) => text },
  ];

  test("the widest column that may be cut gives way", () => {
    expect(tableLines([["abcdef", "a rather long text"]], columns, 20)).toEqual([
      "ID      TEXT",
      "abcdef  a rather lo…",
    ]);
  });

  test.each([
    [["a", "b,c"], 'a,"b,c"\n'],
    [['say "x"', "two\nlines"], '"say ""x""","two\nlines"\n'],
    [["=1+1", "+1", "-1", "@a"], "'=1+1,'+1,'-1,'@a\n"],
  ])("%j is safe for spreadsheets", (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});

describe("what is typed", () => {
  test.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["45", 45_000],
    ["250ms", 250],
  ])("the duration %s", (text, milliseconds) => {
    expect(durationMilliseconds(text, "--timeout")).toBe(milliseconds);
  });

  test.each([["10x"], ["m10"], ["1h and more"], [""], ["-5m"]])("%j is no duration", (text) => {
    expect(() => durationMilliseconds(text, "--timeout")).toThrow("is not a duration");
  });

  test.each([
    ["now", "2026-11-20T12:00:00Z", "as it is"],
    ["+3h", "2026-11-20T15:00:00Z", "from now"],
    ["-30m", "2026-11-20T11:30:00Z", "before now"],
    ["2026-11-20T21:00:00+02:00", "2026-11-20T19:00:00Z", "with an offset"],
    ["2026-11-20T21:00", "2026-11-20T20:00:00Z", "local"],
    ["2026-07-01 21:00", "2026-07-01T19:00:00Z", "local, in summer time"],
    ["2026-11-20", "2026-11-19T23:00:00Z", "the day's first minute"],
    ["fri 21:00", "2026-11-20T20:00:00Z", "today still counts"],
    ["fri 08:00", "2026-11-27T07:00:00Z", "but not when it is over"],
    ["monday", "2026-11-22T23:00:00Z", "the whole name"],
    ["today 21:00", "2026-11-20T20:00:00Z", ""],
    ["tomorrow 8:00", "2026-11-21T07:00:00Z", "with one digit"],
  ])("the instant %j is %s: %s", (text, at) => {
    expect(readInstant(text, "--at", "Europe/Paris", Date.parse("2026-11-20T12:00:00Z"))).toBe(at);
  });

  test("fields are text, JSON, lists of tags, and nested by dots", () => {
    expect(
      readFields([
        "name=web=1",
        "start=false",
        "tags=a,b",
        "volumes.0.size:=20",
        "volumes.0.type=b_ssd",
        "x.y=1",
      ]),
    ).toEqual({
      name: "web=1",
      start: false,
      tags: ["a", "b"],
      volumes: [{ size: 20, type: "b_ssd" }],
      x: { y: "1" },
    });
  });

  test.each([
    ["=x", "is not a field"],
    ["name", "is not a field"],
    ["a:={", "is not JSON"],
    ["__proto__.a=1", "can't be a field"],
  ])("%j is no field", (operand, message) => {
    expect(() => readFields([operand])).toThrow(message);
    expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
  });
});

describe("what is shown", () => {
  test.each([
    [14_000, "14.0 s", "0:14"],
    [200_000, "3 min 20 s", "3:20"],
    [7_500_000, "2 h 5 min", "2:05:00"],
  ])("%i ms", (milliseconds, words, clock) => {
    expect(durationText(milliseconds)).toBe(words);
    expect(clockText(milliseconds)).toBe(clock);
  });

  test("failures are grouped by cause, whatever the item is called in it", () => {
    const line = (name: string, code: string, message: string) => ({ name, state: "failed", code, message });
    const causes = causesOf([
      line("web-1", "OUT_OF_STOCK", "No stock for web-1."),
      line("web-2", "QUOTA_EXCEEDED", "Quota."),
      line("web-3", "OUT_OF_STOCK", "No stock for web-3."),
    ]);
    expect(causes).toEqual([
      { code: "OUT_OF_STOCK", message: "No stock for ….", names: ["web-1", "web-3"], request: null },
      { code: "QUOTA_EXCEEDED", message: "Quota.", names: ["web-2"], request: null },
    ]);
  });

  test.each([
    [["demo-web-23", "demo-web-24", "demo-web-25"], "demo-web-23, -24, -25"],
    [["a-1", "b-1", "b-2"], "a-1, b-1, -2"],
    [["one", "two"], "one, two"],
    [["a-1", "a-2", "a-3", "a-4", "a-5", "a-6", "a-7"], "a-1, -2, -3, -4, -5 and 2 more"],
  ])("the names %j", (names, text) => {
    expect(namesText(names)).toBe(text);
  });

  test("a difference is what is wanted and not there; what is not spoken of is left alone", () => {
    expect(
      differences({ a: 1, b: [{ c: 2 }], d: [1] }, { a: 1, b: [{ c: 3, e: 4 }], d: [1, 2], f: 5 }),
    ).toEqual([
      { at: "b.0.c", from: 3, to: 2 },
      { at: "d", from: [1, 2], to: [1] },
    ]);
  });
});
