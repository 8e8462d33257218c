import { type Endpoint, endpointSchema, endpointsFolder, mostEndpoints } from "../webhook/endpoint.ts";
import { secondsBetween } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { alreadyInFeed } from "./publish-events.ts";

type EndpointPorts = Pick<Ports, "documents">;

/** How often a change is decided anew because somebody else was faster. */
const triesOfChange = 8;

interface Stored {
  readonly endpoint: Endpoint;
  readonly version: number;
}

const storedAs = async (id: string, { documents }: EndpointPorts): Promise<Stored | null> => {
  const document = await documents.load(endpointsFolder, id);
  return document === null
    ? null
    : { endpoint: endpointSchema.parse(document.value), version: document.version };
};

/** The endpoint, or null when there is none. One that is deleted but has still to say so is given too. */
export const loadEndpoint = async (id: string, ports: EndpointPorts): Promise<Endpoint | null> =>
  (await storedAs(id, ports))?.endpoint ?? null;

/** All endpoints: there are at most a hundred. */
export const loadEndpoints = async ({ documents }: EndpointPorts): Promise<readonly Endpoint[]> => {
  const { documents: found } = await documents.list(endpointsFolder, null, mostEndpoints);
  return found.map(({ value }) => endpointSchema.parse(value));
};

/** Others changed the endpoint each time that this change was to be saved. */
export class EndpointContested extends Error {
  constructor(id: string) {
    super(`Endpoint ${id} is being changed by others all the time.`);
    this.name = "EndpointContested";
  }
}

/**
 * Changes an endpoint; decided anew when somebody else was faster. `decide` gives null to leave it as it is.
 * @returns the endpoint as it stands then; null when there is none
 * @throws EndpointContested
 */
export const changeEndpoint = async (
  id: string,
  decide: (endpoint: Endpoint) => Endpoint | null,
  ports: EndpointPorts,
): Promise<Endpoint | null> => {
  for (let tried = 0; tried < triesOfChange; tried += 1) {
    const stored = await storedAs(id, ports);
    if (stored === null) return null;
    const next = decide(stored.endpoint);
    if (next === null || next === stored.endpoint) return stored.endpoint;
    if (await ports.documents.save(endpointsFolder, id, next, stored.version)) return next;
  }
  throw new EndpointContested(id);
};

const withoutEvents =
  (said: ReadonlySet<string>) =>
  (endpoint: Endpoint): Endpoint | null => {
    const outbox = endpoint.outbox.filter(({ id }) => !said.has(id));
    return outbox.length === endpoint.outbox.length ? null : { ...endpoint, outbox };
  };

/** Seconds that a deleted endpoint stays: who read it before may still make deliveries, and the due index is late. */
const staysSeconds = 60;

const isToGo = ({ deleted_at: at, outbox }: Endpoint, now: number): boolean =>
  at !== null && outbox.length === 0 && secondsBetween(at, now) > staysSeconds;

/**
 * Publishes what stands in the endpoint's outbox, then marks it (R16). A deleted endpoint goes when all is said and what
 * waited for it is ended: nobody would find that afterwards.
 */
export const publishEndpoint = async (
  { id, outbox }: Endpoint,
  ports: Pick<Ports, "documents" | "deliveries" | "feed" | "bus" | "clock" | "log">,
): Promise<void> => {
  if (outbox.length > 0) {
    const known = await alreadyInFeed(outbox, ports);
    await ports.feed.append(outbox.filter((event) => !known.has(event.id)));
    const refused = new Set(await ports.bus.publish(outbox));
    if (refused.size > 0) ports.log.warn("the bus did not take all events", { count: refused.size });
    const said = new Set(outbox.map((event) => event.id).filter((event) => !refused.has(event)));
    await changeEndpoint(id, withoutEvents(said), ports);
  }
  const stored = await storedAs(id, ports);
  if (stored === null || !isToGo(stored.endpoint, ports.clock.now())) return;
  const waiting = await ports.deliveries.due(id, Number.MAX_SAFE_INTEGER, 1);
  if (waiting.length === 0) await ports.documents.remove(endpointsFolder, id, stored.version);
};
