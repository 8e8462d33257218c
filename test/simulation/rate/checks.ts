import type { RateRecord } from "./one-run.ts";
import { zones } from "./provider.ts";
import { rateStart } from "./time.ts";

export interface Finding {
  /** The promise that was broken. */
  readonly promise:
    | "bound"
    | "utilisation"
    | "writes"
    | "starved"
    | "hold"
    | "allowance"
    | "storm"
    | "circuit"
    | "fault";
  readonly explanation: string;
}

/** Shares and times that the checks go by. */
const leastUtilisation = 0.85;
const jitterSeconds = 0.2;
const slotLifeSeconds = 0.5;
/** A hold reaches the others when they look at the cell, and what is decided on it is on its way. */
const noticeMilliseconds = 500 + 150 + 250;

/** What all checks of a run need. */
interface Case {
  readonly record: RateRecord;
  readonly breaks: (promise: Finding["promise"], explanation: string) => void;
}

const second = (instant: number): string => ((instant - rateStart) / 1000).toFixed(3);

/**
 * I10: a bucket that drips at the ceiling never holds more. Where clocks agree it is the contract's, one second's worth
 * and one; else that of R39, whose burst is what may be used late.
 */
const checkBound = ({ record, breaks }: Case): void => {
  const { ceiling, skew } = record.order;
  const depth =
    skew === 0 ? ceiling + 1 : ceiling * (2 * (skew / 1000) + jitterSeconds) + ceiling * slotLifeSeconds + 1;
  let level = 0;
  let last = 0;
  for (const { at } of record.sent) {
    level = Math.max(0, level - ((at - last) / 1000) * ceiling) + 1;
    last = at;
    if (level <= depth + 1e-6) continue;
    breaks("bound", `${level.toFixed(1)} calls where ${depth.toFixed(1)} are allowed, at ${second(at)}`);
    return;
  }
};

/** The time in which everybody is at work and nobody is late: after all have come, and before the end. */
const steadyTime = ({ order }: RateRecord): { readonly from: number; readonly until: number } => ({
  from: rateStart + 2000 + order.busy * 60,
  until: rateStart + order.lasts - 500,
});

const between = <Item extends { readonly at: number }>(
  items: readonly Item[],
  { from, until }: { from: number; until: number },
): readonly Item[] => items.filter(({ at }) => at >= from && at < until);

/** G21: of what is allowed, so much is used while work waits; what the dead had reserved is lost. */
const utilisationOf = (record: RateRecord): number => {
  const time = steadyTime(record);
  const { ceiling } = record.order;
  return between(record.sent, time).length / ((ceiling * (time.until - time.from)) / 1000);
};

/** Tries to write by those with work without end, for each of their calls. */
const writesPerCallOf = (record: RateRecord): number => {
  const time = steadyTime(record);
  const busy = new Set(record.busy.map(({ name }) => name));
  const calls = between(record.sent, time).filter(({ by }) => busy.has(by)).length;
  const writes = record.busy
    .flatMap((process) => process.writes)
    .filter((at) => at >= time.from && at < time.until);
  return writes.length / Math.max(1, calls);
};

const checkSteady = ({ record, breaks }: Case): void => {
  const utilisation = utilisationOf(record);
  if (utilisation < leastUtilisation) breaks("utilisation", `${(utilisation * 100).toFixed(1)} % are used`);
  const writes = writesPerCallOf(record);
  if (writes > 0.1) breaks("writes", `${writes.toFixed(3)} writes a call`);
  checkShares({ record, breaks });
};

/** Those who have the same work get the same, by and large. */
const checkShares = ({ record, breaks }: Case): void => {
  const time = steadyTime(record);
  const living = record.busy.filter(({ isDead }) => !isDead);
  const sent = Map.groupBy(between(record.sent, time), ({ by }) => by);
  const counts = living.map(({ name }) => sent.get(name)?.length ?? 0);
  const fair = counts.reduce((sum, count) => sum + count, 0) / living.length;
  const least = Math.min(...counts);
  if (least < 0.5 * fair - 3)
    breaks("starved", `one got ${least} calls where ${fair.toFixed(0)} are its share`);
};

/** A single call waits for its turn among those who are there, not for what they have reserved. */
const checkWaits = ({ record, breaks }: Case): void => {
  const { ceiling, busy, lone, cellLatency, throttled, skew } = record.order;
  const turns = (busy + lone + 2) / ceiling;
  const slow = (cellLatency * 4) / 1000 + (throttled > 0 ? 2 : 0);
  // A slot is lost when it turns out that a clock is behind; then there is another round.
  const rounds = skew > 0 ? 3 : 1.5;
  const longest = (1.5 + rounds * turns + slow + (2 * skew) / 1000) * 1000 + busy * 60;
  for (const { by, from, for: waited } of record.waits) {
    if (waited <= longest) continue;
    breaks(
      "starved",
      `${by} waited ${(waited / 1000).toFixed(1)} s at ${second(from)}; ${(longest / 1000).toFixed(1)} s are its turn`,
    );
    return;
  }
};

/** What the provider asks for with a time is kept by all, as soon as they can know. */
const checkHolds = ({ record, breaks }: Case): void => {
  const { answerLatency, cellLatency, replyLost, throttled, skew, ceiling } = record.order;
  const known =
    answerLatency +
    5 +
    noticeMilliseconds +
    cellLatency * 3 +
    (replyLost > 0 ? 500 : 0) +
    (throttled > 0 ? 2000 : 0);
  const first = record.sent.find(({ answer }) => answer === "429 with time");
  if (first === undefined) return;
  // Each 429 within a hold is a call that should not have left; the first ones of a hold could not know.
  let trouble = 0;
  let begun = 0;
  let late = 0;
  for (const { at, answer } of record.sent) {
    if (answer !== "429 with time") continue;
    if (trouble === 0 || at - trouble > 7000) begun = at;
    trouble = at;
    if (at - begun > known && at - begun < 2000 - 2 * skew) late += 1;
  }
  if (late > Math.max(1, 0.02 * ceiling)) breaks("hold", `${late} calls left in a hold that was known`);
};

