import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BulkSource } from "../../lib/bulk/source.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import { csv, jsonl, plan, server } from "./requests.ts";

const header = "name,type,image";
const rows = (count: number): string =>
  [header, ...Array.from({ length: count }, (_, at) => `web-${at},DEV1-S,ubuntu_noble`)].join("\n");
const items = (list: readonly JsonObject[], defaults: JsonObject = {}): BulkSource => ({
  form: "items",
  items: list,
  defaults,
});

describe("items of a request", () => {
  it("a CSV row is an operation's input, by its columns", () => {
    const { items: made, faults } = plan(
      csv(
        "key;name;type;image;tags;volumes.1.size;volumes.0.size;start\nk1;web-1;DEV1-S;noble;a|b;1;2;false\n;web-2;DEV1-S;noble;;;;\n",
      ),
    );
    expect(faults).toEqual([]);
    expect(made).toEqual([
      {
        index: 0,
        line: 2,
        key: "k1",
        name: "web-1",
        input: {
          name: "web-1",
          type: "DEV1-S",
          image: "noble",
          tags: ["a", "b"],
          volumes: { "0": { size: 2 }, "1": { size: 1 } },
          start: false,
        },
        resourceId: null,
      },
      {
        index: 1,
        line: 3,
        key: expect.stringMatching(/^[0-9a-f]{24}$/),
        name: "web-2",
        input: { name: "web-2", type: "DEV1-S", image: "noble" },
        resourceId: null,
      },
    ]);
  });

  it("entries of a list may have a column each; those that are empty leave no gap", () => {
    const { items: made } = plan(csv(`${header},tags.0,tags.2,tags.1\nw,t,i,a,,b\n`));
    expect(made[0]?.input["tags"]).toEqual(["a", "b"]);
  });

  it("JSONL, JSON items and count with a template make the same inputs as CSV", () => {
    const inputs = (source: BulkSource) => plan(source).items.map(({ input }) => input);
    const list = ["web-0", "web-1", "web-2"].map((name) => Object.assign({ name }, server));
    const expected = inputs(csv(rows(3)));
    expect(expected).toEqual(list);
    expect(inputs(jsonl(list.map((one) => JSON.stringify(one)).join("\n")))).toEqual(expected);
    expect(inputs(items(list))).toEqual(expected);
    expect(
      inputs(
        items(
          list.map(({ name }) => ({ name })),
          server,
        ),
      ),
    ).toEqual(expected);
    const template = { name: "web-{{index}}", ...server };
    expect(plan({ form: "count", count: 3, template }, { start: 0 }).items.map(({ input }) => input)).toEqual(
      expected,
    );
    const named = { name: "{{row.n}}", ...server };
    expect(
      inputs({ form: "csv", pieces: "n\nweb-0\nweb-1\nweb-2", delimiter: null, template: named }),
    ).toEqual(expected);
    const jsonRows = list.map(({ name }) => JSON.stringify({ n: name })).join("\n");
    expect(inputs({ form: "jsonl", pieces: jsonRows, template: named })).toEqual(expected);
  });

  it("an item's own field goes before the default, and may be made of the others", () => {
    const { items: made, faults } = plan(
      items([{ name: "{{row.type}}-{{index}}" }, { name: "b", type: "GP1-S" }], {
        ...server,
        tags: ["{{row.name}}"],
      }),
    );
    expect(faults).toEqual([]);
    expect(made.map(({ input }) => input)).toEqual([
      { ...server, name: "DEV1-S-1", tags: ["{{row.type}}-{{index}}"] },
      { ...server, name: "b", type: "GP1-S", tags: ["b"] },
    ]);
  });

  it("cells may have placeholders too", () => {
    const { items: made } = plan(csv(`${header}\nweb-{{index:02}}-{{zone}},DEV1-S,noble\n`));
    expect(made[0]?.name).toBe("web-01-fr-par-1");
  });

  it.each<[BulkSource, string[], string]>([
    [csv("resource_id\nsrv-1\nsrv-2"), ["srv-1", "srv-2"], "a column"],
    [jsonl('{"resource_id":"srv-1"}\n{"resource_id":2}'), ["srv-1", "2"], "a field, or a number"],
    [items([{ resource_id: "srv-1" }]), ["srv-1"], "beside an item's fields"],
    [{ form: "rows", rows: [{ resource_id: "srv-1" }], template: {} }, ["srv-1"], "of a row with a template"],
    [
      { form: "csv", pieces: "id\nsrv-1", delimiter: null, template: { resource_id: "{{row.id}}" } },
      ["srv-1"],
      "made by a template",
    ],
    [
      { form: "resources", resources: [{ id: "srv-1", name: "a" }, { id: "srv-2" }], input: {} },
      ["srv-1", "srv-2"],
      "found by a selector",
    ],
  ])("what an item acts on is %#: %s", (source, ids) => {
    const { items: made, faults } = plan(source, { kind: "server.stop" });
    expect(faults).toEqual([]);
    expect(made.map(({ resourceId }) => resourceId)).toEqual(ids);
    expect(made.every(({ input }) => Object.keys(input).length === 0)).toBe(true);
  });

  it("what a selector found may stand in the input, and is the key", () => {
    const resources = [{ id: "srv-1", name: "web" }];
    const { items: made } = plan(
      { form: "resources", resources, input: { tags: ["was={{row.name}}", "{{row.id}}"] } },
      { kind: "server.update" },
    );
    expect(made).toMatchObject([
      { key: "srv-1", resourceId: "srv-1", input: { tags: ["was=web", "srv-1"] } },
    ]);
  });
});

