import type { Phase } from "../operation/observation.ts";
import { instant } from "../operation/time.ts";
import { boardOf, schedulesOf } from "./board.ts";
import { desiredUnder } from "./desired.ts";
import { trackEdges, type Edge } from "./edges.ts";
import { durationOf } from "./elapsed.ts";
import type { Hold } from "./hold.ts";
import type { Inputs } from "./inputs.ts";
import { dayMilliseconds } from "./local-date.ts";
import type { Schedule } from "./schedule.ts";
import type { Selectable } from "./selector.ts";

/** One look at a server: when it was asked, in milliseconds since the epoch, and what it showed. */
export interface PowerRead {
  readonly at: number;
  readonly phase: Phase;
}

/** All that tells whether somebody else has switched a server. */
export interface Evidence {
  /** Looks, oldest first. */
  readonly reads: readonly PowerRead[];
  /** How it was left: by our last operation, or as it was last known. */
  readonly known: "on" | "off" | null;
  /** An operation of ours on it is not done. */
  readonly openOperation: boolean;
  /** When our last operation on it ended; null: there was none. */
  readonly lastOperationEnd: number | null;
}

export type ManualVerdict =
  | { readonly manual: true; readonly to: "on" | "off"; readonly at: number }
  | { readonly manual: false; readonly because: string };

/** Stopped in place was switched off by whoever halted it. */
const powerOf = (phase: Phase): "on" | "off" | null => {
  if (phase === "standby") return "off";
  return phase === "on" || phase === "off" ? phase : null;
};

/**
 * Whether somebody else has switched a server: no operation of ours is open, two looks agree, both are newer than our
 * last operation's end, and they show something else than what we knew.
 */
export const isManual = ({ reads, known, openOperation, lastOperationEnd }: Evidence): ManualVerdict => {
  const no = (because: string): ManualVerdict => ({ manual: false, because });
  if (openOperation) return no("an operation of ours is not done");
  const [before, last] = reads.slice(-2);
  if (before === undefined || last === undefined) return no("it takes two looks to tell");
  const power = powerOf(last.phase);
  if (power === null || powerOf(before.phase) !== power) return no("the looks show no settled state");
  if (before.at >= last.at) return no("the looks are one and the same");
  if (lastOperationEnd !== null && before.at <= lastOperationEnd)
    return no("a look is older than the end of our last operation");
  if (known === null) return no("nothing was known before");
  if (known === power) return no("it is as we left it");
  return { manual: true, to: power, at: before.at };
};

const edgesAfter = (inputs: Inputs, schedules: readonly Schedule[], after: number): Edge[] => {
  for (const days of [8, 32, 400]) {
    const edges = trackEdges(boardOf(inputs).track(schedules), after + 1, after + days * dayMilliseconds);
    if (edges.filter(({ action }) => action === "off").length > 2) return edges;
    if (days === 400) return edges;
  }
  return [];
};

/**
 * The hold that a change by hand makes, by the setting of the server's strongest schedule; null where it makes none:
 * `hold: none`, `enforce` without a setting of its own, or a change to what is wanted anyway.
 */
export const holdFor = (
  inputs: Inputs,
  name: string,
  server: Selectable,
  { to, at }: { readonly to: "on" | "off"; readonly at: number },
): Hold | null => {
  const schedules = schedulesOf(inputs, server, name);
  const schedule = schedules.find((one) => one.name === name);
  if (schedule === undefined) return null;
  const setting = schedule.hold ?? (schedule.mode === "enforce" ? "none" : "until_next_off_edge");
  if (setting === "none" || desiredUnder(inputs, server, schedules, at).desired === to) return null;
  const hold = { server: server.id, schedule: name, state: to, from: instant(at) };
  const time = durationOf(setting);
  if (time !== null) return { ...hold, until: instant(at + time), because: `${setting} after it` };
  const edges = edgesAfter(inputs, schedules, at);
  const opposite = edges.filter(({ action }) => action !== to);
  const isRetained = schedule.retain === true && to === "on" && edges[0]?.action === "on";
  const end = opposite[isRetained ? 1 : 0];
  const word = to === "on" ? "off-edge" : "on-edge";
  return {
    ...hold,
    until: end === undefined ? null : instant(end.at),
    because: `${isRetained ? "the second" : "the next"} ${word}${end === undefined ? ", of which there is none" : `, ${end.local}`}`,
  };
};
