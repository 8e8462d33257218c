import { createHash } from "node:crypto";
import { type Caller, maySee } from "../access/caller.ts";
import * as z from "zod";
import { canonicalJson } from "../operation/json.ts";
import { instant } from "../operation/time.ts";
import { refusalOfUrl } from "../webhook/address.ts";
import type { Delivery } from "../webhook/delivery.ts";
import { endpointChange } from "../webhook/endpoint-change.ts";
import type { EndpointChanges, EndpointFact } from "../webhook/endpoint-fact.ts";
import { type CatchUp, type Endpoint, endpointsFolder, mostEndpoints } from "../webhook/endpoint.ts";
import { newDelivery, replayed, testEvent } from "../webhook/new-delivery.ts";
import { refusalOfHeaders } from "../webhook/own-headers.ts";
import { endpointSecret } from "../webhook/signature.ts";
import type { Ports } from "../ports/ports.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { changeEndpoint, loadEndpoint, loadEndpoints } from "./endpoint-store.ts";
import { pointerTo } from "./pointer.ts";
import { invalid, notFound, RequestRefused } from "./request-refused.ts";

/** What setting up endpoints may use of the world. */
export type EndpointPorts = Pick<
  Ports,
  | "documents"
  | "deliveries"
  | "queue"
  | "secrets"
  | "clock"
  | "randomness"
  | "log"
  | "deployment"
  | "providers"
> & {
  readonly signingKeyReference: string;
  readonly allowsLoopbackEndpoints: boolean;
};

/** An endpoint as it is asked for. */
export interface EndpointRequest {
  readonly url: string;
  readonly types: readonly string[];
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: readonly string[] | null;
}

/** An endpoint and the secret that it has now. */
export interface WithSecret {
  readonly endpoint: Endpoint;
  readonly secret: string;
}

const urlRefused = (detail: string): RequestRefused =>
  new RequestRefused({
    status: 422,
    code: "ENDPOINT_URL_REFUSED",
    title: "Events may not be sent to this URL",
    detail,
    faults: [{ pointer: "/url", detail }],
    hint: "Use a public https URL, at port 443 or 8443.",
  });

const checkUrl = (url: string, { allowsLoopbackEndpoints }: EndpointPorts): void => {
  const refusal = refusalOfUrl(url, { allowLoopback: allowsLoopbackEndpoints });
  if (refusal !== null) throw urlRefused(refusal.detail);
};

const checkHeaders = (headers: Readonly<Record<string, string>>): void => {
  const refusal = refusalOfHeaders(headers);
  if (refusal === null) return;
  const { name, detail } = refusal;
  throw invalid([{ pointer: name === null ? "/headers" : `/headers${pointerTo(name)}`, detail }]);
};

/** What a caller that is limited to some connections asks for stays within them. @throws RequestRefused 422 */
const connectionsFor = (
  asked: readonly string[] | null,
  caller: Caller,
  { providers }: EndpointPorts,
): string[] | null => {
  if (asked === null) return caller.connections === null ? null : [...caller.connections].toSorted();
  const unknown = asked.findIndex((name) => providers.connection(name) === null || !maySee(caller, name));
  if (unknown < 0) return asked.toSorted();
  const names = providers
    .connections()
    .map(({ name }) => name)
    .filter((name) => maySee(caller, name));
  const detail = `unknown connection; there is ${names.join(", ") || "none"}`;
  throw invalid([{ pointer: `/connections/${unknown}`, detail }]);
};

/** The key that secrets are made from can't be had: nobody can be given one. */
const withMaster = async <T>(ports: EndpointPorts, use: (master: string) => T): Promise<T> => {
  const { secrets, signingKeyReference } = ports;
  try {
    return use(await secrets.read(signingKeyReference));
  } catch (cause) {
    if (cause instanceof RequestRefused) throw cause;
    throw new RequestRefused({
      status: 503,
      code: "SIGNING_KEY_UNAVAILABLE",
      title: "Secrets of endpoints can't be made now",
      detail: `The signing key of this installation (${signingKeyReference}) can't be read, or is shorter than 32 bytes.`,
      hint: "Whoever runs this installation puts 32 random bytes or more there; then ask again.",
      retryAfterSeconds: 30,
      cause,
    });
  }
};

