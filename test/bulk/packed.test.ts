import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlannedItem } from "../../lib/bulk/item.ts";
import { packItems, unpackItems } from "../../lib/bulk/packed.ts";
import { planHashOf } from "../../lib/bulk/plan-hash.ts";
import { csv, plan, server } from "./requests.ts";

const item = (index: number, input: PlannedItem["input"] = {}): PlannedItem => ({
  index,
  line: index + 2,
  key: `k${index}`,
  name: null,
  input,
  resourceId: null,
});
const many = (count: number, input: PlannedItem["input"] = {}): PlannedItem[] =>
  Array.from({ length: count }, (_, index) => item(index, input));

describe("packed items", () => {
  it.each<[number, number[]]>([
    [0, []],
    [1, [1]],
    [200, [200]],
    [201, [200, 1]],
    [450, [200, 200, 50]],
  ])("%i items lie in chunks of %j", (count, sizes) => {
    const chunks = [...packItems(many(count))];
    expect(chunks.map((chunk) => chunk.count)).toEqual(sizes);
    expect(chunks.map(({ first }) => first)).toEqual(sizes.map((_, at) => at * 200));
    expect(chunks.flatMap(({ text }) => unpackItems(text))).toEqual(many(count));
  });

  it("are in smaller chunks where they are large, so that no document is too large", () => {
    const large = Array.from({ length: 60 }, (_, at) =>
      item(at, { cloud_init: randomBytes(20_000).toString("base64"), n: at }),
    );
    const chunks = [...packItems(large)];
    expect(chunks.length).toBeGreaterThan(5);
    for (const { text } of chunks) expect(text.length).toBeLessThanOrEqual(195_000);
    expect(chunks.flatMap(({ text }) => unpackItems(text))).toEqual(large);
  });

  it("the largest item that a plan takes still fits", () => {
    const cloudInit = randomBytes(96_000).toString("base64");
    const { items, faults } = plan({
      form: "items",
      items: [{ name: "a", ...server, cloud_init: cloudInit }],
      defaults: {},
    });
    expect(faults).toEqual([]);
    const [chunk] = packItems(items);
    expect(chunk?.text.length).toBeLessThan(200_000);
  });

  it("what a template gave to all is stored once", () => {
    const cloudInit = randomBytes(90_000).toString("base64");
    const template = { name: "w{{index}}", ...server, cloud_init: cloudInit, tags: ["a"] };
    const { items } = plan({ form: "count", count: 400, template });
    const chunks = [...packItems(items)];
    expect(chunks.map(({ count }) => count)).toEqual([200, 200]);
    expect(chunks.flatMap(({ text }) => unpackItems(text))).toEqual(items);
  });

  it("come out as they went in, whatever they hold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true, maxKeys: 4 }), {
          maxLength: 8,
        }),
        fc.integer({ min: 1, max: 4 }),
        (inputs, perChunk) => {
          const items = inputs.map((input, index) => item(index, JSON.parse(JSON.stringify(input))));
          // No plan has that name in it, at any depth.
          const safe = items.filter(({ input }) => !JSON.stringify(input).includes('"__proto__":'));
          const chunks = [...packItems(safe, { items: perChunk })];
          expect(chunks.every(({ count }) => count <= perChunk)).toBe(true);
          expect(chunks.flatMap(({ text }) => unpackItems(text))).toEqual(safe);
        },
      ),
    );
  });

  it.each(["", "AAAA", Buffer.from("{}").toString("base64")])("%j is no chunk", (text) => {
    expect(() => unpackItems(text)).toThrow(Error);
  });

  it("a chunk of another version is refused", () => {
    const [chunk] = packItems(many(1));
    expect(() => unpackItems(`${chunk?.text.slice(0, -8)}`)).toThrow(Error);
  });

  it("of ten thousand rows are some hundred kilobytes, in fifty chunks", () => {
    const text = Array.from({ length: 10_000 }, (_, at) => `web-${at},DEV1-S,noble`).join("\n");
    const chunks = [...packItems(plan(csv(`name,type,image\n${text}`)).items)];
    expect(chunks).toHaveLength(50);
    expect(chunks.reduce((sum, chunk) => sum + chunk.text.length, 0)).toBeLessThan(500_000);
  });
});

describe("the plan's hash", () => {
  const parts = {
    input: "abc",
    prices: { "DEV1-S": 0.01 },
    stock: { "DEV1-S": "available", "GP1-S": "scarce" },
  };

  it("is a SHA-256, whatever the order of fields", () => {
    expect(planHashOf(parts)).toMatch(/^[0-9a-f]{64}$/);
    const turned = { ...parts, stock: { "GP1-S": "scarce", "DEV1-S": "available" } };
    expect(planHashOf(turned)).toBe(planHashOf(parts));
  });

  it.each([
    ["the input", { input: "abd" }],
    ["a price", { prices: { "DEV1-S": 0.02 } }],
    ["the stock", { stock: { "DEV1-S": "shortage", "GP1-S": "scarce" } }],
  ])("is another when %s is another", (_what, change) => {
    expect(planHashOf({ ...parts, ...change })).not.toBe(planHashOf(parts));
  });
});
