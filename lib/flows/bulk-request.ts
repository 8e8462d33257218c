import { createHash } from "node:crypto";
import type { BulkOptions, BulkQuery, BulkRequest, BulkSelect } from "../../events/bulk-request.ts";
import type { PlannedItem } from "../bulk/item.ts";
import { itemsOf, type InvalidItem, type PlannedItems } from "../bulk/items.ts";
import { type BulkSource, type FrozenResource, sourceOf } from "../bulk/source.ts";
import type { Connection } from "../connection.ts";
import type { JsonObject } from "../operation/json.ts";
import { creates, type Kind, resourceTypeOf } from "../operation/kind.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import type { Ports } from "../ports/ports.ts";
import type { KindOffer, ReadItem } from "../ports/provider.ts";
import { offerFor, operationFor, type CheckPorts } from "./accept-operation.ts";
import { selectServers } from "./select-servers.ts";
import { RequestRefused, type RequestFault, invalid } from "./request-refused.ts";

/** Most bytes of a body with rows. */
export const largestBulkBytes = 10 * 1024 * 1024;
/** Most faults that are told in one refusal's text; `errors` has them all. */
const faultsInWords = 5;
/** Things that are deleted by one job, unless it says otherwise. */
const usualMostDeletes = 50;

/** What somebody asks for in bulk, in whichever form it came. */
export interface BulkAsk {
  readonly connection: string;
  readonly kind: Kind;
  readonly options: BulkOptions;
  /** Null: `select` says what the items are about. */
  readonly source: BulkSource | null;
  readonly select: BulkSelect | null;
  /** Of each item, where they are selected. */
  readonly input: JsonObject;
  /** SHA-256 of what was asked: the same for the same request. */
  readonly fingerprint: string;
}

const optionsOf = (from: BulkRequest | BulkQuery): BulkOptions => ({
  priority: from.priority,
  skip_invalid: from.skip_invalid,
  on_stop: from.on_stop,
  vars: from.vars,
  start: from.start,
  ...(from.max_parallel === undefined ? {} : { max_parallel: from.max_parallel }),
  ...(from.max_failures === undefined ? {} : { max_failures: from.max_failures }),
  ...(from.batch_scope === undefined ? {} : { batch_scope: from.batch_scope }),
  ...(from.max_eur_per_hour === undefined ? {} : { max_eur_per_hour: from.max_eur_per_hour }),
  ...(from.max_eur_per_month === undefined ? {} : { max_eur_per_month: from.max_eur_per_month }),
  ...(from.max_deletes === undefined ? {} : { max_deletes: from.max_deletes }),
});

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What a JSON body asks for. `bytes`: the body as it came. */
export const askOfJson = (body: BulkRequest, bytes: Uint8Array): BulkAsk => ({
  connection: body.connection,
  kind: body.kind,
  options: optionsOf(body),
  source: sourceOf(body),
  select: body.select ?? null,
  input: body.input ?? {},
  fingerprint: fingerprintOf({ json: hashOf(bytes) }),
});

/** What a table of rows asks for. */
export const askOfRows = (query: BulkQuery, form: "csv" | "jsonl", bytes: Uint8Array): BulkAsk => {
  const { connection, kind, template = null, delimiter = null } = query;
  const options = optionsOf(query);
  const pieces = [bytes];
  return {
    connection,
    kind,
    options,
    source: form === "csv" ? { form, pieces, delimiter, template } : { form, pieces, template },
    select: null,
    input: {},
    fingerprint: fingerprintOf({
      [form]: hashOf(bytes),
      query: { connection, kind, template, delimiter, options: JSON.stringify(options) },
    }),
  };
};

/** The items of a request, all of them checked. */
export interface ReadItems {
  readonly connection: Connection;
  readonly offer: KindOffer;
  /** The valid ones. */
  readonly items: readonly PlannedItem[];
  readonly invalid: readonly InvalidItem[];
  /** What is wrong with those that are invalid. */
  readonly faults: readonly RequestFault[];
}

const usualHint =
  "Mend them and send it again; nothing has been started. `skip_invalid` starts the others all the same.";

/** The refusal of a request for all that is wrong with it. */
export const refusedForRows = (faults: readonly RequestFault[], hint = usualHint): RequestRefused => {
  const first = faults.slice(0, faultsInWords).map(({ detail }) => detail);
  const more = faults.length > first.length ? [`and ${faults.length - first.length} more`] : [];
  return new RequestRefused({
    status: 422,
    code: "INVALID_REQUEST",
    title: "The request has faults",
    detail: [...first, ...more].join("; "),
    faults,
    showsAllFaults: true,
    hint,
  });
};

