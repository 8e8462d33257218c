import type { Connection } from "../connection.ts";
import {
  findingsOfRows,
  noFindings,
  recounted,
  type Counted,
  type Counters,
  type Findings,
} from "../limits/counters.ts";
import { makerIn, type Marked } from "../operation/marked.ts";
import type { Ports } from "../ports/ports.ts";
import { ProviderDoubt, ProviderRefusal, type Handle, type Provider } from "../ports/provider.ts";
import { loadCounters, saveCounters } from "./limit-cell.ts";
import type { Turn } from "./turn.ts";

type RecountPorts = Pick<Ports, "operations" | "cells" | "providers" | "clock" | "log" | "deployment">;

/** Servers that one look is asked about. */
const lookAtOnce = 50;
/** A server that is younger may not be shown everywhere yet: it is not taken as gone. In milliseconds. */
const shownWithin = 300_000;
/** Milliseconds that must be left for another look. */
const lookNeedsMilliseconds = 15_000;

const handleOf = (id: string, ageMilliseconds: number): Handle => ({
  resource: { type: "server", id },
  task: null,
  ageSeconds: ageMilliseconds / 1000,
  seenMoving: false,
});

/** Which of the servers are gone at the provider; what it won't tell now is taken as there. */
const goneAmong = async (
  servers: readonly Counted[],
  provider: Provider,
  connection: Connection,
  ports: RecountPorts,
): Promise<ReadonlySet<string>> => {
  const now = ports.clock.now();
  const known = servers.flatMap(({ by, at, id }) => (id === null ? [] : [{ by, id, age: now - at }]));
  const handles = known.map(({ id, age }) => handleOf(id, age));
  try {
    const seen = await provider.look(handles);
    return new Set(known.flatMap(({ by }, index) => (seen[index]?.phase === "gone" ? [by] : [])));
  } catch (error) {
    if (!(error instanceof ProviderRefusal) && !(error instanceof ProviderDoubt)) throw error;
    ports.log.warn("the servers can't be counted anew", {
      connection: connection.name,
      error: error.message,
    });
    return new Set();
  }
};

/**
 * Looks which of the counted servers are still there: their operations' rows first, then the servers themselves, oldest
 * first, until `enough` places are free or the time is over.
 */
export const lookAtCounted = async (
  counters: Counters,
  connection: Connection,
  ports: RecountPorts,
  { enough, mayGoOn }: { readonly enough: number; readonly mayGoOn: () => boolean },
): Promise<Findings> => {
  const now = ports.clock.now();
  const unknown = counters.servers.filter(({ id }) => id === null);
  const rows = unknown.length === 0 ? [] : await ports.operations.loadMany(unknown.map(({ by }) => by));
  const { gone, made } = findingsOfRows(counters.servers, rows, now);
  const all = new Set(gone);
  const shown = recounted(counters, { gone, made }, now).servers.filter(
    ({ at, id }) => id !== null && now - at > shownWithin,
  );
  const provider = ports.providers.provider(connection);
  for (let from = 0; from < shown.length && all.size < enough && mayGoOn(); from += lookAtOnce) {
    const chunk = shown.slice(from, from + lookAtOnce);
    for (const by of await goneAmong(chunk, provider, connection, ports)) all.add(by);
  }
  return { gone: all, made };
};

/** Servers of a whole list that nobody has counted: the limit is newer than they are. */
const uncounted = (
  counters: Counters,
  things: readonly Marked[] | null,
  deployment: string,
): ReadonlyMap<string, string> => {
  const known = new Set(counters.servers.map(({ by }) => by));
  const found = (things ?? []).flatMap(({ resource, tags }): [string, string][] => {
    const by = makerIn(tags, deployment);
    return by === null || known.has(by) ? [] : [[by, resource.id]];
  });
  return new Map(found);
};

const triesOfSaving = 5;

/**
 * Counts the servers of a connection anew, where it limits them.
 * @param things all servers that bear our marker, where the provider has listed them; null: nobody knows
 */
export const recountServers = async (
  connection: Connection,
  things: readonly Marked[] | null,
  { ports, timeLeft }: Turn,
): Promise<void> => {
  if (connection.limits?.servers === undefined) return;
  const before = await loadCounters(connection, ports);
  const looked = await lookAtCounted(before.counters, connection, ports, {
    enough: Number.POSITIVE_INFINITY,
    mayGoOn: () => timeLeft() > lookNeedsMilliseconds,
  });
  const findings = {
    ...noFindings,
    gone: looked.gone,
    made: new Map([...uncounted(before.counters, things, ports.deployment), ...looked.made]),
  };
  let stored = before;
  for (let tried = 0; tried < triesOfSaving; tried += 1) {
    const next = recounted(stored.counters, findings, ports.clock.now());
    if (await saveCounters(connection, next, stored.version, ports)) return;
    stored = await loadCounters(connection, ports);
  }
  ports.log.info("requests came too fast to count servers anew", { connection: connection.name });
};
