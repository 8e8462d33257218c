import type { Phase } from "../operation/observation.ts";
import type { ServerDecision } from "../schedule/decide-server.ts";
import type { TickPlan } from "../schedule/plan-tick.ts";
import type { Around, SeenServer } from "../schedule/seen-server.ts";
import type { Listed, Sight } from "./server-pages.ts";
import type { ServerRow } from "./server-rows.ts";

/** A server, and what was decided about it. */
export interface Judged {
  /** What was decided by. */
  readonly plan: TickPlan;
  readonly listed: Listed;
  readonly seen: SeenServer;
  readonly row: ServerRow;
  readonly decision: ServerDecision;
  /** The looks that it hangs on. */
  readonly sights: readonly Sight[];
}

export const powerOf = (phase: Phase): "on" | "off" | null =>
  phase === "standby" ? "off" : phase === "on" || phase === "off" ? phase : null;

export const openOf = ({ operation }: ServerRow): Around["openOperation"] => {
  if (operation === null || operation.ended_at !== null) return null;
  return operation.action === "on" ? "server.start" : "server.stop";
};

/** A watch over a server until it is as its edge wants it; the one that stands, where it is about the same edge. */
export const watchOf = ({ check }: ServerRow, at: string, action: "on" | "off"): ServerRow["check"] =>
  check?.at === at && check.action === action ? check : { at, action, attempt: 1, is_told: false };

/** Why a server is watched although nothing was sent for it. */
export const watchedSkips = new Set(["late", "waiting", "under_way", "unknown_state"]);
