import type { OperationRequest } from "../../events/operation-request.ts";
import type { Caller } from "../access/caller.ts";
import type { Arrival } from "../hook/arrival.ts";
import { dedupIdOf } from "../hook/sameness.ts";
import type { Ports } from "../ports/ports.ts";
import { lookAtAllowance } from "./hook-allowance.ts";
import { getHook, type HookSettingsPorts } from "./hooks.ts";
import { fillRule, foreseenFaults, planOf, ruleFor, type Plan, type PlanPorts } from "./plan-hook.ts";
import type { RequestFault } from "./request-refused.ts";

/** What a sample would start. */
export interface DryRun {
  /** The rule that wants it; null: none does. */
  readonly rule: string | null;
  /** Those that would start: where one is refused, neither it nor those after it. */
  readonly operations: readonly OperationRequest[];
  /** What stands in the way, with pointers from the rule. */
  readonly errors: readonly RequestFault[];
  /** Whether the rule may act now; null where it would not anyway. */
  readonly allowance: {
    readonly allowed: boolean;
    readonly why: "cooldown" | "daily_cap" | null;
    readonly until: string | null;
  } | null;
  /** What would tell a repeat of it. */
  readonly dedup_id: string;
}

const outlookOf = async (plan: Plan, ports: PlanPorts): Promise<Pick<DryRun, "operations" | "errors">> => {
  if (plan.planned === null) return { operations: [], errors: plan.faults };
  const operations: OperationRequest[] = [];
  const errors: RequestFault[] = [];
  for (const { request, pointer } of plan.planned) {
    errors.push(...(await foreseenFaults(request, pointer, ports)));
    if (errors.length === 0) operations.push(request);
  }
  return { operations, errors };
};

/**
 * What a hook would make of a sample, as if it were verified. Writes nothing and starts nothing; servers that a rule
 * names by name or tag are looked for.
 * @throws RequestRefused 404, and 502 or 503 when the provider does not answer
 */
export const dryRunHook = async (
  name: string,
  arrival: Arrival,
  caller: Caller,
  ports: HookSettingsPorts & Pick<Ports, "cells">,
): Promise<DryRun> => {
  const hook = await getHook(name, caller, ports);
  const body = Buffer.from(JSON.stringify(arrival.payload ?? null), "utf8");
  const dedup_id = dedupIdOf({ scheme: hook.verify.scheme, dedup: hook.dedup }, arrival, body);
  const rule = ruleFor(hook, arrival);
  if (rule === null) return { rule: null, operations: [], errors: [], allowance: null, dedup_id };
  const { drafts, faults } = fillRule(hook, rule, arrival, ports);
  const plan: Plan = drafts === null ? { planned: null, faults } : await planOf(drafts, ports);
  const known = { rule: rule.name, ...(await outlookOf(plan, ports)), dedup_id };
  if (plan.planned === null) return { ...known, allowance: null };
  const allowance = await lookAtAllowance(hook, rule, dedup_id, ports);
  return {
    ...known,
    allowance: allowance.allowed
      ? { allowed: true, why: null, until: null }
      : { allowed: false, why: allowance.why, until: allowance.until },
  };
};
