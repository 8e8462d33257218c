import { describe, expect, it } from "vitest";
import { noCounters, recounted, type Counters } from "../../lib/limits/counters.ts";
import { decide, outsideOf, type Decision } from "../../lib/limits/decide.ts";
import { demandOf, type Demand } from "../../lib/limits/demand.ts";
import type { Limits } from "../../lib/limits/limits.ts";
import { jsonObjectSchema } from "../../lib/operation/json.ts";
import { anOperation } from "../operations.ts";

const now = Date.parse("2026-11-02T23:59:30.000Z");
const paris = { zone: "fr-par-1" };

const demand = (by: string, input = {}): Demand => {
  const asked = anOperation({ id: by, input: { name: "web", type: "DEV1-S", image: "i", ...input } });
  const made = demandOf(asked, paris);
  if (made === null) throw new Error("a create demands something");
  return made;
};

const allowed = (decision: Decision): Counters => {
  if (decision.is === "refused" || decision.counters === null) throw new Error("it was not allowed anew");
  return decision.counters;
};

/** So many requests one after the other, each allowed. */
const after = (limits: Limits, count: number, millionths = 0, at = now): Counters => {
  let counters = noCounters;
  for (let index = 0; index < count; index += 1)
    counters = allowed(decide(limits, counters, demand(`op_${index}`), millionths, at));
  return counters;
};

const day = 0.01 * 24 * 1_000_000;

describe("a counted limit", () => {
  it.each<readonly [string, Limits, number, number]>([
    ["servers", { servers: 3 }, 3, 0],
    ["creates_per_minute", { creates_per_minute: 3 }, 3, 0],
    ["euros_per_day", { euros_per_day: 0.72 }, 0.72, day],
  ])(
    "%s is reached by the third of three and refuses the fourth with what is used",
    (limit, limits, used, millionths) => {
      const counters = after(limits, 3, millionths);
      expect(decide(limits, counters, demand("op_more"), millionths, now)).toMatchObject({
        is: "refused",
        refusal: { limit, used, value: Object.values(limits)[0] },
      });
    },
  );

  it.each<readonly [string, Limits, number]>([
    ["servers", { servers: 0 }, 0],
    ["creates_per_minute", { creates_per_minute: 0 }, 0],
    ["euros_per_day", { euros_per_day: 0 }, day],
  ])("%s of nothing allows nothing", (limit, limits, millionths) => {
    expect(decide(limits, noCounters, demand("op_1"), millionths, now)).toMatchObject({
      is: "refused",
      refusal: { limit },
    });
  });

  it.each<readonly [string, Limits, number]>([
    ["servers", { servers: 1 }, 0],
    ["creates_per_minute", { creates_per_minute: 1 }, 0],
    ["euros_per_day", { euros_per_day: 0.24 }, day],
  ])("%s does not count the same request twice, however full it is", (_limit, limits, millionths) => {
    const counters = after(limits, 1, millionths);
    expect(decide(limits, counters, demand("op_0"), millionths, now)).toEqual({
      is: "allowed",
      counters: null,
    });
  });

  it("of a minute has room again when the first is a minute old, and says when that is", () => {
    const limits = { creates_per_minute: 2 };
    const counters = after(limits, 2);
    const refusal = decide(limits, counters, demand("op_more"), 0, now + 20_000);
    expect(refusal).toMatchObject({ refusal: { retryAfterSeconds: 40 } });
    expect(decide(limits, counters, demand("op_more"), 0, now + 59_999).is).toBe("refused");
    expect(decide(limits, counters, demand("op_more"), 0, now + 60_000).is).toBe("allowed");
  });

  it("of a day begins anew at midnight UTC", () => {
    const limits = { euros_per_day: 0.24 };
    const counters = after(limits, 1, day);
    expect(decide(limits, counters, demand("op_more"), day, now + 29_999).is).toBe("refused");
    expect(allowed(decide(limits, counters, demand("op_more"), day, now + 30_000)).millionths).toBe(day);
  });

  it("keeps a cell small: what is a quarter of an hour old is forgotten", () => {
    const limits = { creates_per_minute: 600, servers: 2000 };
    const later = allowed(decide(limits, after(limits, 50), demand("op_more"), 0, now + 900_000));
    expect(later.recent).toHaveLength(1);
    expect(later.servers).toHaveLength(51);
  });

  it("has places again for servers that are gone, and counts those it did not know", () => {
    const counters = after({ servers: 3 }, 3);
    const made = new Map([
      ["op_1", "srv-1"],
      ["op_9", "srv-9"],
    ]);
    const next = recounted(counters, { gone: new Set(["op_0"]), made }, now);
    expect(next.servers.map(({ by, id }) => [by, id])).toEqual([
      ["op_1", "srv-1"],
      ["op_2", null],
      ["op_9", "srv-9"],
    ]);
    expect(next.recounted_at).toBe(now);
  });
});

