import { isManual } from "../schedule/manual.ts";
import type { TickPlan } from "../schedule/plan-tick.ts";
import { type Held, hold } from "./tick-holds.ts";
import { type Judged, openOf } from "./tick-judged.ts";
import { named } from "./tick-news.ts";
import type { PassWorld } from "./tick-pass.ts";

/** Recognises what somebody else has switched, and keeps it so where that is the schedule's setting. */
export const holdSwitched = async (
  judged: readonly Judged[],
  plan: TickPlan,
  { news, rows, ports }: Pick<PassWorld, "news" | "rows" | "ports">,
): Promise<readonly Held[]> => {
  const held: Held[] = [];
  if (plan.schedule.mode === "observe") return held;
  for (const { seen, row, sights, decision } of judged) {
    if (decision.skip?.code === "other_schedule") continue;
    const ended = row.operation?.ended_at;
    const verdict = isManual({
      reads: sights.map(({ at, observation }) => ({ at, phase: observation.phase })),
      known: row.known,
      openOperation: openOf(row) !== null,
      lastOperationEnd: typeof ended === "string" ? Date.parse(ended) : null,
    });
    if (!verdict.manual) continue;
    const { edge } = rows.row(seen.id).state;
    const acted = edge === null ? null : Date.parse(edge.at);
    const one = await hold(plan, { server: seen, to: verdict.to, at: verdict.at, acted }, ports);
    held.push(one);
    rows.put(seen.id, { ...rows.row(seen.id), known: verdict.to, check: null });
    if (one.because !== null)
      news.add("schedule.drifted", { at: plan.now, action: verdict.to }, named(seen, null, one.because));
  }
  return held;
};