describe("keys", () => {
  const keys = (source: BulkSource): string[] =>
    plan(source, { check: () => [] }).items.map(({ key }) => key);

  it("are the same in each post of the same rows", () => {
    expect(keys(csv(rows(50)))).toEqual(keys(csv(rows(50))));
    expect(new Set(keys(csv(rows(50)))).size).toBe(50);
  });

  it("are the same whatever the order of rows, columns and fields", () => {
    const stop = { kind: "server.stop", check: () => [] } as const;
    const one = plan(csv("resource_id,key\na,\nb,"), stop).items.map(({ key }) => key);
    const other = plan(csv("key,resource_id\n,b\n,a"), stop).items.map(({ key }) => key);
    expect(other).toEqual(one.toReversed());
    expect(keys(items([{ name: "a", type: "b" }]))).toEqual(keys(items([{ type: "b", name: "a" }])));
  });

  it("the nth of equal rows has its number behind", () => {
    const { items: made } = plan(csv("resource_id\na\nb\na\na"), { kind: "server.reboot" });
    const [a = "", b] = made.map(({ key }) => key);
    expect(made.map(({ key }) => key)).toEqual([a, b, `${a}#2`, `${a}#3`]);
  });

  it("are never the same twice, whatever the rows", () => {
    const row = fc.record({ resource_id: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (list) => {
        const made = plan(items(list), { kind: "server.reboot" }).items.map(({ key }) => key);
        expect(new Set(made).size).toBe(list.length);
      }),
    );
  });

  it.each<[BulkSource, string, string, string]>([
    [
      csv(`key,${header}\nk,a,t,i\nl,b,t,i\nk,c,t,i`),
      "/rows/4/key",
      'line 4: the key "k" is that of line 2 too',
      "twice in a file",
    ],
    [
      items([
        { key: "k", name: "a", ...server },
        { key: "k", name: "b", ...server },
      ]),
      "/items/1/key",
      'item 2: the key "k" is that of item 1 too',
      "twice in JSON",
    ],
    [
      { form: "count", count: 9, template: { key: "k", name: "w{{index}}", ...server } },
      "/template/key",
      'item 2: the key "k" is that of item 1 too',
      "the same for all, told once",
    ],
    [
      items([{ key: "a\nb", name: "a", ...server }]),
      "/items/0/key",
      "item 1: must not hold control characters",
      "control characters",
    ],
    [
      items([{ key: "", name: "a", ...server }]),
      "/items/0/key",
      "item 1: must have 1 to 200 characters",
      "nothing",
    ],
    [
      items([{ key: "k".repeat(201), name: "a", ...server }]),
      "/items/0/key",
      "item 1: must have 1 to 200 characters",
      "too long",
    ],
    [items([{ key: ["a"], name: "a", ...server }]), "/items/0/key", "item 1: must be a text", "no text"],
  ])("%# are refused at %s: %s (%s)", (source, pointer, detail) => {
    expect(plan(source).faults).toEqual([{ pointer, detail }]);
  });
});