/** Delivery goes on at the next tick anyway. */
const wake = async ({ queue, log }: EndpointPorts): Promise<void> => {
  try {
    await queue.wakeDeliverer();
  } catch (error) {
    log.warn("the deliverer was not woken; its next tick comes within a minute", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};

const isOf = (caller: Caller, { connections }: Endpoint): boolean =>
  caller.connections === null ||
  (connections !== null && connections.every((connection) => maySee(caller, connection)));

/** The endpoint, if the caller may know of it. @throws RequestRefused 404 */
export const getEndpoint = async (id: string, caller: Caller, ports: EndpointPorts): Promise<Endpoint> => {
  const endpoint = await loadEndpoint(id, ports);
  if (endpoint === null || endpoint.deleted_at !== null || !isOf(caller, endpoint))
    throw notFound(`Endpoint ${id}`);
  return endpoint;
};

const cursorSchema = z.strictObject({ after: z.string().max(64) });

/** Endpoints that the caller may know of, by id. @throws RequestRefused 422 for a cursor that is not ours */
export const listEndpoints = async (
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
  caller: Caller,
  ports: EndpointPorts,
): Promise<Listing<Endpoint>> => {
  const after = cursor === null ? "" : positionOf(cursor, cursorSchema).after;
  const behind = (await loadEndpoints(ports)).filter(
    (endpoint) => endpoint.id > after && endpoint.deleted_at === null && isOf(caller, endpoint),
  );
  const items = behind.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: last === undefined || behind.length <= limit ? null : cursorOf({ after: last.id }),
  };
};

const idOf = (text: string): string =>
  `ep_${createHash("sha256").update(text, "utf8").digest("hex").slice(0, 26)}`;

const settingsOf = ({ url, types, tags, description, headers, connections }: Endpoint) => ({
  url,
  types,
  tags,
  description,
  headers,
  connections,
});

const replayOf = (standing: Endpoint, asked: Endpoint): Endpoint => {
  if (canonicalJson(settingsOf(standing)) === canonicalJson(settingsOf(asked))) return standing;
  throw new RequestRefused({
    status: 422,
    code: "IDEMPOTENCY_KEY_REUSED",
    title: "The idempotency key was used for another request",
    detail: `This key belongs to endpoint ${standing.id} of ${standing.created_at}, which was asked for, or changed, otherwise.`,
    hint: "Send the same body again, or use a new key.",
  });
};

const tooMany = (): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "TOO_MANY_ENDPOINTS",
    title: "There are as many endpoints as there may be",
    detail: `An installation has at most ${mostEndpoints} endpoints.`,
    hint: "Delete one that is no longer used.",
  });

/**
 * Adds an endpoint. With an idempotency key the same request gives the same endpoint, and its secret once more.
 * @throws RequestRefused
 */
export const createEndpoint = async (
  request: EndpointRequest,
  key: string | null,
  caller: Caller,
  ports: EndpointPorts,
): Promise<WithSecret> => {
  const { clock, deployment, documents, randomness } = ports;
  checkUrl(request.url, ports);
  checkHeaders(request.headers);
  const now = clock.now();
  const id = idOf(
    key === null
      ? `${deployment}\nrandom\n${randomness.token()}${randomness.token()}`
      : `${deployment}\nkey\n${caller.client ?? ""}\n${key}`,
  );
  const asked: Endpoint = {
    id,
    url: request.url,
    types: [...request.types],
    tags: [...request.tags],
    description: request.description,
    headers: { ...request.headers },
    connections: connectionsFor(request.connections, caller, ports),
    state: "enabled",
    disabled_reason: null,
    enabled_since: instant(now),
    failing_since: null,
    warned_at: null,
    generation: 1,
    previous: [],
    conformance: null,
    catch_up: null,
    sequence: 0,
    outbox: [],
    created_at: instant(now),
    created_by: caller.id,
    updated_at: instant(now),
    deleted_at: null,
  };
  const secret = await withMaster(ports, (master) => endpointSecret(master, id, 1));
  const known = await loadEndpoints(ports);
  const standing = known.find((endpoint) => endpoint.id === id && endpoint.deleted_at === null);
  const again = (endpoint: Endpoint): Promise<WithSecret> =>
    withMaster(ports, (master) => ({
      endpoint: replayOf(endpoint, asked),
      secret: endpointSecret(master, id, endpoint.generation),
    }));
  if (standing !== undefined) return again(standing);
  if (known.length >= mostEndpoints) throw tooMany();
  const { next } = endpointChange(asked, { type: "created" }, now);
  if (!(await documents.save(endpointsFolder, id, next, 0)))
    return again(await getEndpoint(id, caller, ports));
  await wake(ports);
  return { endpoint: next, secret };
};

