import { createHash } from "node:crypto";
import { type Caller } from "../access/caller.ts";
import { instant } from "../operation/time.ts";
import type { Delivery } from "../webhook/delivery.ts";
import { type CatchUp, type Endpoint } from "../webhook/endpoint.ts";
import { newDelivery, replayed, testEvent } from "../webhook/new-delivery.ts";
import { loadEndpoint } from "./endpoint-store.ts";
import { invalid, notFound, RequestRefused } from "./request-refused.ts";
import { type EndpointPorts, wake, isOf } from "./endpoint-request.ts";
import { getEndpoint } from "./endpoints.ts";
import { change, byFacts } from "./change-endpoints.ts";

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

/** One recovery on top of another goes on from where the earlier begins. */
const withMissed = (standing: CatchUp | null, since: string, now: number): CatchUp => ({
  asked_at: instant(now),
  from: standing === null || !standing.only_missed ? since : earlier(standing.from, since),
  to: null,
  only_missed: true,
  types: [],
  position: null,
});

/** @throws RequestRefused 422 */
const mustBePast = (instantMilliseconds: number, pointer: string, now: number): void => {
  if (instantMilliseconds > now) throw invalid([{ pointer, detail: "must not lie in the future" }]);
};

/**
 * Enables it and sends what it has missed since then: what is in the feed when that is gone through, and what is
 * appended to it later, however old it is. @throws RequestRefused 404, 409, 422
 */
export const recoverEndpoint = async (
  id: string,
  since: number,
  caller: Caller,
  ports: EndpointPorts,
): Promise<Endpoint> => {
  const now = ports.clock.now();
  mustBePast(since, "/since", now);
  return change(id, caller, ports, (endpoint) => {
    // A range that is being sent goes on to its end; what a disabled one was to be sent is what it missed.
    if (endpoint.state === "enabled" && endpoint.catch_up?.only_missed === false) mustBeCaughtUp(endpoint);
    const on = byFacts([{ type: "recovered" }], now)(endpoint);
    const missed = withMissed(endpoint.catch_up, instant(since), now);
    return { ...on, enabled_since: earlier(on.enabled_since, missed.from), catch_up: missed };
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
  mustBePast(again.from, "/from", now);
  if (again.to < again.from) throw invalid([{ pointer: "/to", detail: "must not lie before from" }]);
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
