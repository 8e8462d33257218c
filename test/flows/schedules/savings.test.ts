import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openApiWorld } from "./api-world.ts";

const tuesday = (time: string): string => `2026-11-03T${time}.000Z`;
const savedSchema = z.looseObject({
  hours: z.object({ total: z.number(), on: z.number(), off: z.number() }),
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
});

/** Savings of a night of one server under `office`, and the codes of what is said of them beside its prices. */
const night = async (
  { ask }: Awaited<ReturnType<typeof openApiWorld>>,
  from = tuesday("20:00:00"),
  to = tuesday("23:00:00"),
) => {
  const { body } = await ask("GET", "/v1/schedules/office/savings", undefined, {
    query: `from=${from}&to=${to}`,
  });
  const { hours, warnings } = savedSchema.parse(body);
  return { hours, warnings: warnings.filter(({ code }) => !code.startsWith("PRICE_")) };
};
const codes = ({ warnings }: Awaited<ReturnType<typeof night>>): string[] => warnings.map(({ code }) => code);

describe("savings of a schedule", () => {
  it("of a time to come are those of its rules and exceptions, and nothing has to be said of them", async () => {
    const opened = await openApiWorld(["on"]);
    const before = await night(opened);
    expect([before.hours, codes(before)]).toEqual([{ total: 3, on: 0, off: 3 }, []]);
    const on = { state: "on", from: tuesday("20:00:00"), for: "1h", reason: "load test" };
    expect((await opened.ask("POST", "/v1/schedules/office/overrides", on)).status).toBe(201);
    expect((await night(opened)).hours).toEqual({ total: 3, on: 1, off: 2 });
  });

  it("of a time that has passed are told to be planned ones, with the overrides of then", async () => {
    const opened = await openApiWorld(["on"]);
    const on = { state: "on", from: tuesday("20:00:00"), for: "1h", reason: "load test" };
    await opened.ask("POST", "/v1/schedules/office/overrides", on);
    await opened.world.clock.advanceTo(Date.parse(tuesday("22:00:00")));
    const passed = await night(opened);
    expect([passed.hours, codes(passed)]).toEqual([{ total: 3, on: 1, off: 2 }, ["PLANNED_ONLY"]]);
    expect(codes(await night(opened, tuesday("22:00:00")))).toEqual([]);
  });

  it("that only observes are told to be what it would save", async () => {
    const opened = await openApiWorld(["on"], { mode: "observe" });
    const told = await night(opened);
    expect([told.hours.off, codes(told)]).toEqual([3, ["OBSERVE_ONLY"]]);
  });

  it("whose servers others select as well name these", async () => {
    const opened = await openApiWorld(["on", "on"]);
    await opened.world.put("beside");
    await opened.world.put("watching", { mode: "observe" });
    const told = await night(opened);
    expect(codes(told)).toEqual(["COUNTED_TWICE"]);
    expect(told.warnings[0]?.detail).toContain("2 are selected by other schedules as well (beside)");
  });
});
