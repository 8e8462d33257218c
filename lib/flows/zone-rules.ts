import * as z from "zod";
import { plainScheduleData } from "../../events/schedule-event.ts";
import { asJson } from "../operation/json.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { dayMilliseconds } from "../schedule/local-date.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { edgesDependOn, keepEdges, movedEdges, type MovedEdge } from "../schedule/zone-rules.ts";
import { say } from "./schedule-events.ts";
import { allOf, standing } from "./schedule-store.ts";

const folder = "schedule-zone-rules";
const noteFolder = "schedule-tz-compared";
/** How often it is looked whether all edges are kept. */
const lookMilliseconds = dayMilliseconds;
/** Kept edges are worked out anew when they reach less far ahead than this, in milliseconds. */
const shortestReach = 300 * dayMilliseconds;
/** Edges that are shown of a change, at most of each sort. */
const mostShown = 50;
const mostSaid = 6;
/** A tick with less time left than this leaves the rest to the next one, in milliseconds. */
const leastTime = 20_000;

const edgeSchema = z.strictObject({ at: z.string(), local: z.string(), action: z.enum(["on", "off"]) });
/** What a change of the rules of time zones has changed in a schedule's edges. */
export const zoneChangeSchema = z.strictObject({
  from: z.string().meta({ description: "Version of the tz data before." }),
  to: z.string(),
  at: z.string().meta({ description: "When it was noticed." }),
  added: z.array(edgeSchema),
  removed: z.array(edgeSchema),
  count: z.int().meta({ description: "How many edges there are in both; the first 50 of each are shown." }),
});
export type ZoneChange = z.infer<typeof zoneChangeSchema>;

const keptSchema = z.strictObject({
  name: z.string(),
  tz: z.string(),
  /** What the edges depend on beside the tz data. */
  of: z.string(),
  from: z.number(),
  to: z.number(),
  edges: z.array(z.int()),
  changed: zoneChangeSchema.nullable(),
});
type Kept = z.infer<typeof keptSchema>;

const shown = (edges: readonly MovedEdge[]): ZoneChange["added"] =>
  edges.slice(0, mostShown).map(({ at, local, action }) => ({ at: instant(at), local, action }));

const words = ({ from, to, added, removed, count }: ZoneChange): string => {
  const some = [
    ...removed.slice(0, mostSaid).map(({ action, local }) => `no longer ${action} ${local}`),
    ...added.slice(0, mostSaid).map(({ action, local }) => `now ${action} ${local}`),
  ];
  const more = count > some.length ? `; ${count} edges in all` : "";
  return `tz data ${to} in place of ${from} moves edges: ${some.join(", ")}${more}`;
};

/** What the tz data of now changes for a schedule whose rule is the same as it was; null: nothing. */
const changeOf = (schedule: Schedule, inputs: Inputs, before: Kept, now: number): ZoneChange | null => {
  if (before.tz === inputs.tz || before.of !== edgesDependOn(schedule, inputs)) return null;
  const found = movedEdges(inputs, schedule, before, now);
  if (found === null) return null;
  const { added, removed } = found;
  return {
    from: before.tz,
    to: inputs.tz,
    at: instant(now),
    added: shown(added),
    removed: shown(removed),
    count: added.length + removed.length,
  };
};

const isFresh = (schedule: Schedule, inputs: Inputs, before: Kept, now: number): boolean =>
  before.tz === inputs.tz &&
  before.of === edgesDependOn(schedule, inputs) &&
  before.to - now >= Math.min(shortestReach, (before.to - before.from) / 2);

type RulesPorts = Pick<Ports, "documents" | "clock">;

const tend = async (schedule: Schedule, inputs: Inputs, known: Kept | null, ports: RulesPorts) => {
  const now = ports.clock.now();
  const { name } = schedule;
  if (known !== null && isFresh(schedule, inputs, known, now)) return;
  const changed = known === null ? null : changeOf(schedule, inputs, known, now);
  if (changed !== null)
    await say(
      name,
      [
        {
          type: "schedule.zone_rules_changed",
          data: plainScheduleData(schedule, { reason: words(changed) }),
          once: `zone rules/${changed.from}/${changed.to}/${schedule.version}/${schedule.created_at}`,
        },
      ],
      ports,
    );
  const of = edgesDependOn(schedule, inputs);
  const isSame = known !== null && known.of === of;
  const { from, to, edges } = keepEdges(inputs, name, now);
  const next: Kept = {
    name,
    tz: inputs.tz,
    of,
    from,
    to,
    edges: [...edges],
    changed: changed ?? (isSame ? known.changed : null),
  };
  // Whoever else has written it meanwhile has written the same.
  const { version } = await standing(folder, name, keptSchema, ports);
  await ports.documents.save(folder, name, asJson(next), version);
};

const noteSchema = z.strictObject({ at: z.iso.datetime() });

/**
 * Keeps what edges the tz data of now gives, and says where other tz data gives others. It costs one read, and once a day
 * a read of what is kept.
 */
export const tendZoneRules = async (
  tz: string,
  inputsOf: () => Promise<Inputs>,
  { ports, timeLeft }: { readonly ports: RulesPorts; readonly timeLeft: () => number },
): Promise<void> => {
  const { value: note, version } = await standing(noteFolder, tz, noteSchema, ports);
  if (note !== null && ports.clock.now() - Date.parse(note.at) < lookMilliseconds) return;
  const inputs = await inputsOf();
  const all = new Map((await allOf(folder, keptSchema, ports)).map((one) => [one.name, one]));
  for (const schedule of inputs.schedules) {
    if (timeLeft() < leastTime) return;
    await tend(schedule, inputs, all.get(schedule.name) ?? null, ports);
  }
  await ports.documents.save(noteFolder, tz, { at: instant(ports.clock.now()) }, version);
};

/** What the last change of tz data has changed in a schedule's edges; null: nothing, as far as is known. */
export const zoneChangeOf = async (
  schedule: Schedule,
  inputs: Inputs,
  ports: Pick<Ports, "documents">,
): Promise<ZoneChange | null> => {
  const { value } = await standing(folder, schedule.name, keptSchema, ports);
  return value === null || value.of !== edgesDependOn(schedule, inputs) ? null : value.changed;
};
