import { allowanceOf, isLimited, tallySchema, type Allowance } from "../hook/allowance.ts";
import type { Hook, Rule } from "../hook/hook.ts";
import type { Ports } from "../ports/ports.ts";
import { RequestRefused } from "./request-refused.ts";

const tries = 12;
const pauseMilliseconds = 15;

const cellOf = (hook: Pick<Hook, "name">, rule: Pick<Rule, "name">): string =>
  `hook/${hook.name}/${rule.name}`;

const busy = (): RequestRefused =>
  new RequestRefused({
    status: 503,
    code: "HOOK_BUSY",
    title: "Too many webhooks come at once",
    detail: "So many webhooks are counted for this rule that this one could not be.",
    hint: "Send it again.",
    retryAfterSeconds: 1,
  });

/** Whether a rule may act now, without counting anything. */
export const lookAtAllowance = async (
  hook: Hook,
  rule: Rule,
  dedupId: string,
  { cells, clock }: Pick<Ports, "cells" | "clock">,
): Promise<Allowance> => {
  const cell = isLimited(rule) ? await cells.load(cellOf(hook, rule)) : null;
  return allowanceOf(rule, cell === null ? null : tallySchema.parse(cell.value), dedupId, clock.now());
};

/**
 * Counts a webhook for its rule, in one write; a rule without limits is not counted. It is counted before anything
 * starts, so that no crash lets a rule act more often than it may.
 * @throws RequestRefused 503 when too many come at once
 */
export const takeAllowance = async (
  hook: Hook,
  rule: Rule,
  dedupId: string,
  { cells, clock }: Pick<Ports, "cells" | "clock">,
): Promise<Allowance> => {
  if (!isLimited(rule)) return { allowed: true, next: null };
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const cell = await cells.load(cellOf(hook, rule));
    const tally = cell === null ? null : tallySchema.parse(cell.value);
    const allowance = allowanceOf(rule, tally, dedupId, clock.now());
    if (!allowance.allowed || allowance.next === null) return allowance;
    if (await cells.save(cellOf(hook, rule), allowance.next, cell?.version ?? 0)) return allowance;
    await clock.sleep(attempt * pauseMilliseconds);
  }
  throw busy();
};
