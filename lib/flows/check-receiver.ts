import {
  type Finding,
  type Probe,
  type ProbeAnswer,
  type ProbeRequest,
  probesOf,
} from "../webhook/conformance.ts";
import type { Endpoint } from "../webhook/endpoint.ts";
import { secretsInUse } from "../webhook/signature.ts";
import { attemptMilliseconds, outcomeOf, plainHeaders } from "./attempt-delivery.ts";
import type { DeliverPorts, DeliverTurn } from "./deliver-webhooks.ts";
import { changeEndpoint } from "./endpoint-store.ts";
import { instant } from "../operation/time.ts";

const ask = async (
  request: ProbeRequest,
  { url, headers }: Endpoint,
  { http }: DeliverPorts,
): Promise<ProbeAnswer> => {
  const { body, bodyPauseMilliseconds: pause } = request;
  try {
    const { status } = await http.send({
      method: "POST",
      url,
      headers: { ...headers, ...plainHeaders, ...request.headers },
      body,
      timeoutMilliseconds: attemptMilliseconds,
      ...(pause === null ? {} : { bodyPauseMilliseconds: pause }),
    });
    return { type: "answered", status };
  } catch (error) {
    const { type: why, detail } = outcomeOf(error);
    return { type: "none", why, detail };
  }
};

const probe = async (one: Probe, endpoint: Endpoint, ports: DeliverPorts): Promise<Finding> => {
  const answers: ProbeAnswer[] = [];
  for (const request of one.requestsAt(ports.clock.now())) answers.push(await ask(request, endpoint, ports));
  return one.judge(answers);
};

/**
 * Puts each question of a check to the receiver, all at once, and writes down what it did wrong. Nothing of it counts
 * as a delivery, or for or against the endpoint's health.
 */
export const checkReceiver = async (endpoint: Endpoint, { ports }: DeliverTurn): Promise<void> => {
  const { clock, randomness, secrets, signingKeyReference } = ports;
  const requestedAt = endpoint.conformance?.requested_at;
  const master = await secrets.read(signingKeyReference);
  const token = randomness.token().replaceAll(/\W/g, "");
  const signing = secretsInUse(master, endpoint, clock.now());
  const probes = probesOf({ endpointId: endpoint.id, secrets: signing, token });
  const findings = await Promise.all(probes.map((one) => probe(one, endpoint, ports)));
  await changeEndpoint(
    endpoint.id,
    (standing) =>
      standing.conformance?.requested_at === requestedAt && requestedAt !== undefined
        ? {
            ...standing,
            conformance: { requested_at: requestedAt, ended_at: instant(clock.now()), findings },
          }
        : null,
    ports,
  );
};