describe("allowed zones and types", () => {
  it.each<readonly [string, Limits, Record<string, unknown>, string | null]>([
    ["a type of the list", { types: ["DEV1-S"] }, {}, null],
    ["another type", { types: ["DEV1-M"] }, {}, "/input/type"],
    [
      "the type's other name",
      { types: ["DEV1-M"] },
      { type: undefined, commercial_type: "GP1-XL" },
      "/input/commercial_type",
    ],
    ["no type at all", { types: ["DEV1-M"] }, { type: undefined }, "/input/type"],
    [
      "a dear alternative",
      { types: ["DEV1-S"] },
      { fallback: [{ zone: "x" }, { type: "GP1-XL" }] },
      "/input/fallback/1/type",
    ],
    ["the connection's own zone", { zones: ["fr-par-1"] }, {}, null],
    ["a connection elsewhere", { zones: ["nl-ams-1"] }, {}, "/connection"],
    [
      "an alternative elsewhere",
      { zones: ["fr-par-1"] },
      { fallback: [{ zone: "nl-ams-1" }] },
      "/input/fallback/0/zone",
    ],
    ["an empty list, which allows nothing", { types: [] }, {}, "/input/type"],
  ])("%s", (_reason, limits, input, pointer) => {
    const given = JSON.parse(JSON.stringify({ name: "web", image: "i", type: "DEV1-S", ...input }));
    const asked = demandOf(anOperation({ input: given }), paris);
    expect(asked && (outsideOf(limits, asked)?.pointer ?? null)).toBe(pointer);
  });

  it("hold a change of type too, and nothing else of what is there", () => {
    const update = (input: Record<string, string>) =>
      demandOf(anOperation({ kind: "server.update", input }), paris);
    const bigger = update({ commercial_type: "GP1-XL" });
    expect(bigger && outsideOf({ types: ["DEV1-S"], zones: [] }, bigger)?.pointer).toBe(
      "/input/commercial_type",
    );
    expect(update({ name: "web-2" })).toBeNull();
  });

  it.each<readonly ["server.update" | "server.action", object, string]>([
    ["server.update", { public_ips: [{ type: "routed_ipv4" }] }, "it makes an address"],
    ["server.update", { volumes: { 1: { size: 10_000_000_000 } } }, "it makes a volume"],
    ["server.action", { action: "backup" }, "it makes an image"],
  ])("count %s %j as a create: %s", (kind, fields) => {
    const asked = demandOf(anOperation({ kind, input: jsonObjectSchema.parse(fields) }), paris);
    expect(asked).toMatchObject({ makesSomething: true, makesServer: false, types: [] });
    const limits = { creates_per_minute: 0, types: [], zones: [] };
    expect(asked && decide(limits, noCounters, asked, 0, now)).toMatchObject({
      is: "refused",
      refusal: { limit: "creates_per_minute" },
    });
    expect(asked && outsideOf(limits, asked)).toBeNull();
  });

  it.each(["server.delete", "server.stop", "server.start", "server.reboot", "volume.delete"] as const)(
    "have nothing to say about %s",
    (kind) => {
      expect(demandOf(anOperation({ kind }), paris)).toBeNull();
    },
  );
});
