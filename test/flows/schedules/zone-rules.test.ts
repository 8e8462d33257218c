import { describe, expect, it } from "vitest";
import * as z from "zod";
import { asJson } from "../../../lib/operation/json.ts";
import { openApiWorld } from "./api-world.ts";

const folder = "schedule-zone-rules";
const keptSchema = z.looseObject({ tz: z.string(), edges: z.array(z.number()) });
const day = (number: number, time: string): string =>
  `2026-11-${String(number).padStart(2, "0")}T${time}:00.000Z`;

/** A world whose edges were kept by earlier tz data, by which `moves` of the edges came an hour later. */
const opened = async (moves: (edge: number, index: number) => number) => {
  const api = await openApiWorld(["on"], { timezone: "Europe/Paris" });
  const { world } = api;
  await world.tickAt(day(2, "09:00"));
  const { documents } = world.ports;
  const kept = await documents.load(folder, "office");
  const value = keptSchema.parse(kept?.value);
  expect(value.tz).toBe(process.versions.tz);
  const edges = value.edges.map((edge, index) => moves(edge, index));
  await documents.save(folder, "office", { ...asJson(value), tz: "2019z", edges }, kept?.version ?? 0);
  await documents.remove("schedule-tz-compared", String(process.versions.tz), 1);
  return { ...api, count: edges.length };
};
const hourLater = 2 * 60;

describe("tz data that is replaced", () => {
  it("is told with the edges that it moves, once, and the schedule shows them", async () => {
    // The first working days are as they were; from then on 08:00 and 19:00 came an hour later.
    const { world, ask, count } = await opened((edge, index) => (index < 10 ? edge : edge + hourLater));
    await world.ticks(day(2, "18:00"), day(2, "18:03"));
    const said = world.said("schedule.zone_rules_changed");
    expect(said).toHaveLength(1);
    const reason = z.string().parse(said[0]?.data["reason"]);
    expect(reason).toContain(`tz data ${process.versions.tz} in place of 2019z moves edges`);
    expect(reason).toContain("now on 2026-11-");
    const changedSchema = z.looseObject({ count: z.number(), added: z.array(z.unknown()) });
    const shown = changedSchema.parse((await ask("GET", "/v1/schedules/office")).body["zone_rules_changed"]);
    expect(shown).toMatchObject({ from: "2019z", to: process.versions.tz });
    expect(shown.added).toHaveLength(50);
    expect(shown.count).toBeGreaterThan(1.9 * (count - 20));
    await world.tickAt(day(3, "19:00"));
    expect(world.said("schedule.zone_rules_changed")).toHaveLength(1);
    expect((await ask("GET", "/v1/schedules/office")).body["zone_rules_changed"]).not.toBeNull();
  });

  it("that moves nothing is not told", async () => {
    const { world, ask } = await opened((edge) => edge);
    await world.ticks(day(2, "18:00"), day(2, "18:03"));
    expect(world.said("schedule.zone_rules_changed")).toEqual([]);
    expect((await ask("GET", "/v1/schedules/office")).body["zone_rules_changed"]).toBeNull();
  });

  it("is not blamed for what somebody has changed in the schedule", async () => {
    const { world } = await opened((edge) => edge + hourLater);
    await world.put("office", { timezone: "Europe/Paris", default: "any" });
    await world.ticks(day(2, "18:00"), day(2, "18:03"));
    expect(world.said("schedule.zone_rules_changed")).toEqual([]);
  });
});
