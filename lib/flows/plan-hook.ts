import { operationRequestSchema, type OperationRequest } from "../../events/operation-request.ts";
import type { Arrival } from "../hook/arrival.ts";
import { draftSchema, type Draft, type Target } from "../hook/draft.ts";
import { draftsOf, mostOperations, type Hook, type Rule } from "../hook/hook.ts";
import { isMatch } from "../hook/match.ts";
import { fill } from "../hook/template.ts";
import { outsideOf } from "../limits/decide.ts";
import { demandOf } from "../limits/demand.ts";
import { isObject, type Json } from "../operation/json.ts";
import type { Ports } from "../ports/ports.ts";
import { operationFor } from "./accept-operation.ts";
import { stopRefusal } from "./check-stop.ts";
import { readBy } from "./faults.ts";
import { findServers } from "./find-servers.ts";
import { RequestRefused, type RequestFault } from "./request-refused.ts";

/** What checking a request needs. */
export type PlanPorts = Parameters<typeof operationFor>[2];

/** What a rule makes of a webhook: its requests, or what stands in their way (pointers from the rule). */
export type Plan =
  | {
      readonly requests: readonly OperationRequest[];
      /** Where the draft of each request stands, as a pointer from the rule. */
      readonly places: readonly string[];
      readonly faults: readonly [];
    }
  | { readonly requests: null; readonly faults: readonly RequestFault[] };

/** The first rule that wants the webhook; null: none does. */
export const ruleFor = ({ rules }: Pick<Hook, "rules">, arrival: Arrival): Rule | null =>
  rules.find(({ when }) => when === undefined || isMatch(arrival, when)) ?? null;

const blocked = (faults: readonly RequestFault[]): Plan => ({ requests: null, faults });

/** A number in the place of an id or a name is that text. */
const withTexts = (value: Json): Json => {
  if (!isObject(value) || !isObject(value["resource"])) return value;
  const resource = Object.entries(value["resource"]).map(([name, one]) => [
    name,
    typeof one === "number" ? String(one) : one,
  ]);
  return { ...value, resource: Object.fromEntries(resource) };
};

interface Places {
  readonly ids: readonly (string | null)[];
  readonly fault: RequestFault | null;
}

const wantedOf = ({ name, tag }: Target) => {
  if (name !== undefined) return { field: "name", wanted: { name } } as const;
  return tag === undefined ? null : ({ field: "tag", wanted: { tag } } as const);
};

/** What a draft acts on: one id, several, or none where it makes something new. */
const targetsOf = async (draft: Draft, pointer: string, ports: PlanPorts): Promise<Places> => {
  const { resource } = draft;
  if (resource?.id !== undefined) return { ids: [resource.id], fault: null };
  const looked = resource === undefined ? null : wantedOf(resource);
  if (looked === null) return { ids: [null], fault: null };
  const { ids, fault } = await findServers(draft.connection, looked.wanted, mostOperations, ports);
  return ids === null
    ? { ids: [], fault: { pointer: `${pointer}/resource/${looked.field}`, detail: fault } }
    : { ids, fault: null };
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

const requestOf = ({ resource, ...rest }: Draft, id: string | null): unknown => ({
  ...rest,
  ...(resource === undefined || id === null ? {} : { resource: { type: resource.type, id } }),
});

/** Whether a hook may use a connection. One that it may not use is to it as one that there isn't. */
export const mayUse = (
  { connections }: Pick<Hook, "connections">,
  name: string,
  { providers }: Pick<Ports, "providers">,
): boolean => (connections === null || connections.includes(name)) && providers.connection(name) !== null;

const planOfDraft = async (
  draft: Draft,
  pointer: string,
  arrival: Arrival,
  ports: PlanPorts,
): Promise<Plan> => {
  const filled = fill(draft, arrival, pointer);
  if (filled.value === null) return blocked(filled.faults);
  const read = readBy(draftSchema, withTexts(filled.value), pointer);
  if (read.faults !== null) return blocked(read.faults);
  const { ids, fault } = await targetsOf(read.value, pointer, ports);
  if (fault !== null) return blocked([fault]);
  const requests: OperationRequest[] = [];
  for (const id of ids) {
    const request = readBy(operationRequestSchema, requestOf(read.value, id), pointer);
    if (request.faults !== null) return blocked(request.faults);
    const faults = faultsOfRequest(request.value, pointer, ports);
    if (faults.length > 0) return blocked(faults);
    requests.push(request.value);
  }
  return { requests, places: requests.map(() => pointer), faults: [] };
};

/**
 * What a rule makes of a webhook: all of its operations, or none. Writes nothing; servers that a rule names by name or
 * tag are looked for at the provider.
 * @throws RequestRefused 502 and 503 when the provider does not answer
 */
export const planOf = async (hook: Hook, rule: Rule, arrival: Arrival, ports: PlanPorts): Promise<Plan> => {
  const requests: OperationRequest[] = [];
  const places: string[] = [];
  for (const { pointer, draft } of draftsOf(rule)) {
    if (!mayUse(hook, draft.connection, ports))
      return blocked([
        { pointer: `${pointer}/connection`, detail: "is no connection that this hook may use" },
      ]);
    const plan = await planOfDraft(draft, pointer, arrival, ports);
    if (plan.requests === null) return plan;
    requests.push(...plan.requests);
    places.push(...plan.places);
  }
  const detail = `would start ${requests.length} operations; one webhook starts at most ${mostOperations}`;
  return requests.length > mostOperations
    ? blocked([{ pointer: "/operation", detail }])
    : { requests, places, faults: [] };
};
