import { operationRequestSchema, type OperationRequest } from "../../events/operation-request.ts";
import type { Arrival } from "../hook/arrival.ts";
import { draftSchema, requestOf, type Draft, type Target } from "../hook/draft.ts";
import { draftsOf, mostOperations, type Hook, type Rule } from "../hook/hook.ts";
import { isMatch } from "../hook/match.ts";
import { fill } from "../hook/template.ts";
import { outsideOf } from "../limits/decide.ts";
import { demandOf } from "../limits/demand.ts";
import { isObject, type Json } from "../operation/json.ts";
import type { Ports } from "../ports/ports.ts";
import { type AcceptPorts, operationFor } from "./accept-operation.ts";
import { stopRefusal } from "./check-stop.ts";
import { readBy } from "./faults.ts";
import { findServers } from "./find-servers.ts";
import { RequestRefused, type RequestFault } from "./request-refused.ts";

/** What checking a request needs. */
export type PlanPorts = AcceptPorts;

/** A request that is to be made, and what it comes from. */
export interface Planned {
  readonly request: OperationRequest;
  /** Number of its draft. */
  readonly draft: number;
  /** What it acts on; null: it makes something new. */
  readonly target: string | null;
  /** Where its draft stands. */
  readonly pointer: string;
}

/** What a rule makes of a webhook, or what stands in the way. */
export type Plan =
  | { readonly planned: readonly Planned[]; readonly faults: readonly [] }
  | { readonly planned: null; readonly faults: readonly RequestFault[] };

/** The first rule that wants the webhook; null: none does. */
export const ruleFor = ({ rules }: Pick<Hook, "rules">, arrival: Arrival): Rule | null =>
  rules.find(({ when }) => when === undefined || isMatch(arrival, when)) ?? null;

/** A number in the place of an id or a name is that text. */
const withTexts = (value: Json): Json => {
  if (!isObject(value) || !isObject(value["resource"])) return value;
  const resource = Object.entries(value["resource"]).map(([name, one]) => [
    name,
    typeof one === "number" ? String(one) : one,
  ]);
  return { ...value, resource: Object.fromEntries(resource) };
};

const wantedOf = ({ name, tag }: Target) => {
  if (name !== undefined) return { field: "name", wanted: { name } } as const;
  return tag === undefined ? null : ({ field: "tag", wanted: { tag } } as const);
};

const faultsOfRefusal = ({ faults, message }: RequestRefused, pointer: string): readonly RequestFault[] =>
  faults.length === 0
    ? [{ pointer, detail: message }]
    : faults.map(({ pointer: at, detail }) => ({ pointer: pointer + at, detail }));

/** What is wrong with a request before it is accepted, each fault with where it stands. */
export const faultsOfRequest = (
  request: OperationRequest,
  pointer: string,
  ports: PlanPorts,
): readonly RequestFault[] => {
  try {
    operationFor(request, "plan", ports);
    return [];
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.status >= 500) throw error;
    return faultsOfRefusal(error, pointer);
  }
};

/** What the checks before an operation is counted would refuse of a plan: a stop, a zone, a type. Writes nothing. */
export const foreseenFaults = async (
  request: OperationRequest,
  pointer: string,
  ports: PlanPorts,
): Promise<readonly RequestFault[]> => {
  const asked = operationFor(request, "plan", ports);
  const stopped = await stopRefusal(asked, ports);
  if (stopped !== null) return faultsOfRefusal(stopped, pointer);
  const connection = ports.providers.connection(asked.connection);
  const demand = connection === null ? null : demandOf(asked, connection);
  const outside = demand === null ? null : outsideOf(connection?.limits ?? {}, demand);
  return outside === null ? [] : [{ pointer: pointer + outside.pointer, detail: outside.detail }];
};

/** Whether a hook may use a connection. One that it may not use is to it as one that there isn't. */
export const mayUse = (
  { connections }: Pick<Hook, "connections">,
  name: string,
  { providers }: Pick<Ports, "providers">,
): boolean => (connections === null || connections.includes(name)) && providers.connection(name) !== null;

/** A draft with its placeholders filled, and where it stands, as a pointer. */
export interface Filled {
  readonly draft: Draft;
  readonly pointer: string;
}

/** What a rule asks for with this webhook's values in it, or what stands in the way. */
export type Filling =
  | { readonly drafts: readonly Filled[]; readonly faults: readonly [] }
  | { readonly drafts: null; readonly faults: readonly RequestFault[] };

/** Whether the servers that it is about are still to be looked for. */
export const isLookedFor = ({ draft: { resource } }: Filled): boolean =>
  resource !== undefined && resource.id === undefined;

/** What is wrong with a filled draft, as far as it can be told without its servers. */
export const faultsOfDraft = (draft: Draft, pointer: string, ports: PlanPorts): readonly RequestFault[] => {
  const request = readBy(operationRequestSchema, requestOf(draft), pointer);
  return request.faults ?? faultsOfRequest(request.value, pointer, ports);
};

/** Fills the drafts of a rule and checks each as far as it can be without its servers: all of them, or none. */
export const fillRule = (hook: Hook, rule: Rule, arrival: Arrival, ports: PlanPorts): Filling => {
  const drafts: Filled[] = [];
  for (const { pointer, draft } of draftsOf(rule)) {
    if (!mayUse(hook, draft.connection, ports)) {
      const detail = "is no connection that this hook may use";
      return { drafts: null, faults: [{ pointer: `${pointer}/connection`, detail }] };
    }
    const filled = fill(draft, arrival, pointer);
    if (filled.value === null) return { drafts: null, faults: filled.faults };
    const read = readBy(draftSchema, withTexts(filled.value), pointer);
    const faults = read.faults ?? faultsOfDraft(read.value, pointer, ports);
    if (read.faults !== null || faults.length > 0) return { drafts: null, faults };
    drafts.push({ draft: read.value, pointer });
  }
  return { drafts, faults: [] };
};

type FindPorts = Pick<Ports, "providers">;

/** What a draft acts on: its servers' ids, or null once, where it makes something new. */
const targetsOf = async (
  { draft: { connection, resource }, pointer }: Filled,
  ports: FindPorts,
): Promise<{ readonly ids: readonly (string | null)[]; readonly fault: RequestFault | null }> => {
  const looked = resource === undefined ? null : wantedOf(resource);
  if (looked === null) return { ids: [resource?.id ?? null], fault: null };
  const { ids, fault } = await findServers(connection, looked.wanted, mostOperations, ports);
  return ids === null
    ? { ids: [], fault: { pointer: `${pointer}/resource/${looked.field}`, detail: fault } }
    : { ids, fault: null };
};

/**
 * The requests of drafts: all of them, or none. Writes nothing; servers that are named by name or tag are looked for at
 * the provider.
 * @throws RequestRefused 502 and 503 when the provider does not answer
 */
export const planOf = async (drafts: readonly Filled[], ports: FindPorts): Promise<Plan> => {
  const planned: Planned[] = [];
  for (const [index, { draft, pointer }] of drafts.entries()) {
    const { ids, fault } = await targetsOf({ draft, pointer }, ports);
    if (fault !== null) return { planned: null, faults: [fault] };
    for (const target of ids)
      planned.push({ request: requestOf(draft, target), draft: index, target, pointer });
  }
  if (planned.length <= mostOperations) return { planned, faults: [] };
  const detail = `would start ${planned.length} operations; one webhook starts at most ${mostOperations}`;
  return { planned: null, faults: [{ pointer: "/operation", detail }] };
};