/** The rate that is learned is one that the provider takes, most of the time. */
const checkLearning = ({ record, breaks }: Case): void => {
  const { limit, lasts, skew } = record.order;
  const time = { from: rateStart + 20_000, until: rateStart + lasts };
  const late = between(record.sent, time);
  const refused = late.filter(({ answer }) => answer === "429").length;
  if (refused > 0.1 * late.length + 6) breaks("allowance", `${refused} of ${late.length} calls were refused`);
  const done = (late.length - refused) / ((time.until - time.from) / 1000);
  // Below one call in half a second, and where clocks differ, a 429 may be followed by one that was not to be avoided.
  if (done < (limit < 2 || skew > 0 ? 0.35 : 0.5) * limit)
    breaks("allowance", `${done.toFixed(2)} calls a second where ${limit.toFixed(2)} are taken`);
};

/** One trouble halves the rate once: a rate that was just too high is not far too low after it. */
const checkDepth = ({ record, breaks }: Case): void => {
  const { limit, lasts } = record.order;
  if (limit < 2) return;
  const seconds = 10;
  for (let from = rateStart + 5000; from < rateStart + lasts - seconds * 1000; from += 1000) {
    const calls = between(record.sent, { from, until: from + seconds * 1000 }).length;
    if (calls >= 0.25 * limit * seconds - 1) continue;
    breaks(
      "allowance",
      `${calls} calls in ten seconds from ${second(from)} on, where ${limit.toFixed(1)} a second are taken`,
    );
    return;
  }
};

const checkStorm = ({ record, breaks }: Case): void => {
  const { ceiling, troubleFrom, troubleUntil, lasts } = record.order;
  const storm = { from: rateStart + troubleFrom + 15_000, until: rateStart + troubleUntil };
  const seconds = (storm.until - storm.from) / 1000;
  const calls = between(record.sent, storm).length;
  // Each half minute a tenth of the ceiling comes back and is found to be too much.
  const most = seconds * Math.max(0.25 * ceiling, 1) + 20;
  if (calls > most)
    breaks("storm", `${calls} calls went into the storm, where ${most.toFixed(0)} are enough`);
  if (calls < seconds / 60) breaks("storm", `only ${calls} calls tried whether the storm is over`);
  const allowed = record.standing.allowedPerSecond;
  if (allowed < ceiling)
    breaks("storm", `${allowed} calls a second are allowed five minutes after the storm`);
  const end = { from: rateStart + lasts - 15_000, until: rateStart + lasts };
  const used = between(record.sent, end).length / (ceiling * 15);
  if (used < leastUtilisation - 2 / (ceiling * 15))
    breaks("storm", `after the storm ${(used * 100).toFixed(0)} % are used`);
};

const checkOutage = ({ record, breaks }: Case): void => {
  const { troubleFrom, troubleUntil, busy, answerLatency, skew } = record.order;
  const outage = { from: rateStart + troubleFrom, until: rateStart + troubleUntil };
  const into = between(record.sent, outage).filter(({ zone }) => zone === zones[0]);
  // Each process may have seen four of them without telling; then those under way follow, and one in half a minute.
  const fifth = into[4 * busy + 4];
  if (fifth !== undefined) {
    const known = fifth.at + answerLatency + noticeMilliseconds + 2 * skew + 2000;
    const later = into.filter(({ at }) => at > known).length;
    const most = 1 + Math.floor((outage.until - known) / 30_000);
    if (later > most) breaks("circuit", `${later} calls went into a known outage, where ${most} are enough`);
  }
  const after = { from: outage.until + 60_000, until: rateStart + record.order.lasts };
  const shut = record.standing.circuits.length;
  if (shut > 0) breaks("circuit", "a circuit is open long after the outage");
  const wanted = record.sent.some(({ zone }) => zone === zones[0]);
  const back = between(record.sent, after).filter(({ zone }) => zone === zones[0]).length;
  if (wanted && after.until - after.from > 10_000 && back === 0)
    breaks("circuit", "nobody went back to the zone");
};

const themed = (under: Case): void => {
  switch (under.record.order.theme) {
    case "steady":
      checkSteady(under);
      checkWaits(under);
      return;
    case "hold":
      return checkHolds(under);
    case "limited":
      checkLearning(under);
      checkDepth(under);
      return;
    case "storm":
      return checkStorm(under);
    case "outage":
      return checkOutage(under);
  }
};

/** What a run broke, and what it measured. */
export const check = (
  record: RateRecord,
): {
  findings: readonly Finding[];
  figures: { utilisation: number | null; writesPerCall: number | null };
} => {
  const findings: Finding[] = [];
  const under: Case = {
    record,
    breaks: (promise, explanation) => findings.push({ promise, explanation }),
  };
  for (const fault of record.faults) under.breaks("fault", fault);
  checkBound(under);
  themed(under);
  const isSteady = record.order.theme === "steady";
  return {
    findings,
    figures: {
      utilisation: isSteady ? utilisationOf(record) : null,
      writesPerCall: isSteady ? writesPerCallOf(record) : null,
    },
  };
};
