import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import { nextEdge } from "../schedule/edges.ts";
import { longestDays } from "../schedule/freeze.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { dayMilliseconds } from "../schedule/local-date.ts";
import { neededOverall } from "../schedule/needs.ts";
import { timesOf } from "../schedule/override.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { makeOverride } from "./overrides.ts";
import type { ServerRow } from "./server-rows.ts";
import type { Standing } from "./server-standing.ts";
import { isOperationOfEdge } from "./tick-commands.ts";
import type { TickPorts } from "./tick-ports.ts";
import type { Work } from "./tick-work.ts";

/** Servers that one exception names, at most. */
const mostServers = 1000;

/** The edge that has started a server, in milliseconds since the epoch; null: it was no edge, or it was on before. */
export const startedAt = (
  { state: { edge }, operation }: ServerRow,
  ports: Pick<TickPorts, "deployment">,
): number | null => {
  if (edge === null || edge.action !== "on" || operation === null || operation.action !== "on") return null;
  return isOperationOfEdge(operation.id, edge.id, ports) ? Date.parse(edge.at) : null;
};

/** The next off-edge of a schedule: then its servers are off anyway. */
const endOf = (inputs: Inputs, name: string, now: number): number => {
  const latest = now + longestDays * dayMilliseconds;
  let edge = nextEdge(inputs, name, now);
  while (edge !== null && edge.action === "on" && edge.at < latest) edge = nextEdge(inputs, name, edge.at);
  return edge === null ? latest : Math.min(latest, edge.at);
};

const isUndone = ({ overrides }: Inputs, schedule: string, server: string, now: number): boolean =>
  overrides.some(
    (one) =>
      one.kind === "rollback" &&
      one.schedule === schedule &&
      one.servers?.includes(server) === true &&
      timesOf(one).from <= now &&
      now < timesOf(one).to,
  );

interface Undoing {
  /** The schedule whose start has failed. */
  readonly failed: Schedule;
  /** Its edge, in milliseconds since the epoch. */
  readonly at: number;
  readonly because: string;
}

/** Has servers of a schedule off until its next off-edge; those of which this was said before stay as they are. */
const undo = async (
  target: Schedule,
  servers: readonly string[],
  { failed, at, because }: Undoing,
  inputs: Inputs,
  ports: TickPorts,
): Promise<void> => {
  const now = ports.clock.now();
  const undone = servers.filter((server) => !isUndone(inputs, target.name, server, now)).toSorted();
  for (let begin = 0; begin < undone.length; begin += mostServers) {
    const some = undone.slice(begin, begin + mostServers);
    const request = {
      kind: "rollback" as const,
      state: "off" as const,
      until: instant(endOf(inputs, target.name, now)),
      servers: some,
      reason: `started for ${failed.name}, which was not started: ${because}`,
    };
    const key = `rollback\n${failed.name}\n${at}\n${fingerprintOf(some)}`;
    await makeOverride(target, request, { by: `schedule:${failed.name}`, key }, ports);
  }
};

/**
 * Where a schedule gave up an edge since what it needs has failed, and asks for it: what this edge has started, of its
 * own servers and of all that it needs, is off again until the next off-edge, by an exception that stands in `explain`.
 * Servers that were on before stay on. Each schedule stops its own, and not before those that need them.
 */
export const rollBack = async (
  { pass, schedule, rows, known: { inputs } }: Work,
  standings: ReadonlyMap<string, Standing>,
  ports: TickPorts,
): Promise<void> => {
  const given = pass?.rollback ?? null;
  if (given === null) return;
  const undoing = { failed: schedule, ...given };
  const own = rows
    .entries()
    .filter(([, row]) => (startedAt(row, ports) ?? 0) >= given.at)
    .map(([server]) => server);
  await undo(schedule, own, undoing, inputs, ports);
  for (const name of neededOverall(schedule.name, inputs.schedules)) {
    const standing = standings.get(name);
    if (standing === undefined || standing.schedule.mode === "observe") continue;
    if (standing.failure !== undefined) throw standing.failure;
    const started = standing.starts.filter(({ at }) => at === null || at >= given.at).map(({ id }) => id);
    await undo(standing.schedule, started, undoing, inputs, ports);
  }
};