const tooLarge = (): RequestRefused =>
  new RequestRefused({
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
    title: "The body is too large",
    detail: `The body has more than ${largestBulkBytes} bytes.`,
    hint: "Send it in several jobs.",
  });

const serversSelected = async (
  connection: Connection,
  select: BulkSelect,
  ports: Pick<Ports, "providers">,
): Promise<readonly ReadItem[]> => {
  try {
    return await selectServers(connection.name, select, ports);
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.status !== 404) throw error;
    const detail = "selects servers, and the provider of this connection lists none";
    throw invalid([{ pointer: "/select", detail }]);
  }
};

const resourcesOf = async (
  ask: BulkAsk,
  select: BulkSelect,
  connection: Connection,
  ports: Pick<Ports, "providers">,
): Promise<readonly FrozenResource[]> => {
  const type = resourceTypeOf(ask.kind);
  if (type !== "server" || creates(ask.kind))
    throw invalid([{ pointer: "/select", detail: `selects servers; ${ask.kind} is about another thing` }]);
  const servers = await serversSelected(connection, select, ports);
  if (servers.length === 0)
    throw invalid([{ pointer: "/select", detail: "selects no server of this connection" }]);
  return servers.map(({ id, name }) => (name === undefined ? { id } : { id, name }));
};

/** What is wrong with one item's input and resource, as its operation would be refused. */
export const faultsOfOne = (
  ask: Pick<BulkAsk, "connection" | "kind">,
  offer: KindOffer,
  input: JsonObject,
  resourceId: string | null,
  ports: CheckPorts,
): readonly RequestFault[] => {
  const type = offer.resourceType;
  const resource = resourceId === null || type === null ? {} : { resource: { type, id: resourceId } };
  if (resourceId !== null && type === null)
    return [{ pointer: "/resource_id", detail: `${ask.kind} makes something new and takes no resource_id` }];
  try {
    operationFor({ connection: ask.connection, kind: ask.kind, input, ...resource }, "bulk", ports);
    return [];
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return error.faults.length > 0 ? error.faults : [{ pointer: "", detail: error.message }];
  }
};

/** @throws RequestRefused 422 `TOO_MANY_DELETES` */
export const checkDeletes = (ask: BulkAsk, count: number): void => {
  if (!ask.kind.endsWith(".delete")) return;
  const most = ask.options.max_deletes ?? usualMostDeletes;
  if (count <= most) return;
  throw new RequestRefused({
    status: 422,
    code: "TOO_MANY_DELETES",
    title: "More would be deleted than the job may delete",
    detail: `The job would delete ${count}; it may delete ${most}.`,
    faults: [{ pointer: "/max_deletes", detail: `${count} would be deleted; at most ${most} may be` }],
    hint: `Say max_deletes: ${count} if that many are meant.`,
  });
};

/**
 * Reads and checks all items of a request, and collects what is wrong with any of them.
 * @throws RequestRefused 422 with all faults where something is wrong with the whole, or no item is left; 413; 502 or 503
 *   where a selector can't be looked up
 */
export const readItems = async (ask: BulkAsk, jobId: string, ports: CheckPorts): Promise<ReadItems> => {
  const { connection, offer } = offerFor(ask, ports);
  const { vars, start } = ask.options;
  const source: BulkSource = ask.source ?? {
    form: "resources",
    resources: await resourcesOf(ask, ask.select ?? {}, connection, ports),
    input: ask.input,
  };
  const read: PlannedItems = itemsOf(source, {
    kind: ask.kind,
    schema: offer.input,
    jobId,
    zone: connection.zone ?? connection.region ?? null,
    date: new Date(ports.clock.now()).toISOString().slice(0, 10),
    vars,
    start,
    check: (input, resourceId) => faultsOfOne(ask, offer, input, resourceId, ports),
    limits: { bytes: largestBulkBytes },
  });
  if (read.isTooLarge) throw tooLarge();
  if (read.isFatal || read.items.length === 0) throw refusedForRows(read.faults);
  const names = new Map(
    source.form === "resources" ? source.resources.map(({ id, name }) => [id, name]) : [],
  );
  const items = read.items.map((item) => {
    const was = names.get(item.resourceId ?? "");
    return was === undefined ? item : { ...item, was };
  });
  return { connection, offer, items, invalid: read.invalid, faults: read.faults };
};
