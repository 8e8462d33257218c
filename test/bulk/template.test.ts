import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../lib/operation/json.ts";
import { plan, server } from "./requests.ts";

const vars = { team: "ops", size: 20, live: true, wild: "{{index}}" };

/** The first item's input that a template makes, and the faults. */
const make = (template: JsonObject, row: JsonObject = {}) => {
  const { items, faults } = plan(
    { form: "rows", rows: [row], template: { name: "a", ...server, ...template } },
    { vars, start: 7, check: () => [] },
  );
  return { input: items[0]?.input, faults };
};

describe("a template", () => {
  it.each<[Json, JsonObject, Json, string]>([
    ["plain", {}, "plain", "no placeholder"],
    ["web-{{index}}", {}, "web-7", "the number of the item, from start"],
    ["web-{{index:03}}", {}, "web-007", "with noughts before it"],
    ["web-{{index:01}}", {}, "web-7", "never cut"],
    ["web-{{ index }}", {}, "web-7", "with blanks in the braces"],
    ["{{zone}}.{{date}}", {}, "fr-par-1.2026-11-02", "zone and date"],
    ["{{vars.team}}-{{vars.size}}-{{vars.live}}", {}, "ops-20-true", "variables of any type"],
    ["{{row.city}}", { city: "Paris" }, "Paris", "a field of the row"],
    ["{{row.a b.c}}", { "a b.c": "x" }, "x", "by its whole name"],
    ["{{row.a.b.0}}", { a: { b: ["x"] } }, "x", "or by the way to it"],
    ["{{row.n}}", { n: 5 }, "5", "a number stays a text where a text is wanted"],
    ["{{row.n}}{{row.no}}", { n: 5, no: null }, "5", "null brings in nothing"],
    ["{{vars.wild}}", {}, "{{index}}", "what a variable brings in is not looked through again"],
    ["{{row.x}}", { x: "{{row.x}}{{index}}" }, "{{row.x}}{{index}}", "nor what a row brings in"],
    ["{{row.x}}index}}", { x: "{{" }, "{{index}}", "nor what comes together"],
    ["\\{{ v1.region }}", {}, "{{ v1.region }}", "braces that are meant"],
    ["\\{{{{index}}", {}, "{{7", "and a placeholder behind them"],
    ["${a:-${b}} }}", {}, "${a:-${b}} }}", "braces that only close"],
  ])("%j with the row %j says %j: %s", (text, row, made) => {
    expect(make({ image: text }, row)).toMatchObject({ input: { image: made }, faults: [] });
  });

  it("is filled at any depth, with the type that the schema wants", () => {
    const { input, faults } = make(
      {
        start: "{{row.start}}",
        tags: ["a", "n={{index}}"],
        volumes: { "0": { size: "{{row.gb}}000000000", boot: true }, "1": { size: "{{index}}" } },
        public_ips: "{{row.ips}}",
      },
      { start: "false", gb: 20, ips: [{ type: "routed_ipv4" }] },
    );
    expect(faults).toEqual([]);
    expect(input).toEqual({
      name: "a",
      ...server,
      start: false,
      tags: ["a", "n=7"],
      volumes: { "0": { size: 20_000_000_000, boot: true }, "1": { size: 7 } },
      public_ips: [{ type: "routed_ipv4" }],
    });
  });

  it("makes a list of one text where the schema wants a list", () => {
    expect(make({ tags: "env={{row.env}}|n{{index}}" }, { env: "dev" }).input).toMatchObject({
      tags: ["env=dev", "n7"],
    });
  });

  it.each<[JsonObject, JsonObject, string, string, string]>([
    [{ image: "{{indx}}" }, {}, "/template/image", "did you mean {{index}}?", "a slip of the hand"],
    [{ image: "{{index:3}}" }, {}, "/template/image", "is no placeholder", "an unknown form"],
    [{ image: "{{}}" }, {}, "/template/image", "is no placeholder", "nothing in the braces"],
    [{ image: "{{vars.taem}}" }, {}, "/template/image", "did you mean {{vars.team}}?", "an unknown variable"],
    [{ image: "{{vars.toString}}" }, {}, "/template/image", "is no placeholder", "what every object has"],
    [{ image: "{{row.}}" }, {}, "/template/image", "is no placeholder", "no column"],
    [{ image: "{{constructor.constructor('x')()}}" }, {}, "/template/image", "is no placeholder", "no code"],
    [
      { image: "a {{ b" },
      {},
      "/template/image",
      "two braces that begin no placeholder",
      "half a placeholder",
    ],
    [{ volumes: { "0": { size: "{{indx}}" } } }, {}, "/template/volumes/0/size", "did you mean", "far down"],
    [{ tags: ["a", "{{indx}}"] }, {}, "/template/tags/1", "did you mean", "in a list"],
    [{ image: "{{row.os}}" }, {}, "/rows/0/os", "the row has no such field", "a field that is missing"],
    [{ image: "{{row.os}}" }, { os: "" }, "/rows/0/os", "comes to nothing", "an empty field"],
    [
      { image: "{{row.__proto__}}" },
      {},
      "/rows/0/__proto__",
      "the row has no such field",
      "no way to a prototype",
    ],
    [{ image: "x{{row.os}}" }, { os: { a: 1 } }, "/rows/0/os", "a list or an object", "an object in a text"],
    [
      { key: "k-{{short_id}}" },
      {},
      "/template/key",
      "can't hold {{short_id}}",
      "a key that is made from itself",
    ],
  ])("%j with the row %j is told at %s: %s (%s)", (template, row, pointer, words) => {
    expect(make(template, row).faults).toEqual([{ pointer, detail: expect.stringContaining(words) }]);
  });

  it("what is wrong with it is told once, however many items it makes", () => {
    const template = { name: "w{{index}}", ...server, zoen: "x", image: "{{indx}}" };
    const { faults, isFatal } = plan({ form: "count", count: 500, template });
    expect(isFatal).toBe(true);
    expect(faults.map(({ pointer }) => pointer)).toEqual(["/template/image", "/template/zoen"]);
  });

  it("a zone is only put in where the connection has one", () => {
    const template = { ...server, name: "{{zone}}-{{index}}" };
    const { faults } = plan({ form: "count", count: 2, template }, { zone: null });
    expect(faults).toEqual([{ pointer: "/template/name", detail: "{{zone}}: this connection has no zone" }]);
  });

  it("makes six letters from the job and the item's key, the same each time", () => {
    const template = { ...server, name: "w-{{short_id}}" };
    const names = (jobId: string) =>
      plan({ form: "count", count: 1000, template }, { jobId }).items.map(({ name }) => name);
    expect(names("blk_a")).toEqual(names("blk_a"));
    expect(new Set([...names("blk_a"), ...names("blk_b")]).size).toBe(2000);
    expect(names("blk_a").every((name) => /^w-[a-z]{6}$/.test(name ?? ""))).toBe(true);
  });

  it.each<[string, string | null, string]>([
    ["web_{{index}}", "no host name", "a character that no host name has"],
    ["-web{{index}}", "no host name", "a hyphen before"],
    ["web{{index}}-", "no host name", "a hyphen behind"],
    ["web..{{index}}", "no host name", "an empty part"],
    ["wéb{{index}}", "no host name", "a letter that is not ASCII"],
    ["web {{index}}", "no host name", "a blank"],
    ["{{row.x}}-{{index}}", "no host name", "braces that a row brought in"],
    [`${"x".repeat(62)}{{index}}`, null, "63 characters"],
    [`${"x".repeat(63)}{{index}}`, "a name of 64 characters; at most 63", "64 characters"],
    ["Web-{{index}}.example.com", null, "parts with dots between them"],
    ["web_1", "no host name", "what holds no placeholder is a name all the same"],
    ["web\\{{1", "no host name", "two braces that are meant"],
  ])("makes the name %j of a server: %s (%s)", (name, words) => {
    const rows = [{ x: "{{index}}" }];
    const { faults } = plan({ form: "rows", rows, template: { ...server, name } });
    expect(faults.map(({ detail }) => detail)).toEqual(
      words === null ? [] : [expect.stringContaining(words)],
    );
  });

  it("only servers have host names", () => {
    const template = { name: "data_{{index}}", size: 20_000_000_000 };
    expect(plan({ form: "count", count: 2, template }, { kind: "volume.create" }).faults).toEqual([]);
  });

  it("what it makes has a limit, for one text and for all", () => {
    const long = "x".repeat(100_000);
    const template = { name: "w{{index}}", ...server, cloud_init: "{{row.x}}".repeat(11) };
    const one = plan({ form: "rows", rows: [{ x: long }], template });
    expect(one.faults).toEqual([
      { pointer: "/rows/0/x", detail: "item 1: comes to more than 1,000,000 characters" },
    ]);
    const count = {
      form: "count",
      count: 10_000,
      template: { ...server, name: "w{{index}}", cloud_init: `{{index}}${long}` },
    } as const;
    const all = plan(count, { limits: { expandedCharacters: 1_000_000 } });
    expect(all).toMatchObject({ isFatal: true });
    expect(all.faults.at(-1)).toEqual({
      pointer: "",
      detail: expect.stringContaining("1,000,000 characters of text"),
    });
    expect(all.items.length).toBeLessThan(12);
  });

  it("never looks through what it has put in, and says the same each time", () => {
    const piece = fc.string({ unit: fc.constantFrom("{", "}", "\\", "a", "index", "row.x", "{{", "}}") });
    fc.assert(
      fc.property(piece, piece, (x, around) => {
        const literal = around.replaceAll("{", "");
        const source = {
          form: "rows",
          rows: [{ x }],
          template: { ...server, name: "a", cloud_init: `<${literal}{{row.x}}${literal}>` },
        } as const;
        const first = plan(source);
        const escape = literal.endsWith("\\");
        if (!escape) expect(first.items[0]?.input["cloud_init"]).toBe(`<${literal}${x}${literal}>`);
        expect(plan(source)).toEqual(first);
      }),
    );
  });
});
