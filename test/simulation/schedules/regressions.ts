import type { ScheduleOrder } from "./one-run.ts";

/** A seed that has found a fault, and what it was. */
export interface ScheduleRegression {
  readonly was: string;
  readonly order: ScheduleOrder;
}

/** Each has failed before what it names was mended; each is run by a test. */
export const scheduleRegressions: readonly ScheduleRegression[] = [
  {
    was: "A change of a schedule whose function died when it was saved was never told, and no tick looked at it.",
    order: { seed: 8, mode: "swarm" },
  },
  {
    was: "A stop that had waited, was sent by a tick that died and came true was never told.",
    order: { seed: 48, mode: "swarm" },
  },
  {
    was: "A hold that lasted until an edge ended at that instant although the schedule had been changed and had no edge there any more.",
    order: { seed: 96, mode: "swarm" },
  },
  {
    was: "A snooze whose function died before it was kept was not kept when its link was clicked on again after the stop.",
    order: { seed: 175, mode: "swarm" },
  },
  {
    was: "A server that had been locked meanwhile was asked again for a start that had failed.",
    order: { seed: 30, mode: "swarm" },
  },
  {
    was: "After an outage a start was asked for again whose period had ended, as another schedule had the last word.",
    order: { seed: 193, mode: "swarm" },
  },
  {
    was: "A server whose operation ended while all were counted was switched after an outage, and nobody was asked.",
    order: { seed: 1002, mode: "swarm" },
  },
  {
    was: "A stop that a dead tick had sent was carried out after the next start's edge, which had found the server on.",
    order: { seed: 1464, mode: "swarm" },
  },
  {
    was: "The operation of an older edge took the place of a later one's, whose failure was never told.",
    order: { seed: 1151, mode: "swarm" },
  },
  {
    was: "Of two tickers the later one forgot the other's stop, and somebody's hand was blamed for it.",
    order: { seed: 1089, mode: "swarm" },
  },
  {
    was: "A new server's first start was forgotten by a tick that died, and somebody's hand was blamed for it.",
    order: { seed: 1420, mode: "swarm" },
  },
  {
    was: "A stop that a dead tick had sent showed at the second look only, and somebody's hand was blamed for it.",
    order: { seed: 7115, mode: "swarm" },
  },
  {
    was: "A start that leads was no longer watched before its edge had come, and its failure was never told.",
    order: { seed: 8003, mode: "swarm" },
  },
  {
    was: "A start that a dead tick had sent for a server that somebody had switched off unseen was never told.",
    order: { seed: 2010, mode: "swarm" },
  },
  {
    was: "A hold that a change of its schedule had ended ended at another instant for each tick, and its edge was another one.",
    order: { seed: 184, mode: "swarm" },
  },
  {
    was: "Notice before a stop whose function died when it had been kept was never told.",
    order: {
      seed: 23,
      mode: "swarm",
      strengths: {
        "crash before": 4,
        "crash after": 4,
        "store throttled": 3,
        "tick missed": 2,
        "queue late": 3,
      },
    },
  },
];
