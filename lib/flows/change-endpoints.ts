import { type Caller } from "../access/caller.ts";
import { instant } from "../operation/time.ts";
import { endpointChange } from "../webhook/endpoint-change.ts";
import type { EndpointChanges, EndpointFact } from "../webhook/endpoint-fact.ts";
import { type Endpoint } from "../webhook/endpoint.ts";
import { endpointSecret } from "../webhook/signature.ts";
import { changeEndpoint } from "./endpoint-store.ts";
import { notFound } from "./request-refused.ts";
import {
  type EndpointPorts,
  type EndpointRequest,
  type WithSecret,
  checkUrl,
  checkHeaders,
  connectionsFor,
  withMaster,
  wake,
} from "./endpoint-request.ts";
import { getEndpoint } from "./endpoints.ts";

/** Changes an endpoint that the caller may know of, and has it seen to. @throws RequestRefused 404 */
export const change = async (
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

/** What facts make of an endpoint, one after the other. */
export const byFacts =
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
