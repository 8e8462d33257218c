import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/operation/json.ts";
import { foreseeTypes } from "../../lib/providers/foresee-types.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { legacyImages } from "../../simulators/scaleway/public-images.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { openProvider } from "./open-provider.ts";

const nobody = "99999999-9999-4999-8999-999999999999";

describe("the older compute API", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ dialect: "scaleway-compute", seed: 7 });
  });
  afterAll(() => simulator.close());
  beforeEach(() => {
    simulator.control.clearFaults();
    simulator.control.clearCalls();
  });
  const input = { type: "VC1S", image: legacyImages[0]?.id ?? "" };
  const foresee = (...fields: readonly JsonObject[]) =>
    openProvider("scaleway-compute", simulator.url).provider.foresee?.(
      fields.map((more) => ({ input: { ...input, ...more }, count: 4 })),
    );

  it("tells types, prices and stock, in three reads", async () => {
    expect(await foresee({})).toEqual({
      faults: [],
      warnings: [],
      quotas: [],
      stock: { "VC1S in par1": "available" },
      costs: [
        {
          type: { hour: 0.00862, month: 0.00862 * 730 },
          beside: { gigabytes: 0, addresses: 0, isWhole: true },
        },
      ],
    });
    expect(simulator.control.calls()).toHaveLength(3);
  });

  it.each<readonly [string, JsonObject, readonly string[]]>([
    ["a type", { type: "VC9S" }, ["type"]],
    ["an image", { image: nobody }, ["image"]],
    ["a volume", { volumes: { "1": nobody } }, ["volumes", "1"]],
    ["an address", { public_ip: nobody }, ["public_ip"]],
    ["a bootscript", { bootscript: nobody }, ["bootscript"]],
  ])("tells that there is no such thing: %s", async (_what, fields, field) => {
    expect((await foresee({}, fields))?.faults).toMatchObject([{ of: 1, field }]);
  });

  it("tells a shortage", async () => {
    simulator.control.addFault({ name: "capacity_failure" });
    expect((await foresee({}))?.warnings).toEqual([
      {
        code: "STOCK_SHORTAGE",
        detail: "VC1S in par1: the provider shows a shortage, and 4 are asked for",
      },
    ]);
  });
});

describe("the API of January 2014", () => {
  it("tells of volumes only", async () => {
    const simulator = await startSimulator({ dialect: "scaleway-v1", seed: 8 });
    const { provider } = openProvider("scaleway-v1", simulator.url);
    const told = await provider.foresee?.([
      { input: { image: "image-1" }, count: 2 },
      { input: { image: "image-1", volumes: ["Volume-none"] }, count: 1 },
    ]);
    expect(told).toMatchObject({
      faults: [{ of: 1, field: ["volumes", "0"] }],
      warnings: [],
      costs: [{ type: null }, { type: null }],
    });
    await simulator.close();
  });
});

it.each(["scaleway-draft", "convoy-v0", "convoy-v4"] as const)(
  "%s has nothing to ask about: it foresees nothing",
  (dialect) => {
    expect("foresee" in openProvider(dialect, "http://127.0.0.1:1").provider).toBe(false);
  },
);

describe("stock", () => {
  const market = {
    place: "fr-par-1",
    types: new Map([["DEV1-S", null]]),
    isWhole: false,
    stock: new Map([["DEV1-S", "scarce"]]),
    unchecked: [],
  };
  const wish = { of: 0, count: 3, type: "DEV1-S", place: "fr-par-1", field: ["type"], choice: 0 };

  it("that is scarce is a warning of its own, and that of an alternative is none", () => {
    const markets = new Map([["fr-par-1", market]]);
    expect(foreseeTypes([wish, { ...wish, choice: 1, count: 50 }], markets).warnings).toEqual([
      {
        code: "STOCK_SCARCE",
        detail: "DEV1-S in fr-par-1: the provider's stock is scarce, and 3 are asked for",
      },
    ]);
  });

  it("and types are no fault where the list did not come to its end", () => {
    const missing = { ...wish, type: "DEV1-M" };
    expect(foreseeTypes([missing], new Map([["fr-par-1", market]])).faults).toEqual([]);
    expect(
      foreseeTypes([missing], new Map([["fr-par-1", { ...market, isWhole: true }]])).faults,
    ).toHaveLength(1);
  });
});

it.each<readonly [keyof typeof dialects, JsonObject, string | null]>([
  ["scaleway-instance", { commercial_type: "DEV1-S" }, "DEV1-S"],
  ["scaleway-compute", { commercial_type: "VC1S" }, "VC1S"],
  ["scaleway-compute", { type: "VC1S" }, "VC1S"],
  ["scaleway-instance", { commercial_type: null }, null],
  ["scaleway-draft", { name: "web" }, null],
  ["convoy-v4", { type: "new" }, null],
])("a server of %s that is %o is of type %s", (name, raw, type) => {
  expect(dialects[name].dialect.typeOf?.(raw) ?? null).toBe(type);
});
