import { abandoned, attempted, type Outcome } from "../webhook/attempt.ts";
import { type Delivery, deliveryDueAt } from "../webhook/delivery.ts";
import { endpointChange } from "../webhook/endpoint-change.ts";
import type { EndpointFact } from "../webhook/endpoint-fact.ts";
import type { Endpoint } from "../webhook/endpoint.ts";
import { secretsInUse, signedHeaders } from "../webhook/signature.ts";
import { AddressRefused, HttpNotSent, HttpUnclear } from "../ports/http-client.ts";
import type { DeliverPorts, DeliverTurn } from "./deliver-webhooks.ts";
import { changeEndpoint, loadEndpoint } from "./endpoint-store.ts";

/** The whole of an attempt: connecting, sending, and the answer. */
export const attemptMilliseconds = 15_000;

/** What an attempt sends beside its signature. */
export const plainHeaders = {
  "content-type": "application/cloudevents+json; charset=utf-8",
  "user-agent": "Switchyard/1 (webhooks)",
} as const;

/** What came of sending it, as a value. Whatever else is thrown is a fault of ours. */
export const outcomeOf = (error: unknown): Exclude<Outcome, { type: "answered" }> => {
  if (error instanceof AddressRefused) return { type: "refused_address", detail: error.message };
  if (error instanceof HttpNotSent) return { type: "not_sent", detail: error.message };
  if (error instanceof HttpUnclear) return { type: "unclear", detail: error.message };
  throw error;
};

const send = async (
  { event_id: id, body }: Delivery,
  { url, headers }: Endpoint,
  secrets: readonly string[],
  { http, clock }: DeliverPorts,
): Promise<Outcome> => {
  try {
    const answer = await http.send({
      method: "POST",
      url,
      headers: { ...headers, ...plainHeaders, ...signedHeaders({ id, at: clock.now(), body, secrets }) },
      body,
      timeoutMilliseconds: attemptMilliseconds,
    });
    return { type: "answered", ...answer };
  } catch (error) {
    return outcomeOf(error);
  }
};

/** Tells the endpoint what became of the attempt; in most cases that is no news, and nothing is written. */
const tellEndpoint = async (
  endpoint: Endpoint,
  facts: readonly EndpointFact[],
  { ports }: DeliverTurn,
): Promise<void> => {
  const now = ports.clock.now();
  const changed = (standing: Endpoint): Endpoint | null => {
    let next = standing;
    for (const fact of facts) next = endpointChange(next, fact, now).next;
    return next === standing ? null : next;
  };
  // As it was read a moment ago: a success of one that is well needs no look.
  if (changed(endpoint) === null) return;
  await changeEndpoint(endpoint.id, changed, ports);
  if (changed(endpoint)?.state === "disabled" || facts.some(({ type }) => type === "exhausted"))
    ports.log.count("EndpointTrouble", 1);
};

const attempt = async (delivery: Delivery, endpoint: Endpoint, turn: DeliverTurn): Promise<void> => {
  const { ports } = turn;
  const { clock, deliveries, log, randomness, secrets, signingKeyReference } = ports;
  const master = await secrets.read(signingKeyReference);
  const startedAt = clock.now();
  const signing = secretsInUse(master, endpoint, startedAt);
  const outcome = await send(delivery, endpoint, signing, ports);
  const { next, facts, why } = attempted(delivery, {
    startedAt,
    endedAt: clock.now(),
    outcome,
    fraction: randomness.fraction(),
    secrets: [...signing, master, ...Object.values(endpoint.headers)],
  });
  // First what others are told of: a death in between repeats the attempt, and its news.
  await tellEndpoint(endpoint, facts, turn);
  // Stale: somebody else made the same attempt. Theirs stands, and the receiver knows the id.
  await deliveries.replace(next, delivery.version);
  log.debug("attempted", { delivery_id: delivery.id, endpoint_id: endpoint.id, state: next.state, why });
};

/**
 * Attempts a delivery, as it was just loaded, if it is due, and writes down what came of it: one write. The endpoint is
 * read anew before each attempt: it may have answered 410 a moment ago, or have another secret. At one that is off the
 * delivery is ended without an attempt.
 */
export const attemptDelivery = async (delivery: Delivery, turn: DeliverTurn): Promise<void> => {
  const { clock, deliveries } = turn.ports;
  if (delivery.state !== "pending") return;
  const endpoint = await loadEndpoint(delivery.endpoint, turn.ports);
  const now = clock.now();
  if (endpoint === null || endpoint.state === "disabled") {
    const reason = `the endpoint is disabled: ${endpoint?.disabled_reason ?? "it was deleted"}`;
    await deliveries.replace(abandoned(delivery, now, reason), delivery.version);
    return;
  }
  if ((deliveryDueAt(delivery) ?? Infinity) > now) return;
  await attempt(delivery, endpoint, turn);
};
