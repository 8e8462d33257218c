import { type Caller, maySee } from "../access/caller.ts";
import { refusalOfUrl } from "../webhook/address.ts";
import { type Endpoint } from "../webhook/endpoint.ts";
import { refusalOfHeaders } from "../webhook/own-headers.ts";
import type { Ports } from "../ports/ports.ts";
import { pointerTo } from "../operation/pointer.ts";
import { invalid, RequestRefused } from "./request-refused.ts";

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

const urlRefused = (detail: string, hint: string): RequestRefused =>
  new RequestRefused({
    status: 422,
    code: "ENDPOINT_URL_REFUSED",
    title: "Events may not be sent to this URL",
    detail,
    faults: [{ pointer: "/url", detail }],
    hint,
  });

/** @throws RequestRefused 422 when events may not be sent to this URL */
export const checkUrl = (
  url: string,
  { allowsLoopbackEndpoints, deployment }: Pick<EndpointPorts, "allowsLoopbackEndpoints" | "deployment">,
): void => {
  const refusal = refusalOfUrl(url, { allowLoopback: allowsLoopbackEndpoints });
  if (refusal === null) return;
  const isOnLoopback = refusalOfUrl(url, { allowLoopback: true }) === null;
  const locally = deployment === "local" && isOnLoopback;
  throw urlRefused(
    refusal.detail,
    locally
      ? "Start with SWITCHYARD_ALLOW_PRIVATE_ENDPOINTS=1 to have the loopback address called."
      : "Use a public https URL, at port 443 or 8443.",
  );
};

export const checkHeaders = (headers: Readonly<Record<string, string>>): void => {
  const refusal = refusalOfHeaders(headers);
  if (refusal === null) return;
  const { name, detail } = refusal;
  throw invalid([{ pointer: name === null ? "/headers" : `/headers${pointerTo(name)}`, detail }]);
};

/** What a caller that is limited to some connections asks for stays within them. @throws RequestRefused 422 */
export const connectionsFor = (
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
export const withMaster = async <T>(ports: EndpointPorts, use: (master: string) => T): Promise<T> => {
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
export const wake = async ({ queue, log }: EndpointPorts): Promise<void> => {
  try {
    await queue.wakeDeliverer();
  } catch (error) {
    log.warn("the deliverer was not woken; its next tick comes within a minute", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};

/** Whether the caller may know of the endpoint. */
export const isOf = (caller: Caller, { connections }: Endpoint): boolean =>
  caller.connections === null ||
  (connections !== null && connections.every((connection) => maySee(caller, connection)));
