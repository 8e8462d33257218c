import { actedOnMaybe } from "../schedule/arrived.ts";
import type { TickPlan } from "../schedule/plan-tick.ts";
import type { ServerState } from "../schedule/state.ts";
import { instant } from "../operation/time.ts";
import { learnEnds } from "./server-ends.ts";
import type { ServerRows } from "./server-rows.ts";
import { operationIdOfEdge } from "./tick-commands.ts";
import { type Judged, openOf, powerOf, watchOf } from "./tick-judged.ts";
import type { TickNews } from "./tick-news.ts";
import type { TickPorts } from "./tick-ports.ts";

interface RecallWorld {
  readonly plan: TickPlan;
  readonly rows: ServerRows;
  readonly news: TickNews;
  readonly ports: TickPorts;
}

type Acted = NonNullable<ServerState["edge"]>;

/** Another tick may have come so much later with what it has sent, in milliseconds. */
const lookedBack = 10 * 60_000;

/** What a tick before may have done for a server that is not as it was left; the latest last. */
const suspectedOf = ({ decision, seen }: Judged, { plan, rows }: RecallWorld): readonly Acted[] => {
  const row = rows.row(seen.id);
  const power = powerOf(seen.phase);
  if (plan.schedule.mode === "observe" || openOf(row) !== null) return [];
  // What is to be sent now is found again by whoever sends it.
  const sent = decision.command?.edge;
  const { next } = decision;
  if (power !== null && power === row.known) {
    // What its edge finds done is as it was left, whoever has done it: it waited, or somebody had switched it meanwhile.
    // And what an edge before the latest one has asked for may be under way.
    const settled = next?.edge == null ? [] : [next.edge];
    const before = actedOnMaybe(plan, seen, 0)
      .filter(({ at, action }) => at <= plan.now && action !== power)
      .map(({ id, at, action }) => ({ id, at: instant(at), action }));
    return [...settled, ...before].filter(({ id }) => id !== row.state.edge?.id && id !== sent);
  }
  const own = [next?.edge, next?.waiting].filter((wish) => wish != null);
  const all = [
    ...actedOnMaybe(plan, seen, lookedBack).map(({ id, at, action }) => ({ id, at: instant(at), action })),
    ...own,
  ];
  const byId = new Map(all.map((one) => [one.id, one]));
  return [...byId.values()].filter(({ id }) => id !== row.state.edge?.id && id !== sent);
};

/**
 * Recalls operations that a tick has made which did not live to write it down: nobody else has switched these servers.
 * @returns the servers
 */
export const recall = async (all: readonly Judged[], world: RecallWorld): Promise<ReadonlySet<string>> => {
  const { rows, news, ports } = world;
  const suspected = all.flatMap((judged) =>
    suspectedOf(judged, world).map((wish) => ({
      seen: judged.seen,
      wish,
      id: operationIdOfEdge(wish.id, ports),
    })),
  );
  if (suspected.length === 0) return new Set();
  const found = await ports.operations.loadMany([...new Set(suspected.map(({ id }) => id))]);
  const made = new Map(found.map((one) => [one.id, one]));
  // What was begun before our last operation has ended is no news.
  const recalled = suspected.filter(({ id, seen }) => {
    const ended = rows.row(seen.id).operation?.ended_at;
    const at = made.get(id)?.created_at;
    return at !== undefined && (typeof ended !== "string" || Date.parse(at) > Date.parse(ended));
  });
  for (const { seen, wish, id } of recalled) {
    const { at } = wish;
    const action: "on" | "off" = made.get(id)?.kind === "server.start" ? "on" : "off";
    const row = rows.row(seen.id);
    const operation = { id, action, ended_at: null, error: null };
    rows.put(seen.id, { ...row, operation, check: watchOf(row, at, action) });
    const named = { id: seen.id, name: seen.name, operation_id: id, because: "a tick before has begun it" };
    news.add("schedule.edge_applied", { at: Date.parse(at), action }, named);
  }
  const servers = [...new Set(recalled.map(({ seen }) => seen.id))];
  await learnEnds(servers, rows, ports);
  return new Set(servers);
};
