import { desired } from "../schedule/desired.ts";
import type { TickPlan } from "../schedule/plan-tick.ts";
import { edgeIdOf } from "../schedule/stagger.ts";
import { waitingOf } from "../schedule/wish.ts";
import type { Listed } from "./server-pages.ts";
import type { ServerRow } from "./server-rows.ts";

/** An edge that was acted on and that an exception of before has undone leaves what is wanted instead to be done. */
export const lookedBack = (
  { board, schedule, since, now }: TickPlan,
  { server }: Listed,
  row: ServerRow,
): ServerRow => {
  const { edge, waiting } = row.state;
  if (edge === null || waiting !== null || Date.parse(edge.at) <= since) return row;
  const at = Date.parse(edge.at);
  // A start that leads is for what is wanted at its edge.
  const { desired: action, chain } = desired(board.inputs, server, Math.max(at, now), schedule.name);
  if (action === "any" || action === edge.action) return row;
  const because = chain.find(({ says }) => says !== "any")?.because ?? "";
  const wish = {
    id: edgeIdOf(schedule, server.id, at, `not ${edge.action}`),
    at,
    sendAt: at,
    action,
    why: because,
  };
  return { ...row, state: { ...row.state, waiting: waitingOf(wish, row.state, because, now) } };
};
