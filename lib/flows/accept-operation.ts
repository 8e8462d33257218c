import type { OperationRequest } from "../../events/operation-request.ts";
import type { Connection } from "../connection.ts";
import { bounds } from "../operation/bounds.ts";
import { begin } from "../operation/begin.ts";
import { dueAt } from "../operation/due-at.ts";
import type { JsonObject } from "../operation/json.ts";
import { fingerprintOf, operationIdOf } from "../operation/operation-id.ts";
import type { Operation, Resource } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import type { Dialect, KindOffer } from "../ports/provider.ts";
import { NotQueued } from "../ports/queue.ts";
import { admitOperation, type AdmitPorts } from "./admit-operation.ts";
import { nearest } from "../operation/nearest.ts";
import { readBy } from "./faults.ts";
import { inabilityOf } from "./list-dialects.ts";
import { invalid, RequestRefused } from "./request-refused.ts";

export type AcceptPorts = Pick<Ports, "operations" | "queue" | "log"> & CheckPorts & AdmitPorts;
export type CheckPorts = Pick<Ports, "providers" | "clock" | "deployment">;

/** Who asks, and in which request: what the audit trail shows of an operation. */
export interface Asker {
  readonly requestedBy: string;
  readonly requestId: string;
}

/** An accepted request, and whether the same one had been accepted before. */
export interface Acceptance {
  readonly operation: Operation;
  readonly replayed: boolean;
}

const connectionOf = (
  request: Pick<OperationRequest, "connection">,
  { providers }: Pick<Ports, "providers">,
): Connection => {
  const connection = providers.connection(request.connection);
  if (connection !== null) return connection;
  const names = providers.connections().map(({ name }) => name);
  const meant = nearest(request.connection, names);
  const known = names.length === 0 ? "none is configured" : `there is ${names.join(", ")}`;
  const detail = `unknown connection; ${meant === null ? known : `did you mean "${meant}"?`}`;
  throw invalid([{ pointer: "/connection", detail }]);
};

const offerOf = (request: Pick<OperationRequest, "kind">, dialect: Dialect): KindOffer => {
  const offer = dialect.kinds.get(request.kind);
  if (offer !== undefined) return offer;
  const why = inabilityOf(request.kind, dialect)?.why.replace(/\.$/, "");
  const offered = [...dialect.kinds.keys()].join(", ");
  const reason = why === undefined ? "" : ` (${why})`;
  throw invalid([
    {
      pointer: "/kind",
      detail: `${dialect.name} does not offer ${request.kind}${reason}; it offers ${offered}`,
    },
  ]);
};

/** A connection, and what its dialect says of a kind. @throws RequestRefused at `/connection` or `/kind` */
export const offerFor = (
  request: Pick<OperationRequest, "connection" | "kind">,
  ports: Pick<Ports, "providers">,
): { readonly connection: Connection; readonly dialect: Dialect; readonly offer: KindOffer } => {
  const connection = connectionOf(request, ports);
  const dialect = ports.providers.dialect(connection);
  return { connection, dialect, offer: offerOf(request, dialect) };
};

const resourceOf = (request: OperationRequest, offer: KindOffer): Resource | null => {
  if (offer.resourceType === null) {
    if (request.resource === undefined) return null;
    throw invalid([
      { pointer: "/resource", detail: `${request.kind} makes something new and takes no resource` },
    ]);
  }
  if (request.resource === undefined) {
    const example = `{"type": "${offer.resourceType}", "id": "…"}`;
    throw invalid([{ pointer: "/resource", detail: `required: what to act on, as ${example}` }]);
  }
  if (request.resource.type !== offer.resourceType) {
    throw invalid([
      { pointer: "/resource/type", detail: `must be "${offer.resourceType}" for ${request.kind}` },
    ]);
  }
  return request.resource;
};

const inputOf = (request: OperationRequest, offer: KindOffer): JsonObject => {
  const read = readBy(offer.input, request.input ?? {}, "/input");
  if (read.faults !== null) throw invalid(read.faults);
  return read.value;
};

/**
 * Checks a request against its connection and dialect, and makes its first row, of the instant `now` (ms since the
 * epoch). @throws RequestRefused
 */
export const operationFor = (
  request: OperationRequest,
  idempotencyKey: string,
  ports: CheckPorts,
  asker: Asker | null = null,
  now = ports.clock.now(),
): Operation => {
  const { connection, dialect, offer } = offerFor(request, ports);
  const resource = resourceOf(request, offer);
  const input = inputOf(request, offer);
  const fault = offer.check?.(connection, input) ?? null;
  if (fault !== null) throw invalid([fault]);
  return begin(
    {
      id: operationIdOf(ports.deployment, idempotencyKey),
      fingerprint: fingerprintOf({
        connection: request.connection,
        kind: request.kind,
        resource: request.resource === undefined ? null : { ...request.resource },
        input: request.input ?? {},
      }),
      kind: request.kind,
      connection: connection.name,
      input,
      resource,
      steps: offer.steps(input),
      deadlineSeconds: connection.deadlines[request.kind] ?? offer.deadlineSeconds ?? null,
      isMarked: offer.hasRoomForMarker?.(input) ?? true,
      graceSeconds: dialect.graceSeconds ?? bounds.grace,
      assumed: {
        landsWithin: connection.assume.lands_within_seconds,
        listedWithin: connection.assume.listed_within_seconds,
      },
      ...asker,
    },
    now,
  );
};

/** The key was used before: the same request is a replay, another one is refused. @throws RequestRefused */
const replay = (asked: Operation, standing: Operation): Acceptance => {
  if (standing.fingerprint === asked.fingerprint) return { operation: standing, replayed: true };
  throw new RequestRefused({
    status: 422,
    code: "IDEMPOTENCY_KEY_REUSED",
    title: "The idempotency key was used for another request",
    detail: `This key belongs to operation ${standing.id} of ${standing.created_at}, whose request was different.`,
    hint: "Send the same body again, or use a new key.",
  });
};

/**
 * Puts the row of a request, in one conditional write, unless the request was taken before.
 * @throws RequestRefused when the key was used for another request
 */
export const putOperation = async (
  asked: Operation,
  ports: Pick<Ports, "operations" | "log">,
): Promise<Acceptance> => {
  const { created, operation } = await ports.operations.create(asked);
  if (!created) return replay(asked, operation);
  ports.log.info("operation accepted", {
    operation_id: operation.id,
    kind: operation.kind,
    connection: operation.connection,
  });
  return { operation, replayed: false };
};

/**
 * Takes a request: one conditional write, then a message that carries only the id. When the queue does not take the
 * message, the due index brings the operation up later: what was accepted is never lost.
 * @throws RequestRefused
 */
export const acceptOperation = async (
  request: OperationRequest,
  idempotencyKey: string,
  ports: AcceptPorts,
  asker: Asker | null = null,
): Promise<Acceptance> => {
  const asked = operationFor(request, idempotencyKey, ports, asker);
  await admitOperation(asked, ports);
  const acceptance = await putOperation(asked, ports);
  const { operation } = acceptance;
  // A repeat of what nobody has begun asks again: whoever took it the first time may have died before its message.
  if (acceptance.replayed && operation.state !== "accepted") return acceptance;
  try {
    await ports.queue.requestStarts([operation.id]);
  } catch (error) {
    if (!(error instanceof NotQueued)) throw error;
    const due = dueAt(operation);
    ports.log.warn("the queue did not take the start; the due index has it", {
      operation_id: operation.id,
      milliseconds: due === null ? 0 : due - ports.clock.now(),
      error: error.message,
    });
  }
  return acceptance;
};
