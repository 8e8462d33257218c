import type { SwitchyardEvent } from "../../events/event.ts";
import { newDelivery, replayed } from "../webhook/new-delivery.ts";
import type { CatchUp, Endpoint } from "../webhook/endpoint.ts";
import { wantedType, wants } from "../webhook/wanted.ts";
import type { Ports } from "../ports/ports.ts";
import { changeEndpoint, loadEndpoints } from "./endpoint-store.ts";
import type { DelivererLease } from "./deliverer-lease.ts";
import { inParallel } from "./in-parallel.ts";

type DispatchPorts = Pick<Ports, "deliveries" | "documents" | "feed" | "clock">;

/** Chunks of the feed that are read at once. */
const chunksAtOnce = 10;
/** Rows that are put at the same time. */
const putsAtOnce = 25;
/** Clocks of those who make events may be this far apart. */
const skewMilliseconds = 2000;

interface Pair {
  readonly event: SwitchyardEvent;
  readonly endpoint: Endpoint;
}

const put = async ({ event, endpoint }: Pair, { deliveries, clock }: DispatchPorts): Promise<void> => {
  await deliveries.create(newDelivery(event, endpoint.id, clock.now()));
};

/** The instant from which on events can be somebody's, in milliseconds since the epoch. */
const earliest = (endpoints: readonly Endpoint[]): number =>
  Math.min(...endpoints.map(({ enabled_since: since }) => Date.parse(since))) - skewMilliseconds;

/** What came while there was no endpoint is nobody's: it is passed over. */
const beginning = async (
  lease: DelivererLease,
  endpoints: readonly Endpoint[],
  { feed }: DispatchPorts,
): Promise<number> =>
  lease.isReading ? lease.position : Math.max(lease.position, await feed.positionAt(earliest(endpoints)));

/** What was found in a look at the feed. */
export interface Dispatched {
  /** How many events were read. */
  readonly read: number;
  /** All endpoints, as they stood after that. */
  readonly endpoints: readonly Endpoint[];
}

/**
 * Makes the deliveries of what is new in the feed: one row for each event and each endpoint that wants it, and only
 * then moves on, so that a death in between makes nothing but rows that are there already.
 * @throws LeaseLost
 */
export const dispatchEvents = async (lease: DelivererLease, ports: DispatchPorts): Promise<Dispatched> => {
  const before = await loadEndpoints(ports);
  const enabled = before.filter(({ state }) => state === "enabled");
  if (enabled.length === 0) {
    await lease.moveTo(lease.position, false);
    return { read: 0, endpoints: before };
  }
  const position = await beginning(lease, enabled, ports);
  const { events, position: behind } = await ports.feed.read(position, chunksAtOnce);
  // Who was enabled while the feed was being read has a right to what came since.
  const endpoints = events.length === 0 ? before : await loadEndpoints(ports);
  const pairs = events.flatMap((event) =>
    endpoints.filter((endpoint) => wants(endpoint, event)).map((endpoint) => ({ event, endpoint })),
  );
  await inParallel(pairs, putsAtOnce, (pair) => put(pair, ports));
  await lease.moveTo(behind, true);
  return { read: events.length, endpoints };
};

const isAsked = (event: SwitchyardEvent, endpoint: Endpoint, { from, to, types }: CatchUp): boolean => {
  const at = Date.parse(event.time);
  if (at < Date.parse(from) || (to !== null && at > Date.parse(to))) return false;
  if (types.length > 0 && !types.some((type) => wantedType(type, event.type))) return false;
  return wants({ ...endpoint, enabled_since: from }, event);
};

/**
 * An event that has its row already is sent again if that did not go well, or if all were asked for. One that waits is
 * due at once: it need not wait for a receiver that is back; and whoever still holds its row from when the endpoint was
 * off can't end it any more.
 */
const putAgain = async (pair: Pair, onlyMissed: boolean, ports: DispatchPorts): Promise<void> => {
  const { deliveries, clock } = ports;
  const fresh = newDelivery(pair.event, pair.endpoint.id, clock.now());
  if (await deliveries.create(fresh)) return;
  const standing = await deliveries.load(fresh.id);
  if (standing === null || (onlyMissed && standing.state === "succeeded")) return;
  await deliveries.replace(replayed(standing, clock.now()), standing.version);
};

/** Goes one piece further through what an endpoint is to be sent again. */
export const catchUp = async (endpoint: Endpoint, ports: DispatchPorts): Promise<void> => {
  const asked = endpoint.catch_up;
  if (asked === null || endpoint.state !== "enabled" || endpoint.deleted_at !== null) return;
  const position = asked.position ?? (await ports.feed.positionAt(Date.parse(asked.from) - skewMilliseconds));
  const page = await ports.feed.read(position, chunksAtOnce);
  const wanted = page.events.filter((event) => isAsked(event, endpoint, asked));
  await inParallel(wanted, putsAtOnce, (event) => putAgain({ event, endpoint }, asked.only_missed, ports));
  await changeEndpoint(
    endpoint.id,
    (standing) =>
      // Somebody may have asked for something else meanwhile.
      standing.catch_up?.asked_at === asked.asked_at
        ? { ...standing, catch_up: page.atEnd ? null : { ...asked, position: page.position } }
        : null,
    ports,
  );
};
