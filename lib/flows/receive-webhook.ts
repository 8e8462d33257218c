import type { OperationRequest } from "../../events/operation-request.ts";
import type { StartFromHook } from "../../events/start-from-hook.ts";
import type { Arrival } from "../hook/arrival.ts";
import { requestOf } from "../hook/draft.ts";
import { draftsOf, mostOperations, secretsOf, type Hook, type Rule } from "../hook/hook.ts";
import { dedupIdOf } from "../hook/sameness.ts";
import { verify, verifyNothing, type Unverified } from "../hook/verify.ts";
import { operationIdOf } from "../operation/operation-id.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { SecretUnavailable } from "../ports/secrets.ts";
import { acceptOperation, operationFor } from "./accept-operation.ts";
import { takeAllowance } from "./hook-allowance.ts";
import { loadHook } from "./hook-documents.ts";
import { isTooLarge, loadHookWork, putAside, type HookWork } from "./hook-work.ts";
import { fillRule, isLookedFor, ruleFor, type Filled, type PlanPorts } from "./plan-hook.ts";
import { RequestRefused, type RequestFault } from "./request-refused.ts";
import { payloadOf } from "./webhook-payload.ts";

export type HookPorts = PlanPorts & Pick<Ports, "documents" | "cells" | "secrets">;

/** What became of a webhook that is verified. */
export interface Reception {
  /** Ids of the operations that it started, now or when it came first. */
  readonly operations: readonly string[];
  /** The rule wanted it, and names servers by name or tag: they are looked for now, and what is started is told by events. */
  readonly pending?: readonly { readonly rule: string }[];
  /** The rule wanted it, and can make nothing of it: pointers from the rule. */
  readonly refused?: readonly { readonly rule: string; readonly errors: readonly RequestFault[] }[];
  /** The rule wanted it, and may not act again so soon or so often. */
  readonly held?: readonly {
    readonly rule: string;
    readonly why: "cooldown" | "daily_cap";
    readonly until: string;
  }[];
}

/** One answer for everybody who is not verified, whatever the reason: it tells nobody which hooks there are. */
const unverified = (): RequestRefused =>
  new RequestRefused({
    status: 401,
    code: "WEBHOOK_NOT_VERIFIED",
    title: "The webhook is not verified",
    detail:
      "There is no such hook, or the webhook does not prove that it is from the sender whom the hook expects.",
    hint: "Compare the hook's name, its scheme, its secret and the sender's clock.",
  });

/** The values of a hook's secrets; one that can't be read is left out, so that another may still fit. */
const secretValues = async (hook: Hook, { secrets, log }: HookPorts): Promise<string[]> => {
  const values: string[] = [];
  for (const reference of secretsOf(hook)) {
    try {
      // A secret put into a file or a console field easily gets a line break at its end.
      values.push((await secrets.read(reference)).trim());
    } catch (error) {
      if (!(error instanceof SecretUnavailable)) throw error;
      log.error("a hook's secret can't be read", { hook: hook.name, error: error.message });
    }
  }
  return values;
};

/** The hook that a webhook is for. @throws RequestRefused 401, the same for a wrong signature and an unknown name */
const verifiedHook = async (name: string, request: Unverified, ports: HookPorts): Promise<Hook> => {
  const now = ports.clock.now();
  const standing = await loadHook(name, ports);
  if (standing === null) {
    verifyNothing(request, now);
    ports.log.info("a webhook was refused", { why: "unknown hook" });
    throw unverified();
  }
  const { hook } = standing;
  const verdict = verify(hook.verify.scheme, await secretValues(hook, ports), request, now);
  if (verdict.ok) return hook;
  ports.log.warn("a webhook was refused", { hook: hook.name, why: verdict.why });
  throw unverified();
};

/** No caller's key has a line break in it, and those of restricted callers have one: nobody can guess another's. */
const keyOf = (hook: string, dedupId: string, index: number): string => `hook\n${hook}\n${index}\n${dedupId}`;

/** The operations that a webhook has started before, in their order. They are accepted one after another. */
const standingOf = async (
  hook: string,
  dedupId: string,
  { operations, deployment }: HookPorts,
): Promise<Operation[]> => {
  const idAt = (index: number): string => operationIdOf(deployment, keyOf(hook, dedupId, index));
  const first = await operations.load(idAt(0));
  if (first === null) return [];
  const ids = Array.from({ length: mostOperations - 1 }, (_, index) => idAt(index + 1));
  const rest = await operations.loadMany(ids);
  return [first, ...ids.flatMap((id) => rest.filter((operation) => operation.id === id))];
};

/** One webhook on its way through its hook. */
interface Passage {
  readonly hook: Hook;
  readonly arrival: Arrival;
  readonly dedupId: string;
  readonly requestId: string;
}

const askerOf = ({ hook, requestId }: Passage) => ({ requestedBy: `hook:${hook.name}`, requestId });

const refusedBy = (
  { hook }: Passage,
  rule: Rule,
  faults: readonly RequestFault[],
  { log }: HookPorts,
): Reception => {
  const why = faults.map(({ pointer }) => pointer).join(" ");
  log.warn("a rule can make nothing of its webhook", { hook: hook.name, rule: rule.name, why });
  log.count("HookRefused", 1);
  return { operations: [], refused: [{ rule: rule.name, errors: faults }] };
};

