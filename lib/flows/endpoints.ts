import { createHash } from "node:crypto";
import { type Caller } from "../access/caller.ts";
import * as z from "zod";
import { canonicalJson } from "../operation/json.ts";
import { instant } from "../operation/time.ts";
import { endpointChange } from "../webhook/endpoint-change.ts";
import { type Endpoint, endpointsFolder, mostEndpoints } from "../webhook/endpoint.ts";
import { endpointSecret } from "../webhook/signature.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { loadEndpoint, loadEndpoints } from "./endpoint-store.ts";
import { notFound, RequestRefused } from "./request-refused.ts";
import {
  type EndpointPorts,
  type EndpointRequest,
  type WithSecret,
  checkUrl,
  checkHeaders,
  connectionsFor,
  withMaster,
  wake,
  isOf,
} from "./endpoint-request.ts";

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

const wasDeleted = ({ id, deleted_at: at }: Endpoint): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "IDEMPOTENCY_KEY_REUSED",
    title: "The idempotency key was used for an endpoint that is gone",
    detail: `This key belongs to endpoint ${id}, which was deleted${at === null ? "" : ` at ${at}`}.`,
    hint: "Use a new key to make another endpoint.",
  });

/** @throws RequestRefused 409 for one that was deleted, 422 for another request */
const replayOf = (standing: Endpoint, asked: Endpoint): Endpoint => {
  if (standing.deleted_at !== null) throw wasDeleted(standing);
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
): Promise<WithSecret & { readonly replayed: boolean }> => {
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
  const standing = known.find((endpoint) => endpoint.id === id);
  const again = (endpoint: Endpoint) =>
    withMaster(ports, (master) => ({
      replayed: true,
      endpoint: replayOf(endpoint, asked),
      secret: endpointSecret(master, id, endpoint.generation),
    }));
  if (standing !== undefined) return again(standing);
  if (known.length >= mostEndpoints) throw tooMany();
  const { next } = endpointChange(asked, { type: "created" }, now);
  if (!(await documents.save(endpointsFolder, id, next, 0)))
    return again((await loadEndpoint(id, ports)) ?? (await getEndpoint(id, caller, ports)));
  await wake(ports);
  return { endpoint: next, secret, replayed: false };
};
