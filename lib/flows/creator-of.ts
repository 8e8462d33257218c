import { bounds, secondsAfter } from "../operation/bounds.ts";
import type { Operation } from "../operation/operation.ts";
import type { ListPosition, OperationStore } from "../ports/operation-store.ts";
import type { Ports } from "../ports/ports.ts";

/** Creates of one connection that are looked through, newest first, and how many one page holds. */
const creates = 1000;
const page = 250;
/** Pages that are read at most: where creates are few among many rows, a page comes back with less than it may hold. */
const pages = 8;

/** The creates of a connection by the server that they have made, as they stood when the reading began. */
interface Register {
  readonly begunAt: number;
  readonly makers: Promise<ReadonlyMap<string, string>>;
}

/** What a process has read last: hundreds of servers that show no maker are met together, and read about once. */
const registers = new WeakMap<OperationStore, Map<string, Register>>();

const readMakers = async (
  connection: string,
  operations: OperationStore,
): Promise<ReadonlyMap<string, string>> => {
  const makers = new Map<string, string>();
  let after: ListPosition | null = null;
  for (let read = 0; read < pages && makers.size < creates; read += 1) {
    const listed = await operations.list({ kind: "server.create", connection }, after, page);
    for (const { id, resource } of listed.operations) if (resource !== null) makers.set(resource.id, id);
    if (listed.next === null) break;
    after = listed.next;
  }
  return makers;
};

/**
 * The operation that has made the server, found by its row: for servers that don't show it, because somebody has taken
 * our tags off. Null: none of the last thousand creates at the connection did. A reading that began before the asking
 * operation was accepted is not believed: the server may have been made since.
 */
export const creatorOf = async (
  { connection, resource, created_at: askedAt }: Operation,
  { operations, clock }: Pick<Ports, "operations" | "clock">,
): Promise<string | null> => {
  if (resource?.type !== "server") return null;
  const held = registers.get(operations) ?? new Map<string, Register>();
  registers.set(operations, held);
  let register = held.get(connection);
  if (register === undefined || register.begunAt <= secondsAfter(askedAt, 2 * bounds.skew)) {
    register = { begunAt: clock.now(), makers: readMakers(connection, operations) };
    held.set(connection, register);
  }
  try {
    return (await register.makers).get(resource.id) ?? null;
  } catch (error) {
    // Whoever asks next reads again.
    if (held.get(connection) === register) held.delete(connection);
    throw error;
  }
};
