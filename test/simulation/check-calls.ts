import type { Case } from "./checker.ts";

/**
 * I10: in any window of w seconds at most rate × (w + slack) + 1 calls leave, found by a bucket that drips at the rate.
 * The slack: the contract's second, in which a place may be used half a second late and clocks may differ (those that
 * are behind follow the one that is ahead), and the write of its intent, and its secret, between the place of a changing
 * call and its sending.
 */
const slackSeconds = 1 + 0.5;

const checkRate = (under: Case): void => {
  const { ratePerSecond: rate, stalls } = under.history.facts;
  if (stalls) return;
  const depth = rate * slackSeconds + 1;
  let level = 0;
  let last = 0;
  for (const { at } of under.all("sent")) {
    level = Math.max(0, level - ((at - last) / 1000) * rate) + 1;
    last = at;
    if (level > depth) {
      under.breaks("I10", `more calls than ${rate} a second allows, at ${new Date(at).toISOString()}`);
      return;
    }
  }
};

/** I14: no invocation ends with something pending; none is overdue unless something stood still in it. */
const checkInvocations = (under: Case): void => {
  for (const { name, pending } of under.all("invocation over")) {
    if (pending > 0) under.breaks("I14", `an invocation of ${name} ended with ${pending} pending`);
  }
  for (const { name, stalled } of under.all("invocation overdue")) {
    if (!stalled) under.breaks("I14", `an invocation of ${name} took longer than its timeout`);
  }
};

/** Codes with which an operation may fail that the provider must have said. */
const saidByProvider: ReadonlySet<string> = new Set(["QUOTA_EXCEEDED", "OUT_OF_STOCK"]);
/** What passes by itself never fails an operation. */
const passes: ReadonlySet<string> = new Set(["RATE_LIMITED", "UNAVAILABLE", "CONNECTION_UNAVAILABLE"]);

/** A good message is set aside after so many failures, not before. */
const timesTried = 4;

/** I16: what passes by itself delays a request and never fails it. */
const checkPatience = (under: Case): void => {
  const refused = new Set(under.all("refused").map(({ code, by }) => `${code} ${by ?? ""}`));
  for (const [id, { state, error, kind }] of under.views) {
    if (state !== "failed" || error === null) continue;
    if (passes.has(error.code))
      under.breaks("I16", `${id} failed with ${error.code}, which passes by itself`);
    const made = kind === "server.create" && (under.madeBy.get(id) ?? []).length > 0;
    if (
      kind === "server.create" &&
      saidByProvider.has(error.code) &&
      !made &&
      !refused.has(`${error.code} ${id}`)
    )
      under.breaks("I16", `${id} failed with ${error.code}, which the provider never said`);
  }
  for (const { body, reason, received } of under.all("dead letter")) {
    // What failed again and again is set aside with its reason, which is no loss: the due index has its row.
    if (reason === "received too often" || received >= timesTried) continue;
    under.breaks("I16", `a good message was set aside (${reason}): ${body}`);
  }
};

export const checkCalls = (under: Case): void => {
  checkRate(under);
  checkInvocations(under);
  checkPatience(under);
};
