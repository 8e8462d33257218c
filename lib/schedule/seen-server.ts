import type { Phase } from "../operation/observation.ts";
import type { BusyAnswer } from "./busy.ts";
import type { Readiness } from "./needs.ts";
import type { Selectable } from "./selector.ts";

/** A server of the schedule's connection as it was seen now. */
export interface SeenServer extends Selectable {
  /** What looks agree on. `standby` (stopped in place) is still billed. */
  readonly phase: Phase;
  /** Suspended by the provider or a panel's owner: never started. */
  readonly suspended?: boolean;
  readonly protected?: boolean;
  /** Stock of its type, where the provider tells. */
  readonly stock?: "available" | "scarce" | "shortage" | null;
  /** When it was made, in milliseconds since the epoch. */
  readonly createdAt?: number | null;
  /** Seconds that its starts take, as learned. */
  readonly startSeconds?: number;
}

/** What goes on around a server. */
export interface Around {
  /** What an operation of ours on it that is not done will do. */
  readonly openOperation: "server.start" | "server.stop" | "other" | null;
  /** How the schedules that its own needs stand, by name. */
  readonly needs: ReadonlyMap<string, Readiness>;
  /** Whether servers of schedules that need its own are on, by name. */
  readonly neededBy: ReadonlyMap<string, "on" | "off">;
  /** What the `busy_check` says of it; left out: it was not asked. */
  readonly busy?: BusyAnswer;
}

/** Nothing goes on around it. */
export const alone: Around = { openOperation: null, needs: new Map(), neededBy: new Map() };

/** What is to be sent for one server. The edge's id is its idempotency key: repeated, it is the same operation. */
export interface Command {
  readonly schedule: string;
  readonly server: string;
  readonly action: "start" | "stop";
  readonly kind: "server.start" | "server.stop";
  readonly edge: string;
  /** The instant of the edge. */
  readonly at: number;
  /** When it was to be sent: later than the edge where it is staggered, earlier where it leads. */
  readonly sendAt: number;
  readonly reason: string;
}

export type SkipCode =
  | "not_selected"
  | "other_schedule"
  | "already"
  | "under_way"
  | "late"
  | "gone"
  | "locked"
  | "suspended"
  | "unknown_state"
  | "guard"
  | "unasked"
  | "waiting"
  | "needs_failed"
  | "no_longer_wanted"
  | "flapping"
  | "conflict";

/** Why nothing is sent for a server. */
export interface Skip {
  readonly server: string;
  readonly code: SkipCode;
  readonly says: string;
}

/** Something that others are told, as data of an event of that name (without the prefix of all types). */
export interface Told {
  readonly event:
    | "schedule.edge_skipped"
    | "schedule.server_left_alone"
    | "schedule.server_delayed"
    | "schedule.flapping"
    | "schedule.conflict"
    | "schedule.confirmation_needed"
    | "schedule.confirmation_superseded"
    | "schedule.edge_applied";
  readonly schedule: string;
  readonly server: string | null;
  readonly at: number;
  readonly action: "on" | "off" | null;
  readonly because: string;
}
