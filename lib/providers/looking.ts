import type { Connection } from "../connection.ts";
import type { Observation } from "../operation/observation.ts";
import type { Handle } from "../ports/provider.ts";

/** What a number of attempts to see something came to. A failure hides only what it was about. */
export interface Sight {
  /** By resource id. */
  readonly seen: ReadonlyMap<string, Observation>;
  /** The first error; null when there was none. */
  readonly failure: unknown;
}

/** Runs all of them at once (the budget paces them) and gathers what was seen. */
export const gather = async (looks: readonly Promise<ReadonlyMap<string, Observation>>[]): Promise<Sight> => {
  const settled = await Promise.allSettled(looks);
  const seen = new Map<string, Observation>();
  let failure: unknown = null;
  for (const outcome of settled) {
    if (outcome.status === "rejected") failure ??= outcome.reason;
    else for (const [id, observation] of outcome.value) seen.set(id, observation);
  }
  return { seen, failure };
};

/** Looks at each by itself. */
export const lookEach = (ids: readonly string[], see: (id: string) => Promise<Observation>): Promise<Sight> =>
  gather(ids.map(async (id) => new Map([[id, await see(id)]])));

/** Two sights as one; what was seen later counts. */
export const joined = (one: Sight, other: Sight): Sight => ({
  seen: new Map([...one.seen, ...other.seen]),
  failure: one.failure ?? other.failure,
});

/** Nothing looked at, nothing seen. */
export const nothingSeen: Sight = { seen: new Map(), failure: null };

/**
 * How many things may be asked for one by one within one look: about one second's worth of calls. The others are left
 * for the next look.
 */
export const fewCalls = (connection: Connection): number =>
  Math.min(50, Math.max(4, Math.floor(connection.rate_per_second)));

/**
 * The answer of a look, in the order of the handles.
 * @throws the failure, when nothing at all could be seen
 */
export const inOrder = (handles: readonly Handle[], { seen, failure }: Sight): (Observation | null)[] => {
  if (seen.size === 0 && failure !== null) throw failure;
  return handles.map((handle) => seen.get(handle.resource.id) ?? null);
};

/** The different ids of the handles on resources of one type. */
export const idsOf = (handles: readonly Handle[], type: string): string[] => [
  ...new Set(handles.filter(({ resource }) => resource.type === type).map(({ resource }) => resource.id)),
];
