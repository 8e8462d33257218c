import { instant } from "../operation/time.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import type { ServerRow, ServerRows } from "./server-rows.ts";
import type { TickPorts } from "./tick-ports.ts";

/** The row when it is known what became of its operation. */
const ended = (row: ServerRow, operation: Operation | undefined, now: number): ServerRow => {
  const ours = row.operation;
  if (ours === null) return row;
  if (operation === undefined)
    return { ...row, known: null, operation: { ...ours, ended_at: instant(now), error: "FORGOTTEN" } };
  if (!isDone(operation)) return row;
  const { ended_at: at, state, error } = operation;
  const why = state === "succeeded" ? null : (error?.code ?? state.toUpperCase());
  return {
    ...row,
    ...(why === null
      ? { state: { ...row.state, on_since: ours.action === "on" ? (at ?? row.state.on_since) : null } }
      : {}),
    // How it was left by an operation that has failed nobody knows.
    known: why === null ? ours.action : null,
    operation: { ...ours, ended_at: at, error: why },
  };
};

/** Seconds that a start took that went well; null: it was none. */
const startSecondsOf = ({ kind, state, created_at: begun, ended_at: at }: Operation): number | null =>
  kind === "server.start" && state === "succeeded" && at !== null
    ? (Date.parse(at) - Date.parse(begun)) / 1000
    : null;

/**
 * Writes down which of our operations have ended, of servers whose rows were read.
 * @returns seconds that starts have taken
 */
export const learnEnds = async (
  servers: readonly string[],
  rows: ServerRows,
  ports: TickPorts,
): Promise<readonly number[]> => {
  const open = servers.filter((server) => {
    const { operation } = rows.row(server);
    return operation !== null && operation.ended_at === null;
  });
  if (open.length === 0) return [];
  const ids = open.flatMap((server) => rows.row(server).operation?.id ?? []);
  const found = new Map((await ports.operations.loadMany(ids)).map((one) => [one.id, one]));
  for (const server of open) {
    const row = rows.row(server);
    rows.put(server, ended(row, found.get(row.operation?.id ?? ""), ports.clock.now()));
  }
  return [...found.values()].flatMap((operation) => startSecondsOf(operation) ?? []);
};
