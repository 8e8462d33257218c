import { boardOf, schedulesOf } from "./board.ts";
import type { Inputs } from "./inputs.ts";
import { hoursOf, livePlans, type Interval } from "./planned-on.ts";
import type { Selectable } from "./selector.ts";

/** A price an hour, from an instant on (milliseconds since the epoch). */
export interface Rate {
  readonly from: number;
  readonly eurPerHour: number;
}

/** A server with what it costs. Storage and addresses cost the same on and off. */
export interface PricedServer {
  readonly server: Selectable;
  /** In order; the first one holds before its instant, too. */
  readonly rates: readonly Rate[];
  readonly storageEurPerHour: number;
  readonly addressEurPerHour: number;
  /** Nothing before this instant counts: it did not exist, or no schedule had a say. Left out: all counts. */
  readonly since?: number;
  /**
   * What was measured: when it was billed as on (starting, stopping and standby included), and when it was off because
   * of us. Left out: the plan.
   */
  readonly measured?: { readonly billedOn: readonly Interval[]; readonly offByUs: readonly Interval[] };
}

/** How the provider counts a time that a server is on. */
export interface Billing {
  readonly unit: "exact" | "minute" | "hour";
  /** Each start is billed for so long at least. */
  readonly leastMinutes: number;
}
export const billedExactly: Billing = { unit: "exact", leastMinutes: 0 };

export interface Savings {
  readonly hours: { readonly total: number; readonly on: number; readonly off: number };
  readonly off_percent: number;
  readonly saved_eur: number;
  /** By how much the whole bill falls, storage and addresses included. */
  readonly bill_percent: number;
  readonly currency: "EUR";
}

const unitMilliseconds = { exact: 1, minute: 60_000, hour: 3_600_000 } as const;

/** Intervals as they are billed: rounded up, and never counted twice where the rounding reaches into the next. */
export const billed = (intervals: readonly Interval[], billing: Billing, to: number): Interval[] => {
  const unit = unitMilliseconds[billing.unit];
  const rounded: Interval[] = [];
  for (const one of intervals.toSorted((a, b) => a.from - b.from)) {
    const length = Math.max(Math.ceil((one.to - one.from) / unit) * unit, billing.leastMinutes * 60_000);
    const from = Math.max(one.from, rounded.at(-1)?.to ?? one.from);
    const end = Math.min(to, one.from + length);
    if (end > from) rounded.push({ from, to: end });
  }
  return rounded;
};

/** Euros of an interval at prices that change. */
const costOf = (rates: readonly Rate[], { from, to }: Interval): number =>
  rates.reduce((sum, rate, index) => {
    const begins = index === 0 ? from : Math.max(from, rate.from);
    const ends = Math.min(to, rates[index + 1]?.from ?? to);
    return ends <= begins ? sum : sum + ((ends - begins) / 3_600_000) * rate.eurPerHour;
  }, 0);

const costOfAll = (rates: readonly Rate[], intervals: readonly Interval[]): number =>
  intervals.reduce((sum, interval) => sum + costOf(rates, interval), 0);

const round = (value: number, places: number): number => {
  const factor = 10 ** places;
  const rounded = Math.round((value + Number.EPSILON) * factor) / factor;
  return rounded === 0 ? 0 : rounded;
};

/** What one server comes to, not rounded. */
interface Account {
  readonly total: number;
  readonly on: number;
  readonly off: number;
  readonly saved: number;
  /** The bill had it always been on. */
  readonly full: number;
}

const within = (intervals: readonly Interval[], span: Interval): Interval[] =>
  intervals
    .map(({ from, to }) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) }))
    .filter(({ from, to }) => from < to);

const accountOf = (
  priced: PricedServer,
  planned: readonly Interval[],
  { from, to }: Interval,
  billing: Billing,
): Account => {
  const { rates, measured, storageEurPerHour, addressEurPerHour, since = from } = priced;
  const span = { from: Math.min(to, Math.max(from, since)), to };
  const total = hoursOf([span]);
  const baseline = costOf(rates, span);
  const full = baseline + total * (storageEurPerHour + addressEurPerHour);
  const on = billed(measured?.billedOn ?? within(planned, span), billing, span.to);
  const notBilled = Math.max(0, baseline - costOfAll(rates, on));
  if (measured === undefined) {
    const hours = hoursOf(within(planned, span));
    return { total, on: hours, off: total - hours, saved: notBilled, full };
  }
  // What was off for other reasons is not our merit.
  const saved = Math.min(notBilled, costOfAll(rates, measured.offByUs));
  return { total, on: hoursOf(measured.billedOn), off: hoursOf(measured.offByUs), saved, full };
};

/** What somebody else has switched off is not our merit: who holds a server off by hand is not asked. */
const withoutOffHolds = (inputs: Inputs): Inputs =>
  inputs.holds.some(({ state }) => state === "off")
    ? { ...inputs, holds: inputs.holds.filter(({ state }) => state !== "off") }
    : inputs;

/**
 * What a schedule saves on these servers over `[from, to)`, against servers that are always on: by its rules with the
 * overrides, freezes, windows and holds from them. Hours are server hours and elapsed time: a spring week has 167 of
 * them. Storage and addresses stay on the bill.
 */
export const savings = (
  inputs: Inputs,
  name: string,
  servers: readonly PricedServer[],
  from: number,
  to: number,
  billing: Billing = billedExactly,
): Savings => {
  const plans = livePlans(boardOf(withoutOffHolds(inputs)), from, to);
  const planOf = (server: Selectable): readonly Interval[] =>
    plans(server, schedulesOf(inputs, server, name));
  const accounts = servers.map((one) =>
    accountOf(one, one.measured === undefined ? planOf(one.server) : [], { from, to }, billing),
  );
  const sum = (part: (account: Account) => number): number =>
    accounts.reduce((all, account) => all + part(account), 0);
  const [total, on, off, saved, full] = [
    sum((a) => a.total),
    sum((a) => a.on),
    sum((a) => a.off),
    sum((a) => a.saved),
    sum((a) => a.full),
  ];
  return {
    hours: { total: round(total, 2), on: round(on, 2), off: round(off, 2) },
    off_percent: total === 0 ? 0 : round((off / total) * 100, 1),
    saved_eur: round(saved, 4),
    bill_percent: full === 0 ? 0 : round((saved / full) * 100, 1),
    currency: "EUR",
  };
};
