import type { Delivery } from "../../../lib/webhook/delivery.ts";
import type { HookCase } from "./checker.ts";
import type { Attempt, RowState } from "./ledger.ts";

/** Seconds before each attempt, as they are promised (reliability.md 2.2). */
const promised = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
const skew = 2500;
/** How long a row may have been in somebody's hands before its attempt begins, in milliseconds. */
const held = 100_000;
/** How late an attempt may be, and how long one takes, in milliseconds. */
const patience = 90_000;
const longestAttempt = 16_000;

/** Milliseconds that an answer, which was read at an instant, asks us to wait: at most a day. */
const askedFor = ({ retryAfter }: Attempt, readAt: number): number => {
  if (retryAfter === null) return 0;
  if (/^\d+$/.test(retryAfter)) return Math.min(Number(retryAfter), 86_400) * 1000;
  return retryAfter.endsWith(" GMT") ? Math.min(Date.parse(retryAfter) - readAt, 86_400_000) : 0;
};

const dueOf = ({ next_attempt_at: at }: Delivery): number => (at === null ? Infinity : Date.parse(at));

/** The one attempt that a row tells of last; null when it can't be told from others. */
const attemptOf = (attempts: readonly Attempt[], { attempts: told }: Delivery): Attempt | null => {
  const last = told.at(-1);
  if (last === undefined) return null;
  const near = attempts.filter(({ begunAt }) => Math.abs(begunAt - Date.parse(last.at)) < skew);
  return near.length === 1 ? (near[0] ?? null) : null;
};

/** The time between two attempts is as promised, and never shorter than was asked for. */
const checkDelay = (
  under: HookCase,
  before: Delivery,
  after: Delivery,
  attempts: readonly Attempt[],
): void => {
  const seconds = promised[after.tries];
  const from = Date.parse(after.updated_at);
  const waits = dueOf(after) - from;
  if (seconds === undefined) return under.breaks("schedule", `${after.id} is to be tried an eleventh time`);
  const tried = attemptOf(attempts, after);
  const asked = tried === null ? 0 : askedFor(tried, from);
  if (waits < seconds * 800 - 1)
    under.breaks("schedule", `${after.id} waits ${waits} ms after attempt ${after.tries}`);
  if (tried === null && before.tries + 1 === after.tries && waits > seconds * 1200 + 1 && waits <= 86_400_001)
    return;
  if (waits > Math.max(seconds * 1200, asked + skew) + 1)
    under.breaks("schedule", `${after.id} waits ${waits} ms after attempt ${after.tries}, too long`);
  if (asked > 0) under.world.sometimes("Retry-After was read");
  if (waits < asked - skew)
    under.breaks("Retry-After", `${after.id} waits ${waits} ms where the receiver asked for ${asked} ms`);
};

/** No attempt begins before its row is due. */
const checkBegin = (
  under: HookCase,
  { begunAt, id, receiver }: Attempt,
  states: readonly RowState[],
): void => {
  const first = Math.max(
    0,
    states.findLastIndex(({ at }) => at <= begunAt - held),
  );
  const isDue = states
    .slice(first)
    .some(
      ({ at, delivery }) =>
        at <= begunAt && delivery.state === "pending" && dueOf(delivery) <= begunAt + skew,
    );
  if (!isDue) under.breaks("schedule", `${id} was sent to ${receiver} before it was due`);
};

/** What is due is tried within a minute and a half, when nothing goes wrong any more and its lane is free. */
const checkLate = (under: HookCase, states: readonly RowState[], lane: readonly Attempt[]): void => {
  for (const [index, { at, delivery }] of states.entries()) {
    const due = Math.max(dueOf(delivery), at);
    if (!Number.isFinite(due) || due < under.faultsEnd + 600_000) continue;
    const next = states[index + 1]?.at ?? under.endedAt;
    if (next <= due + patience) continue;
    // Those before it in its lane took up to so long each.
    const before = lane.filter(({ begunAt }) => begunAt > due - longestAttempt && begunAt < next).length;
    if (next > due + patience + before * longestAttempt)
      under.breaks(
        "late",
        `${delivery.id} was due at ${new Date(due).toISOString()} and tried ${next - due} ms later`,
      );
  }
};

export const checkAttempts = (under: HookCase): void => {
  const { ledger } = under;
  const byPair = Map.groupBy(
    ledger.attempts,
    ({ receiver, id }) => `${ledger.endpointOf.get(receiver)} ${id}`,
  );
  const lanes = Map.groupBy(ledger.attempts, ({ receiver }) => ledger.endpointOf.get(receiver) ?? "");
  for (const states of ledger.rows.values()) {
    const { delivery: first } = states[0] ?? {};
    if (first === undefined) continue;
    const attempts = byPair.get(`${first.endpoint} ${first.event_id}`) ?? [];
    for (const [index, { delivery }] of states.entries()) {
      const before = states[index - 1]?.delivery;
      if (before?.state === "pending" && delivery.state === "pending" && delivery.tries === before.tries + 1)
        checkDelay(under, before, delivery, attempts);
    }
    for (const attempt of attempts) checkBegin(under, attempt, states);
    checkLate(under, states, lanes.get(first.endpoint) ?? []);
    const last = states.at(-1)?.delivery;
    const wentWell = last?.state === "succeeded" && last.tries === 1 && last.attempts.length === 1;
    if (wentWell && last.version === 2 && states.length > 2)
      under.breaks("writes", `${last.id} took ${states.length} writes`);
  }
};
