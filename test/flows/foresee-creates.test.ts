import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { foreseeCreates } from "../../lib/flows/foresee-creates.ts";
import { reserve } from "../../lib/flows/reservations.ts";
import { priceOfServer } from "../../lib/flows/type-prices.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { providersOf } from "../memory/memory-provider.ts";
import { openProvider } from "../providers/open-provider.ts";
import { openFlowWorld } from "./flow-world.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ dialect: "scaleway-instance", seed: 9 });
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.control.clearFaults();
  simulator.control.clearCalls();
});

const organization = "105bdce1-64c0-48ab-899d-868455867ecf";
const open = (more: Readonly<Record<string, unknown>> = {}) => {
  const { provider, connection } = openProvider("scaleway-instance", simulator.url, {
    project: undefined,
    organization,
    ...more,
  });
  const { ports } = openFlowWorld();
  const cells = new MemoryCells();
  return { connection, ports: { ...ports, cells, providers: providersOf(provider, connection) } };
};
const web = (index: number, more: JsonObject = {}): JsonObject => ({
  name: `web-${index}`,
  type: "DEV1-S",
  image: "ubuntu_noble",
  tags: [`n=${index}`],
  cloud_init: `#cloud-config\nhostname: web-${index}`,
  start: true,
  ...more,
});
const many = (count: number, more: JsonObject = {}): JsonObject[] =>
  Array.from({ length: count }, (_, index) => web(index, more));

describe("a plan of creates", () => {
  it("of ten thousand items that differ in name, tags and cloud-init costs five reads", async () => {
    const { connection, ports } = open();
    const told = await foreseeCreates(connection, many(10_000), ports);
    expect(simulator.control.calls()).toHaveLength(5);
    expect(told.eurPerHourEach).toHaveLength(10_000);
    expect(told.eurPerHour).toBe(89.76);
    expect(told.eurPerMonth).toBe(65_524.8);
    expect(told.stock).toEqual({ "DEV1-S in fr-par-1": "available" });
  });

  it("tells each item with its own fault, in the order of the items", async () => {
    const { connection, ports } = open({ limits: { types: ["DEV1-S", "DEV9-S"] } });
    const inputs = [
      web(0),
      web(1, { type: "DEV9-S" }),
      web(2, { type: "DEV1-M" }),
      web(3, { type: "DEV9-S" }),
    ];
    const { faults } = await foreseeCreates(connection, inputs, ports);
    expect(faults).toEqual([
      { item: 1, field: ["type"], detail: expect.stringContaining("no type DEV9-S") },
      { item: 2, field: ["type"], detail: expect.stringContaining("the limit types") },
      { item: 3, field: ["type"], detail: expect.stringContaining("no type DEV9-S") },
    ]);
  });

  it("tells a zone that the connection does not allow as a fault of the whole item", async () => {
    const { connection, ports } = open({ limits: { zones: ["nl-ams-1"] } });
    const { faults } = await foreseeCreates(connection, [web(0)], ports);
    expect(faults).toEqual([{ item: 0, field: [], detail: expect.stringContaining("the limit zones") }]);
  });

  it("takes the connection's own prices first, and adds volumes and addresses", async () => {
    const prices = { types: { "DEV1-S": 0.01 }, volume_gb_hour: 0.0001, ipv4_hour: 0.004 };
    const { connection, ports } = open({ prices });
    const volumes = { "0": { size: 20_000_000_000 } };
    const { eurPerHourEach, eurPerMonth, warnings } = await foreseeCreates(
      connection,
      [web(0, { volumes }), web(1, { volumes, dynamic_ip_required: false, type: "GP1-XS" })],
      ports,
    );
    expect(eurPerHourEach).toEqual([0.016, 0.09482]);
    expect(eurPerMonth).toBe(80.8986);
    expect(warnings).toEqual([]);
  });

  it("says what its price leaves out, and has no sum where one price is not known", async () => {
    simulator.control.addFault({ name: "unavailable_html", match: "GET */products/servers" });
    const { connection, ports } = open({ prices: { types: { "DEV1-S": 0.01 } } });
    const told = await foreseeCreates(connection, [web(0), web(1, { type: "DEV1-M" })], ports);
    expect(told.eurPerHourEach).toEqual([0.01, null]);
    expect([told.eurPerHour, told.eurPerMonth]).toEqual([null, null]);
    expect(told.warnings.map(({ code }) => code)).toEqual(["UNCHECKED", "PRICE_UNKNOWN", "PRICE_PARTIAL"]);
    expect(told.warnings[1]?.detail).toContain("DEV1-M");
  });

  it("names what does not fit into the quota, less what other jobs have reserved of it", async () => {
    simulator.control.addFault({ name: "server_quota", items: 22, type: "DEV1-S" });
    const { connection, ports } = open();
    const first = await foreseeCreates(connection, many(15), ports);
    expect(first.warnings.map(({ code }) => code)).toEqual(["PRICE_PARTIAL"]);
    const wants = {
      items: 15,
      makes: 15,
      servers: 15,
      millionths: 0,
      quotas: { [first.quotas[0]?.key ?? ""]: 15 },
    };
    await reserve(connection, "blk_1", wants, ports);
    const second = await foreseeCreates(connection, many(10), ports, "blk_2");
    expect(second.quotas).toMatchObject([{ limit: 22, used: 0, reserved: 15, wanted: 10 }]);
    expect(second.warnings[0]).toEqual({
      code: "QUOTA",
      detail: "DEV1-S in fr-par-1, limit 22, in use 0, reserved by other jobs 15: 3 of 10 do not fit",
    });
    expect((await foreseeCreates(connection, many(15), ports, "blk_1")).quotas).toMatchObject([
      { reserved: 0 },
    ]);
  });

  it("of nothing asks for nothing", async () => {
    const { connection, ports } = open();
    expect(await foreseeCreates(connection, [], ports)).toMatchObject({ eurPerHour: 0, faults: [] });
    expect(simulator.control.calls()).toEqual([]);
  });

  it("at a provider that tells nothing has the connection's own prices, and says that nothing was checked", async () => {
    const { provider, connection } = openProvider("scaleway-draft", "http://127.0.0.1:1");
    const { ports } = openFlowWorld();
    const told = await foreseeCreates(connection, [{ name: "web", image: "i" }], {
      ...ports,
      providers: providersOf(provider, connection),
    });
    expect(told).toMatchObject({ faults: [], eurPerHourEach: [null], eurPerMonth: null });
    expect(told.warnings.map(({ code }) => code)).toEqual(["UNCHECKED", "PRICE_UNKNOWN"]);
  });
});

it.each<readonly [string, JsonObject, number | null]>([
  ["the provider's price of its type", { commercial_type: "DEV1-M" }, 0.020196],
  ["the connection's own, where it has one", { commercial_type: "DEV1-S" }, 0.01],
  ["none for a type that nobody sells", { commercial_type: "OLD-1" }, null],
  ["none where the server names no type", { name: "web" }, null],
])("a server that exists has %s", async (_what, raw, price) => {
  const { connection, ports } = open({ prices: { types: { "DEV1-S": 0.01 } } });
  expect(await priceOfServer({ raw }, connection, ports)).toBe(price);
});