/** What passes by itself, or by somebody's hand: the sender is to come again. */
const isForLater = ({ status, code }: RequestRefused): boolean =>
  status >= 500 || status === 429 || code === "STOPPED";

const start = async (
  passage: Passage,
  rule: Rule,
  requests: readonly OperationRequest[],
  ports: HookPorts,
): Promise<Reception> => {
  const { hook, dedupId } = passage;
  const started: string[] = [];
  for (const [index, request] of requests.entries()) {
    try {
      const key = keyOf(hook.name, dedupId, index);
      const { operation } = await acceptOperation(request, key, ports, askerOf(passage));
      started.push(operation.id);
    } catch (error) {
      if (!(error instanceof RequestRefused) || isForLater(error)) throw error;
      const standing = await standingOf(hook.name, dedupId, ports);
      // Another copy came at the same time, when the rules were others: what it has started counts.
      if (error.code === "IDEMPOTENCY_KEY_REUSED") return { operations: standing.map(({ id }) => id) };
      const errors =
        error.faults.length > 0 ? error.faults : [{ pointer: "/operation", detail: error.message }];
      return { ...refusedBy(passage, rule, errors, ports), operations: started };
    }
  }
  ports.log.info("a webhook started operations", {
    hook: hook.name,
    rule: rule.name,
    count: started.length,
  });
  return { operations: started };
};

/**
 * A webhook that came before: what it has started, whatever the rules are now. Where it was cut off between two of its
 * operations, the rest is started, if the rule is still the one that made the first.
 */
const repeated = async (
  passage: Passage,
  standing: readonly Operation[],
  ports: HookPorts,
): Promise<Reception> => {
  const before = { operations: standing.map(({ id }) => id) };
  const rule = ruleFor(passage.hook, passage.arrival);
  if (rule === null || draftsOf(rule).length <= standing.length) return before;
  const { drafts } = fillRule(passage.hook, rule, passage.arrival, ports);
  if (drafts === null || drafts.some(isLookedFor)) return before;
  const requests = drafts.map(({ draft }) => requestOf(draft));
  const isSameRule = standing.every(({ fingerprint }, index) => {
    const request = requests[index];
    return request !== undefined && operationFor(request, "plan", ports).fingerprint === fingerprint;
  });
  return isSameRule ? start(passage, rule, requests, ports) : before;
};

const receptionOf = ({ rule, operations, isPending }: HookWork): Reception =>
  isPending ? { operations, pending: [{ rule }] } : { operations };

const workOf = (
  { hook, dedupId, requestId }: Passage,
  rule: Rule,
  drafts: readonly Filled[],
): StartFromHook => ({
  v: 1,
  hook: hook.name,
  rule: rule.name,
  key: dedupId,
  request_id: requestId,
  drafts: drafts.map(({ draft }) => draft),
});

const tooLarge: RequestFault = {
  pointer: "/operation",
  detail:
    "is larger than what can be put aside while its servers are looked for: name them by id, or ask for less",
};

/**
 * Takes a webhook: verified over its bytes, matched, counted, and what it asks for accepted; all work comes later. A
 * repeat finds what the first one started. A webhook whose rule can't be carried out is taken all the same and told of in
 * the answer, the log and a metric: its sender can mend nothing by sending it again.
 * @throws RequestRefused 401 when it is not verified or there is no such hook; 400 and 422 for a body that is not JSON,
 * or not what we take; 503 when it can't be stored now
 */
export const receiveWebhook = async (
  name: string,
  request: Unverified & { readonly requestId: string },
  ports: HookPorts,
): Promise<Reception> => {
  const hook = await verifiedHook(name, request, ports);
  const { headers, body, requestId } = request;
  const arrival = { headers, payload: payloadOf(body, headers.get("content-type")) };
  const dedupId = dedupIdOf({ scheme: hook.verify.scheme, dedup: hook.dedup }, arrival, body);
  const passage = { hook, arrival, dedupId, requestId };
  const standing = await standingOf(hook.name, dedupId, ports);
  if (standing.length > 0) return repeated(passage, standing, ports);
  const work = await loadHookWork({ hook: hook.name, key: dedupId }, ports);
  if (work !== null) return receptionOf(work);
  const rule = ruleFor(hook, arrival);
  if (rule === null) return { operations: [] };
  const { drafts, faults } = fillRule(hook, rule, arrival, ports);
  if (drafts === null) return refusedBy(passage, rule, faults, ports);
  const aside = drafts.some(isLookedFor) ? workOf(passage, rule, drafts) : null;
  if (aside !== null && isTooLarge(aside)) return refusedBy(passage, rule, [tooLarge], ports);
  const allowance = await takeAllowance(hook, rule, dedupId, ports);
  if (!allowance.allowed) {
    const { why, until } = allowance;
    ports.log.info("a rule may not act again yet", { hook: hook.name, rule: rule.name, why });
    return { operations: [], held: [{ rule: rule.name, why, until }] };
  }
  if (aside === null) {
    const requests = drafts.map(({ draft }) => requestOf(draft));
    return start(passage, rule, requests, ports);
  }
  await putAside(aside, ports);
  ports.log.info("a webhook was put aside while its servers are looked for", {
    hook: hook.name,
    rule: rule.name,
  });
  return { operations: [], pending: [{ rule: rule.name }] };
};
