import * as z from "zod";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { type Override } from "../schedule/override.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { makeOverride } from "./overrides.ts";
import { standing } from "./schedule-store.ts";

const folder = "schedule-stops";
/** Seconds for which it is known who was first. */
const keptSeconds = 7 * 86_400;

/** Who was first at the stop of an edge: the tick, or somebody who has snoozed it. Written once and never changed. */
const claimSchema = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("stop") }),
  z.strictObject({ by: z.literal("snooze"), from: z.iso.datetime(), until: z.iso.datetime() }),
]);
export type StopClaim = z.infer<typeof claimSchema>;

type ClaimPorts = Pick<Ports, "documents" | "clock">;

/** Takes the stop of an edge, or gives what was taken before. Either the stop or the snooze wins, never both. */
export const claimStop = async (
  { name }: Pick<Schedule, "name">,
  at: number,
  claim: StopClaim,
  ports: ClaimPorts,
): Promise<{ readonly claim: StopClaim; readonly isOurs: boolean }> => {
  const document = `${name}@${at}`;
  for (;;) {
    const { value, version } = await standing(folder, document, claimSchema, ports);
    if (value !== null) return { claim: value, isOurs: false };
    const expires = Math.floor(Math.max(at, ports.clock.now()) / 1000) + keptSeconds;
    if (await ports.documents.save(folder, document, claim, version, expires)) return { claim, isOurs: true };
  }
};

/** Who has taken the stop of an edge; null: nobody yet. */
export const claimOf = async (
  { name }: Pick<Schedule, "name">,
  at: number,
  ports: ClaimPorts,
): Promise<StopClaim | null> => (await standing(folder, `${name}@${at}`, claimSchema, ports)).value;

/** The override of a stop that was snoozed; made once, by whoever comes first. */
export const snoozeOverride = async (
  schedule: Schedule,
  at: number,
  { from, until }: Extract<StopClaim, { by: "snooze" }>,
  ports: Parameters<typeof makeOverride>[3],
): Promise<Override> => {
  const reason = `the stop of ${instant(at)} was snoozed`;
  const request = { state: "on" as const, from, until, reason };
  const origin = { by: "snooze", key: `snooze\n${at}` };
  return (await makeOverride(schedule, request, origin, ports)).override;
};

/** Somebody has snoozed a stop of which the tick did not know yet. */
export class StopSnoozed extends Error {
  constructor(schedule: string, at: number) {
    super(`The stop of ${schedule} at ${instant(at)} was snoozed meanwhile.`);
    this.name = "StopSnoozed";
  }
}
