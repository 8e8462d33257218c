import { expect, test } from "vitest";
import { calendarSchema } from "../../lib/schedule/calendar.ts";
import { desired } from "../../lib/schedule/desired.ts";
import { edgesOf } from "../../lib/schedule/edges.ts";
import { freezeSchema, maintenanceWindowSchema } from "../../lib/schedule/freeze.ts";
import { holdSchema } from "../../lib/schedule/hold.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { overrideSchema } from "../../lib/schedule/override.ts";
import { scheduleSchema } from "../../lib/schedule/schedule.ts";
import { mulberry32 } from "../../simulators/randomness.ts";
import { makeFleet } from "../simulation/preview/fleet.ts";
import * as z from "zod";

const storedSchema = z.strictObject({
  schedules: z.array(scheduleSchema),
  calendars: z.array(calendarSchema),
  overrides: z.array(overrideSchema),
  freezes: z.array(freezeSchema),
  windows: z.array(maintenanceWindowSchema),
  holds: z.array(holdSchema),
  tz: z.string(),
});

const day = 86_400_000;
const from = Date.parse("2026-01-01T00:00:00Z");
const to = from + 400 * day;

test("10,000 random instants and servers: inputs that were stored and read back explain to the same answer", () => {
  const draw = mulberry32(7);
  const fleet = makeFleet(80, draw, [from, to], (inputs, name) =>
    edgesOf(inputs, name, from, to).map(({ at }) => at),
  );
  const stored = JSON.stringify(fleet.inputs);
  const again: Inputs = storedSchema.parse(JSON.parse(stored));
  const servers = fleet.groups.flatMap(({ base, servers: ids, connection }) =>
    ids.map((id) => ({ id, name: id, tags: (base.select.tags ?? []).flat(), connection, asked: base.name })),
  );
  const asked = Array.from({ length: 10_000 }, () => {
    const server = servers[Math.floor(draw() * servers.length)];
    if (server === undefined) throw new Error("There are no servers.");
    return { server, at: from - 100 * day + Math.floor(draw() * 600 * 86_400) * 1000 };
  });
  const answers = asked.map(({ server, at }) => desired(fleet.inputs, server, at, server.asked));
  // Asked in another order, since what one question has worked out serves the next.
  const others = asked
    .toReversed()
    .map(({ server, at }) => desired(again, server, at, server.asked))
    .toReversed();
  expect(others.map((one) => JSON.stringify(one))).toEqual(answers.map((one) => JSON.stringify(one)));
  expect(JSON.stringify(fleet.inputs)).toBe(stored);
  const kinds = new Set(answers.flatMap(({ chain }) => chain.map(({ rule }) => rule.split(" ")[0])));
  expect(kinds).toEqual(
    new Set(["calendar", "default", "freeze", "maintenance", "manual", "override", "schedule"]),
  );
  expect(answers.every(({ tz, schedules }) => tz === process.versions.tz && schedules.length > 0)).toBe(true);
  expect(new Set(answers.map((one) => one.desired))).toEqual(new Set(["on", "off", "any"]));
}, 240_000);
