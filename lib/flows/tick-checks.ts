import type { Connection } from "../connection.ts";
import type { Observation } from "../operation/observation.ts";
import { boardOf, schedulesOf } from "../schedule/board.ts";
import { desiredUnder } from "../schedule/desired.ts";
import { trackEdges } from "../schedule/edges.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { isMissed } from "../schedule/missed.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Command } from "../schedule/seen-server.ts";
import { learnEnds } from "./server-ends.ts";
import { Looks } from "./server-pages.ts";
import type { ServerRow, ServerRows } from "./server-rows.ts";
import { mostAttempts, sendCommands } from "./tick-commands.ts";
import type { TickNews } from "./tick-news.ts";
import type { TickPorts } from "./tick-ports.ts";

/** What a provider may have later that it does not have now: it is asked again, slowly. */
const mayComeBack = new Set([
  "OUT_OF_STOCK",
  "QUOTA_EXCEEDED",
  "START_FAILED",
  "RATE_LIMITED",
  "UNAVAILABLE",
]);
const againMilliseconds = 10 * 60_000;

/** What a look at watched servers is made with. */
export interface CheckWorld {
  readonly schedule: Schedule;
  readonly connection: Connection;
  readonly inputs: Inputs;
  readonly rows: ServerRows;
  readonly news: TickNews;
  readonly ports: TickPorts;
}

type Watched = ServerRow & { readonly check: NonNullable<ServerRow["check"]> };

const isWatched = (row: ServerRow): row is Watched => row.check !== null;

/**
 * Whether a server need not come any more where its edge wanted it: something else is wanted now. Where nothing is, as
 * after an edge that only acts once, the edge still holds, unless a pause or an exception leaves the server alone.
 */
const isOver = (
  id: string,
  { at, action }: Watched["check"],
  seen: Observation,
  { inputs, schedule, connection }: CheckWorld,
  now: number,
): boolean => {
  const server = { id, name: seen.name, tags: seen.tags ?? [], connection: connection.name };
  const all = schedulesOf(inputs, server, schedule.name);
  const schedules = all.includes(schedule) ? all : [schedule];
  // A start that leads is for what is wanted at its edge.
  const { desired: wanted, chain } = desiredUnder(inputs, server, schedules, Math.max(now, Date.parse(at)));
  if (wanted !== "any") return wanted !== action;
  if (/^(freeze|override )/.test(chain[0]?.rule ?? "")) return true;
  const later = trackEdges(boardOf(inputs).track(schedules), Date.parse(at) + 1, now + 1);
  return later.some((edge) => edge.action !== action);
};

const mayTryAgain = ({ operation, check, state }: Watched, now: number): boolean =>
  operation !== null &&
  operation.ended_at !== null &&
  mayComeBack.has(operation.error ?? "") &&
  operation.action === check.action &&
  state.edge !== null &&
  check.attempt < mostAttempts &&
  now - Date.parse(operation.ended_at) >= againMilliseconds;

/** Whether it stands so that it can be asked again, and may be: not locked, not on its way, not protected meanwhile. */
const standsFor = (
  { phase, is_protected: isProtected }: Observation,
  action: "on" | "off",
  { guards }: Schedule,
): boolean => {
  if (phase !== "on" && phase !== "off" && phase !== "standby") return false;
  return action === "on" || !isProtected || guards?.stop_protected === true;
};

/** Asks once more for what a provider did not have. */
const tryAgain = async (id: string, row: Watched, world: CheckWorld): Promise<ServerRow> => {
  const { schedule, connection, ports } = world;
  const { check, state } = row;
  const at = Date.parse(check.at);
  const command: Command = {
    schedule: schedule.name,
    server: id,
    action: check.action === "on" ? "start" : "stop",
    kind: check.action === "on" ? "server.start" : "server.stop",
    edge: state.edge?.id ?? "",
    at,
    sendAt: at,
    reason: `asked again after ${row.operation?.error ?? "a failure"}`,
  };
  const attempt = check.attempt + 1;
  const sent = (await sendCommands(schedule, connection, [command], world.inputs, ports, attempt)).get(id);
  if (sent === undefined || !("operation" in sent)) return row;
  return {
    ...row,
    operation: { id: sent.operation.id, action: check.action, ended_at: null, error: null },
    check: { ...check, attempt },
  };
};

const whyMissed = ({ check, operation }: Watched, phase: string): string => {
  const error = operation?.error ?? null;
  const because = error === null ? "" : `: its operation failed with ${error}`;
  return `it is ${phase}, and was to be ${check.action} since ${check.at}${because}`;
};

/** What becomes of a watched server that was looked at. */
const checked = async (
  id: string,
  row: Watched,
  seen: Observation,
  world: CheckWorld,
): Promise<ServerRow> => {
  const { check } = row;
  const { phase } = seen;
  const now = world.ports.clock.now();
  const isOpen = row.operation !== null && row.operation.ended_at === null;
  if (phase === "gone" || isOver(id, check, seen, world, now)) return { ...row, check: null };
  if (phase === check.action) return isOpen ? row : { ...row, known: check.action, check: null };
  const edgeAt = Date.parse(check.at);
  const isLate = isMissed({ wanted: check.action, phase, edgeAt, now });
  if (isLate && !check.is_told)
    world.news.add(
      "schedule.missed",
      { at: edgeAt, action: check.action },
      { id, name: seen.name, operation_id: row.operation?.id ?? null, because: whyMissed(row, phase) },
    );
  const told: Watched = { ...row, check: { ...check, is_told: check.is_told || isLate } };
  if (!isOpen && mayTryAgain(told, now) && standsFor(seen, check.action, world.schedule))
    return tryAgain(id, told, world);
  const goesOn = isOpen || told.state.waiting !== null || mayComeBack.has(row.operation?.error ?? "");
  return told.check.is_told && !goesOn ? { ...told, check: null } : told;
};

/**
 * Looks at the servers that are not yet known to be as their edge wanted them: whether their operations have ended, and
 * whether they are there. What is not reached in time is told once, whoever was down.
 * @param shards where they are
 * @throws ProviderRefusal, ProviderDoubt
 */
export const checkServers = async (
  world: CheckWorld,
  shards: readonly string[],
): Promise<readonly number[]> => {
  const { rows, connection, ports } = world;
  await rows.loadShards(shards);
  const all = rows.entries(shards).filter(([, { check }]) => check !== null);
  const seconds = await learnEnds(
    all.map(([id]) => id),
    rows,
    ports,
  );
  const now = ports.clock.now();
  // While its operation goes on, and has time, there is nothing to see.
  const due = all
    .map(([id]) => id)
    .filter((id) => {
      const { operation, check } = rows.row(id);
      const isOpen = operation !== null && operation.ended_at === null;
      const isEarly =
        check !== null &&
        !isMissed({ wanted: check.action, phase: "moving", edgeAt: Date.parse(check.at), now });
      return !isOpen || !isEarly;
    });
  const sights = await new Looks(connection, ports).first(due);
  for (const [id, { observation }] of sights) {
    const row = rows.row(id);
    if (isWatched(row)) rows.put(id, await checked(id, row, observation, world));
  }
  return seconds;
};