const change = async (
  id: string,
  caller: Caller,
  ports: EndpointPorts,
  decide: (endpoint: Endpoint) => Endpoint | null,
): Promise<Endpoint> => {
  await getEndpoint(id, caller, ports);
  const changed = await changeEndpoint(
    id,
    (endpoint) => (endpoint.deleted_at === null ? decide(endpoint) : null),
    ports,
  );
  if (changed === null || changed.deleted_at !== null) throw notFound(`Endpoint ${id}`);
  await wake(ports);
  return changed;
};

const byFacts =
  (facts: readonly EndpointFact[], now: number) =>
  (endpoint: Endpoint): Endpoint => {
    let next = endpoint;
    for (const fact of facts) next = endpointChange(next, fact, now).next;
    return next;
  };

/** What may be changed, and whether it is to be on or off. */
export type EndpointPatch = Partial<EndpointRequest> & { readonly state?: "enabled" | "disabled" };

/** @throws RequestRefused 404, 422 */
export const updateEndpoint = (
  id: string,
  { state, url, connections, types, tags, headers, description }: EndpointPatch,
  caller: Caller,
  ports: EndpointPorts,
): Promise<Endpoint> => {
  if (url !== undefined) checkUrl(url, ports);
  if (headers !== undefined) checkHeaders(headers);
  const changes: EndpointChanges = {
    ...(url === undefined ? {} : { url }),
    ...(types === undefined ? {} : { types: [...types] }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(description === undefined ? {} : { description }),
    ...(connections === undefined ? {} : { connections: connectionsFor(connections, caller, ports) }),
  };
  const facts: EndpointFact[] = [
    { type: "updated", changes },
    ...(state === "disabled" ? [{ type: "disabled", reason: "by request" } as const] : []),
    ...(state === "enabled" ? [{ type: "recovered" } as const] : []),
  ];
  return change(id, caller, ports, byFacts(facts, ports.clock.now()));
};

/** What is on its way to it ends; its events stay in the feed. @throws RequestRefused 404 */
export const deleteEndpoint = async (id: string, caller: Caller, ports: EndpointPorts): Promise<void> => {
  await getEndpoint(id, caller, ports);
  const now = ports.clock.now();
  const deleted = (endpoint: Endpoint): Endpoint | null =>
    endpoint.deleted_at === null
      ? { ...byFacts([{ type: "deleted" }], now)(endpoint), deleted_at: instant(now) }
      : null;
  await changeEndpoint(id, deleted, ports);
  await wake(ports);
};

/** Gives it a new secret; the one before signs too for so long. @throws RequestRefused 404, 503 */
export const rotateSecret = async (
  id: string,
  overlapSeconds: number,
  caller: Caller,
  ports: EndpointPorts,
): Promise<WithSecret> => {
  await withMaster(ports, (master) => endpointSecret(master, id, 1));
  const fact: EndpointFact = { type: "rotated", overlapSeconds };
  const endpoint = await change(id, caller, ports, byFacts([fact], ports.clock.now()));
  const secret = await withMaster(ports, (master) => endpointSecret(master, id, endpoint.generation));
  return { endpoint, secret };
};

const mustBeEnabled = ({ id, state }: Endpoint): void => {
  if (state === "enabled") return;
  throw new RequestRefused({
    status: 409,
    code: "ENDPOINT_DISABLED",
    title: "The endpoint is disabled",
    detail: `Nothing is sent to endpoint ${id} while it is disabled.`,
    hint: `POST /v1/endpoints/${id}/recover enables it and sends what it missed.`,
  });
};

/** Sends it an example, whatever types it asks for. @throws RequestRefused 404, 409 */
export const testEndpoint = async (id: string, caller: Caller, ports: EndpointPorts): Promise<Delivery> => {
  mustBeEnabled(await getEndpoint(id, caller, ports));
  const { clock, deliveries, randomness } = ports;
  const token = createHash("sha256").update(randomness.token(), "utf8").digest("hex").slice(0, 16);
  const delivery = newDelivery(testEvent(id, token, clock.now()), id, clock.now());
  await deliveries.create(delivery);
  await wake(ports);
  return delivery;
};

/** A part of the feed that is to be sent again. Instants in milliseconds since the epoch. */
export interface Again {
  readonly from: number;
  readonly to: number;
  readonly onlyMissed: boolean;
  readonly types: readonly string[];
}

const asked = ({ from, to, onlyMissed, types }: Again, now: number): CatchUp => ({
  asked_at: instant(now),
  from: instant(from),
  to: instant(to),
  only_missed: onlyMissed,
  types: [...types],
  position: null,
});

const earlier = (one: string, other: string): string => (Date.parse(one) < Date.parse(other) ? one : other);

/** One that is being sent something again still gets that: what is asked for now comes on top. */
const withMissed = (standing: CatchUp | null, since: string, now: number): CatchUp => ({
  asked_at: instant(now),
  from: standing === null ? since : earlier(standing.from, since),
  to: null,
  only_missed: standing?.only_missed ?? true,
  types: [],
  position: null,
});

/**
 * Enables it and sends what it has missed since then: what is in the feed when that is gone through, and what is
 * appended to it later, however old it is. @throws RequestRefused 404
 */
export const recoverEndpoint = (
  id: string,
  since: number,
  caller: Caller,
  ports: EndpointPorts,
): Promise<Endpoint> => {
  const now = ports.clock.now();
  return change(id, caller, ports, (endpoint) => {
    const on = byFacts([{ type: "recovered" }], now)(endpoint);
    return {
      ...on,
      enabled_since: earlier(on.enabled_since, instant(since)),
      catch_up: withMissed(endpoint.catch_up, instant(since), now),
    };
  });
};

/** One range after the other. */
const mustBeCaughtUp = ({ id, catch_up: catchUp }: Endpoint): void => {
  if (catchUp === null) return;
  throw new RequestRefused({
    status: 409,
    code: "ENDPOINT_CATCHING_UP",
    title: "The endpoint is being sent events again",
    detail: `Endpoint ${id} is still being sent what was asked for at ${catchUp.asked_at}.`,
    hint: "Ask again when GET shows catching_up as false.",
    retryAfterSeconds: 5,
  });
};

/** Sends a range again. @throws RequestRefused 404, 409 */
export const replayRange = async (
  id: string,
  again: Again,
  caller: Caller,
  ports: EndpointPorts,
): Promise<Endpoint> => {
  mustBeEnabled(await getEndpoint(id, caller, ports));
  const now = ports.clock.now();
  return change(id, caller, ports, (endpoint) => {
    mustBeCaughtUp(endpoint);
    return { ...endpoint, catch_up: asked(again, now) };
  });
};

/** Asks for a check of the receiver; one that is under way goes on. @throws RequestRefused 404, 409 */
export const requestConformance = async (
  id: string,
  caller: Caller,
  ports: EndpointPorts,
): Promise<Endpoint> => {
  mustBeEnabled(await getEndpoint(id, caller, ports));
  const requestedAt = instant(ports.clock.now());
  return change(id, caller, ports, (endpoint) =>
    endpoint.conformance !== null && endpoint.conformance.ended_at === null
      ? null
      : { ...endpoint, conformance: { requested_at: requestedAt, ended_at: null, findings: [] } },
  );
};

/** Sends one delivery again, under the same id. @throws RequestRefused 404, 409 */
export const replayDelivery = async (id: string, caller: Caller, ports: EndpointPorts): Promise<Delivery> => {
  const { clock, deliveries } = ports;
  const unknown = notFound(`Delivery ${id}`);
  for (;;) {
    const delivery = await deliveries.load(id);
    const endpoint = delivery === null ? null : await loadEndpoint(delivery.endpoint, ports);
    if (delivery === null || endpoint === null || endpoint.deleted_at !== null || !isOf(caller, endpoint))
      throw unknown;
    mustBeEnabled(endpoint);
    const next = replayed(delivery, clock.now());
    if ((await deliveries.replace(next, delivery.version)) === "stale") continue;
    await wake(ports);
    return next;
  }
};