describe("what is wrong with a request", () => {
  it.each<[BulkSource, [string, string][], string]>([
    [
      csv(`${header}\na,t,i\na,t,i`),
      [
        [
          "/rows/3/name",
          'line 3: the name "a" is that of line 2 too; put {{index}} into it, or give another',
        ],
      ],
      "a name twice",
    ],
    [
      csv("nmae,type,image\na,t,i"),
      [["/rows/1/nmae", 'line 1: unknown column "nmae"; did you mean "name"?']],
      "an unknown column",
    ],
    [
      csv(`${header},volumes.0.colour\na,t,i,1`),
      [
        [
          "/rows/1/volumes.0.colour",
          'line 1: unknown column "volumes.0.colour"; there is id, name, size, volume_type, base_snapshot, boot',
        ],
      ],
      "an unknown column that is near to none",
    ],
    [
      csv(`${header},volumes.0.sizes\na,t,i,1`),
      [
        [
          "/rows/1/volumes.0.sizes",
          'line 1: unknown column "volumes.0.sizes"; did you mean "volumes.0.size"?',
        ],
      ],
      "an unknown part of a column",
    ],
    [
      csv(`${header},resource-id\na,t,i,1`),
      [["/rows/1/resource-id", 'line 1: unknown column "resource-id"; did you mean "resource_id"?']],
      "a column of ours",
    ],
    [
      csv(`${header},type\na,t,i,u`),
      [["/rows/1/type", 'line 1: column "type" stands in the header line twice']],
      "a column twice",
    ],
    [csv(`${header},\na,t,i,`), [["/rows/1", "line 1: column 4 has no name"]], "a column without a name"],
    [
      csv(`${header},__proto__\na,t,i,u`),
      [["/rows/1/__proto__", 'line 1: "__proto__" is not a column']],
      "a prototype as a column",
    ],
    [
      csv(`${header},volumes.__proto__.size\na,t,i,1`),
      [["/rows/1/volumes.__proto__.size", 'line 1: "volumes.__proto__.size" is not a column']],
      "a prototype within one",
    ],
    [
      csv(`${header},volumes,volumes.0.size\na,t,i,{},1`),
      [
        [
          "/rows/1/volumes.0.size",
          'line 1: column "volumes.0.size" says a part of what column "volumes" says as a whole; give one of the two',
        ],
      ],
      "a column and a part of it",
    ],
    [
      csv(`${header},start\na,t,i,perhaps`),
      [["/rows/2/start", "line 2: must be a boolean"]],
      "a cell of the wrong type",
    ],
    [
      csv(`${header},volumes.0.size\na,t,i,many`),
      [["/rows/2/volumes.0.size", "line 2: must be a whole number of bytes"]],
      "a cell far down",
    ],
    [csv(`${header},volumes.0.size,volumes.0.boot\na,t,i,,`), [], "no cell far down is no field"],
    [
      csv("name,type\na,t"),
      [
        [
          "/rows/2/image",
          "line 2: is required: a label such as ubuntu_noble, or an id (or give volumes to boot from)",
        ],
      ],
      "a column that is missing",
    ],
    [
      csv(`${header}\n{{indx}},t,i`),
      [
        [
          "/rows/2/name",
          "line 2: {{indx}} is no placeholder; did you mean {{index}}? (write \\{{ where two braces are meant)",
        ],
      ],
      "a placeholder in a cell",
    ],
    [
      jsonl('{"name":"a","typ":"t","image":"i"}'),
      [
        ["/rows/1/typ", 'line 1: unknown field; did you mean "type"?'],
        [
          "/rows/1/type",
          "line 1: is required: the server's type, such as DEV1-S (see products/servers of the connection)",
        ],
      ],
      "an unknown field of a line",
    ],
    [
      items([
        { name: "a", ...server },
        { name: "b", ...server, tags: [1] },
      ]),
      [["/items/1/tags/0", "item 2: must be a string"]],
      "an item of JSON",
    ],
    [
      {
        form: "items",
        items: ["x", null, [], { name: "a", ...server, colour: 1 }, { name: "b", ...server, tags: "t" }],
        defaults: {},
      },
      [
        ["/items/0", "item 1: must be an object"],
        ["/items/1", "item 2: must be an object"],
        ["/items/2", "item 3: must be an object"],
        ["/items/3/colour", "item 4: unknown field"],
        ["/items/4/tags", "item 5: must be an array"],
      ],
      "items that are no objects, and what is wrong with the others",
    ],
    [
      { form: "rows", rows: ["x", { n: "-a" }], template: { ...server, name: "{{row.n}}" } },
      [
        ["/rows/0", "item 1: must be an object"],
        [
          "/rows/1/n",
          'item 2: makes "-a", which is no host name; use letters, digits and - (not first or last), in parts with dots between them',
        ],
      ],
      "rows that are no objects, and what is wrong with the others",
    ],
    [
      items([{ name: "{{indx}}", ...server, colour: 1, start: "x", tags: ["{{row.no}}"] }]),
      [
        [
          "/items/0/name",
          "item 1: {{indx}} is no placeholder; did you mean {{index}}? (write \\{{ where two braces are meant)",
        ],
        ["/items/0/tags/0", "item 1: {{row.no}}: the row has no such field"],
        ["/items/0/colour", "item 1: unknown field"],
        ["/items/0/start", "item 1: must be a boolean"],
      ],
      "placeholders and fields of one item together, each place once",
    ],
    [
      items([{ name: "a" }, { name: "b" }], { ...server, start: 1 }),
      [["/defaults/start", "must be a boolean"]],
      "a default, once for all items",
    ],
    [
      { form: "csv", pieces: "n,t\na,x", delimiter: null, template: { ...server, name: "{{row.m}}" } },
      [["/template/name", "{{row.m}}: there is no such column; did you mean {{row.n}}?"]],
      "a column that a template wants",
    ],
    [
      { form: "csv", pieces: "n,n\na,x", delimiter: null, template: { ...server, name: "{{row.n}}" } },
      [["/rows/1/n", 'line 1: column "n" stands in the header line twice']],
      "a column of a template twice",
    ],
    [
      {
        form: "csv",
        pieces: "n,s\na,x",
        delimiter: null,
        template: { ...server, name: "{{row.n}}", start: "{{row.s}}" },
      },
      [["/rows/2/s", "line 2: must be a boolean"]],
      "a cell that a template took",
    ],
    [
      { form: "count", count: 3, template: { name: "w{{index}}", ...server, start: "{{index}}" } },
      [["/template/start", "must be a boolean"]],
      "a template",
    ],
    [
      { form: "resources", resources: [{ id: "a" }], input: { tipe: "x" } },
      [
        ["/input/tipe", 'unknown field; did you mean "type"?'],
        ["/input/name", "required: string"],
      ],
      "the input of a selector",
    ],
    [csv(""), [["/rows/1", "line 1: the file is empty; its first line names the columns"]], "an empty file"],
    [csv(header), [["", "there is nothing to do: no rows, or no items"]], "a header and nothing else"],
    [jsonl("\n\n"), [["", "there is nothing to do: no rows, or no items"]], "nothing but blank lines"],
    [items([]), [["/items", "there is nothing to do: no rows, or no items"]], "no items"],
    [
      { form: "resources", resources: [], input: {} },
      [["/select", "there is nothing to do: no rows, or no items"]],
      "nothing selected",
    ],
  ])("%# is told where it is: %j (%s)", (source, faults) => {
    const told = plan(source).faults.map(({ pointer, detail }) => [pointer, detail]);
    expect(told).toHaveLength(faults.length);
    expect(told).toEqual(expect.arrayContaining(faults));
  });

  const rule = "use letters, digits and - (not first or last), in parts with dots between them";
  it.each<[string, string | null, string]>([
    ["=cmd()", `"=cmd()" is no host name; ${rule}`, "a formula"],
    ["-bad", `"-bad" is no host name; ${rule}`, "a hyphen first"],
    ["bad-", `"bad-" is no host name; ${rule}`, "a hyphen last"],
    ["web 1", `"web 1" is no host name; ${rule}`, "a blank"],
    ["a..b", `"a..b" is no host name; ${rule}`, "an empty part"],
    [
      "x".repeat(64),
      `the name "${"x".repeat(63)}…" has 64 characters; at most 63 are allowed`,
      "one too many",
    ],
    ["x".repeat(63), null, "as many as may be"],
    ["Web-1.example.com", null, "parts with dots between them"],
  ])("the name %j of a server is told once a row, in whatever form it came: %s (%s)", (name, words) => {
    const row = { name, ...server };
    const told = (source: BulkSource) => plan(source).faults;
    const at = (pointer: string, who: string) =>
      words === null ? [] : [{ pointer, detail: `${who}: ${words}` }];
    expect(told(csv(`${header}\nok,t,i\n${name},t,i`))).toEqual(at("/rows/3/name", "line 3"));
    expect(told(jsonl(JSON.stringify(row)))).toEqual(at("/rows/1/name", "line 1"));
    expect(told(items([{ name: "ok", ...server }, row]))).toEqual(at("/items/1/name", "item 2"));
  });

  it("a kind on something that exists misses what it acts on", () => {
    const { faults } = plan(csv("key,resource_id\nk,"), { kind: "server.stop" });
    expect(faults).toEqual([{ pointer: "/rows/2/resource_id", detail: "line 2: required" }]);
  });

  it("all of it is told at once, and bad rows keep their numbers", () => {
    const {
      items: made,
      invalid,
      faults,
      isFatal,
    } = plan(
      csv(
        `${header},start\nw{{index}},t,i,x\nw{{index}},t,i\nw{{index}},t,i,true\nw"{{index}},t,i,true\nw{{index}},t,i,\n`,
      ),
    );
    expect(isFatal).toBe(false);
    expect(made.map(({ index, line, name }) => [index, line, name])).toEqual([
      [2, 4, "w3"],
      [4, 6, "w5"],
    ]);
    expect(invalid.map(({ index, line, why }) => [index, line, why.slice(0, 7)])).toEqual([
      [0, 2, "line 2:"],
      [1, 3, "line 3:"],
      [3, 5, "line 5:"],
    ]);
    expect(faults.map(({ pointer }) => pointer).toSorted()).toEqual(["/rows/2/start", "/rows/3", "/rows/5"]);
  });

  it("a line with two mistakes is one item", () => {
    const line = '{"name":"a","name":"b","__proto__":1}';
    const { invalid, faults } = plan(jsonl(`${line}\n${JSON.stringify({ name: "c", ...server })}`));
    expect(faults).toHaveLength(2);
    expect(invalid).toHaveLength(1);
  });

  it("so many are told, and the rest is counted", () => {
    const { faults } = plan(csv(`${header}\n${",,\n".repeat(1500)}`));
    expect(faults).toHaveLength(1001);
    expect(faults.at(-1)).toEqual({
      pointer: "",
      detail: expect.stringMatching(/^[\d,]+ more faults are not shown$/),
    });
    const few = plan(csv(`${header},start\n${"w{{index}},t,i,x\n".repeat(4)}`), { limits: { faults: 3 } });
    expect(few.faults.at(-1)).toEqual({ pointer: "", detail: "1 more fault is not shown" });
  });

  it("a prototype in JSON is refused and changes nothing", () => {
    const hostile: JsonObject = JSON.parse(
      `{"name":"a","type":"t","image":"i","__proto__":{"polluted":true}}`,
    );
    const template: JsonObject = JSON.parse(`{"volumes":{"0":{"__proto__":{"polluted":true}}}}`);
    expect(plan(items([hostile])).faults).toEqual([
      { pointer: "/items/0/__proto__", detail: "item 1: is not a field" },
    ]);
    expect(plan({ form: "count", count: 1, template }).faults).toContainEqual({
      pointer: "/template/volumes/0/__proto__",
      detail: "is not a field",
    });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("the size of a request", () => {
  it.each([
    [1, true, "one item"],
    [20, true, "as many as may be"],
    [21, false, "one more"],
    [2000, false, "many more"],
  ])("%i rows where 20 are allowed: %s (%s)", (count, fits) => {
    const limits = { items: 20 };
    const template = { name: "web-{{index}}", ...server };
    const list = Array.from({ length: count }, (_, at) => ({ name: `web-${at}`, ...server }));
    const answers: [BulkSource, string][] = [
      [csv(rows(count)), "/rows/22"],
      [jsonl(list.map((one) => JSON.stringify(one)).join("\n")), "/rows/21"],
      [items(list), "/items"],
      [{ form: "rows", rows: list, template: { ...server, name: "{{row.name}}" } }, "/rows"],
      [{ form: "count", count, template }, "/count"],
    ];
    for (const [source, pointer] of answers) {
      const { items: made, faults, isFatal } = plan(source, { limits });
      expect(isFatal).toBe(!fits);
      if (fits) expect(made).toHaveLength(count);
      else expect(faults).toEqual([{ pointer, detail: expect.stringContaining("more than 20 items") }]);
    }
  });

  it("ten thousand items are the usual limit", () => {
    expect(plan(csv(rows(10_000))).items).toHaveLength(10_000);
    const { faults } = plan(csv(rows(10_001)));
    expect(faults).toEqual([
      { pointer: "/rows/10002", detail: "line 10002: more than 10,000 items; send them as several jobs" },
    ]);
  });

  it("an upload of 100 MB is left alone as soon as it is too large", () => {
    let asked = 0;
    const row = `web-{{index}},DEV1-S,${"x".repeat(970)}\n`;
    const pieces = function* (): Generator<Uint8Array> {
      yield Buffer.from(`${header}\n`);
      const piece = Buffer.from(row.repeat(64));
      for (; asked < 1600; asked += 1) yield piece;
    };
    const { isTooLarge, isFatal, faults } = plan(csv(pieces()), {
      limits: { items: 100_000 },
      check: () => [],
    });
    expect({ isTooLarge, isFatal }).toEqual({ isTooLarge: true, isFatal: true });
    expect(faults[0]?.detail).toMatch(/^line \d+: the body is larger than 10,000,000 bytes/);
    expect(asked).toBeLessThan(160);
  });

  it("an item must fit into a document", () => {
    const { faults } = plan(items([{ name: "a", ...server, cloud_init: "x".repeat(150_000) }]), {
      check: () => [],
    });
    expect(faults).toEqual([{ pointer: "/items/0", detail: "item 1: is larger than 145,000 bytes" }]);
  });
});

describe("the digest", () => {
  const template = { name: "w{{index}}-{{date}}-{{short_id}}", ...server };
  const base = { form: "count", count: 3, template } as const;
  const digest = plan(base).digest;

  it.each<[BulkSource, Parameters<typeof plan>[1], boolean, string]>([
    [base, {}, true, "the same request"],
    [base, { date: "2027-01-01" }, true, "another day"],
    [base, { jobId: "blk_other" }, true, "another job"],
    [{ ...base, count: 4 }, {}, false, "one item more"],
    [{ ...base, template: { ...template, type: "GP1-S" } }, {}, false, "another template"],
    [base, { vars: { a: 1 } }, false, "other variables"],
    [base, { start: 2 }, false, "another first number"],
    [base, { kind: "server.update" }, false, "another kind"],
  ])("of request %# with %j is the same: %s (%s)", (source, words, same) => {
    expect(plan(source, words).digest === digest).toBe(same);
  });

  it("of a file is another as soon as a cell is another", () => {
    expect(plan(csv(`key,${header}\nk,a,t,i`)).digest).not.toBe(plan(csv(`key,${header}\nk,a,u,i`)).digest);
  });
});
