import { describe, expect, it } from "vitest";
import { savings, type Billing, type PricedServer } from "../../lib/schedule/savings.ts";
import { drawDuration, instanceDurations } from "../../simulators/timings.ts";
import { mulberry32, type Draw } from "../../simulators/randomness.ts";
import { at, calendar, everyDay, inputs, schedule } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

// The provider's side is written here once more, and knows nothing of schedules: it meters when servers were not
// stopped, and prices each minute by the list of that minute, in whole millionths of a euro.

const hour = 3_600_000;
const second = 1000;
const minute = 60 * second;

interface Price {
  readonly from: number;
  /** Millionths of a euro an hour. */
  readonly millionths: number;
}
const prices = (dearerFrom: number): readonly Price[] => [
  { from: 0, millionths: 13_700 },
  { from: dearerFrom, millionths: 41_100 },
];
const storageMillionths = 880;
const addressMillionths = 4000;

/** A time during which a server was not stopped, in milliseconds since the epoch. */
interface Run {
  readonly from: number;
  to: number;
}

/** What a provider writes on its invoice for servers over `[from, to)`, in millionths of a euro. */
const invoiceOf = (
  fleet: readonly (readonly Run[])[],
  [from, to]: readonly [number, number],
  list: readonly Price[],
  unit: number,
): number => {
  const priceAt = (instant: number): number =>
    list.findLast((price) => price.from <= instant)?.millionths ?? 0;
  let total = 0;
  for (const runs of fleet) {
    total += ((to - from) / hour) * (storageMillionths + addressMillionths);
    let billedUntil = from;
    for (const run of runs) {
      const units = Math.ceil((run.to - run.from) / unit);
      const end = Math.min(to, run.from + units * unit);
      for (let instant = Math.max(run.from, billedUntil); instant < end; instant += minute)
        total += (priceAt(instant) * (Math.min(end, instant + minute) - instant)) / hour;
      billedUntil = Math.max(billedUntil, end);
    }
  }
  return total;
};

/** Servers that a schedule switches live, and the times in which each of them was not stopped. */
class Metered {
  readonly runs = new Map<string, Run[]>();
  readonly #to: number;

  constructor(ids: readonly string[], from: number, to: number) {
    this.#to = to;
    for (const id of ids) this.runs.set(id, [{ from, to }]);
  }

  start(id: string, instant: number): void {
    this.runs.get(id)?.push({ from: instant, to: this.#to });
  }

  /** Billed until it has stopped. */
  stopped(id: string, instant: number): void {
    const last = this.runs.get(id)?.at(-1);
    if (last !== undefined) last.to = Math.min(this.#to, instant);
  }

  of(id: string): readonly Run[] {
    return this.runs.get(id) ?? [];
  }
}

const nights = { periods: [{ days: everyDay, from: "22:00", to: "06:30" }], calendars: ["fr"] };
const given = (fields: Record<string, unknown>) => ({
  ...inputs(schedule(fields)),
  calendars: [calendar("fr", ["2026-03-27", "2026-10-23"])],
});

/** Runs the schedule; each stop takes as long as recorded ones do, in whole seconds, or no time. */
const metered = (
  fields: Record<string, unknown>,
  [from, to]: readonly [number, number],
  size: number,
  draw: Draw | null,
) => {
  const ids = Array.from({ length: size }, (_, index) => `srv-${index}`);
  const world = new TickWorld(
    given(fields),
    ids.map((id) => seen(id, "on")),
  ).since(from - 1);
  const meter = new Metered(ids, from, to);
  for (let now: number | null = from; now !== null && now < to;) {
    const { commands, nextDue } = world.tick(now);
    for (const { server, action } of commands) {
      if (action === "start") meter.start(server, now);
      else {
        const took = draw === null ? 0 : drawDuration(draw, instanceDurations.poweroff);
        meter.stopped(server, now + Math.ceil(took / second) * second);
      }
    }
    now = nextDue();
  }
  return { ids, meter, world };
};

const gapsOf = (runs: readonly Run[], [from, to]: readonly [number, number]): Run[] => {
  const bounds = [from, ...runs.flatMap((run) => [run.from, run.to]), to];
  return bounds.flatMap((start, index) => {
    const end = bounds[index + 1];
    return index % 2 === 0 && end !== undefined && end > start ? [{ from: start, to: end }] : [];
  });
};

const cents = (euros: number): number => Math.round(euros * 100);

const weeks: readonly (readonly [string, number, number])[] = [
  ["the two weeks around the spring change", at("2026-03-22T23:00:00Z"), 335],
  ["the two weeks around the autumn change", at("2026-10-18T22:00:00Z"), 337],
];
const units: readonly (readonly [Billing["unit"], number])[] = [
  ["exact", second],
  ["minute", minute],
  ["hour", hour],
];
const cases = weeks.flatMap(([name, from, hours]) =>
  units.flatMap(([unit, length]) =>
    [{ calendars: ["fr"] }, nights].map((fields) => ({ name, from, hours, unit, length, fields })),
  ),
);

describe("savings are what the invoice lacks, to the cent", () => {
  it.each(cases)(
    "$name, billed by $unit, over a change of the price ($fields)",
    ({ from, hours, unit, length, fields }) => {
      const span = [from, from + hours * hour] as const;
      const list = prices(from + 150 * hour + 37 * minute);
      const { ids, meter, world } = metered(fields, span, 15, mulberry32(hours));
      const servers = ids.map((id): PricedServer => ({
        server: seen(id, "on"),
        rates: list.map((price) => ({ from: price.from, eurPerHour: price.millionths / 1e6 })),
        storageEurPerHour: storageMillionths / 1e6,
        addressEurPerHour: addressMillionths / 1e6,
        measured: { billedOn: meter.of(id), offByUs: gapsOf(meter.of(id), span) },
      }));
      const fleet = ids.map((id) => meter.of(id));
      const always = ids.map((): Run[] => [{ from: span[0], to: span[1] }]);
      const [full, paid] = [invoiceOf(always, span, list, length), invoiceOf(fleet, span, list, length)];
      const found = savings(world.inputs, "office", servers, ...span, { unit, leastMinutes: 0 });
      expect(world.commands.length).toBeGreaterThan(ids.length * 15);
      expect(cents(found.saved_eur)).toBe(cents((full - paid) / 1e6));
      expect(found.bill_percent).toBe(Math.round(((full - paid) / full) * 1000) / 10);
      expect(found.hours.total).toBe(hours * ids.length);
    },
  );

  it.each(weeks)(
    "%s: the plan saves what the invoice of servers that stop at once lacks",
    (_name, from, hours) => {
      const span = [from, from + hours * hour] as const;
      const list = prices(from + 150 * hour + 37 * minute);
      const { ids, meter, world } = metered(nights, span, 3, null);
      // The fleet runs when it begins; the plan has it off until the evening.
      const fleet = ids.map((id) => meter.of(id).slice(1));
      const full = invoiceOf(
        ids.map(() => [{ from: span[0], to: span[1] }]),
        span,
        list,
        second,
      );
      const paid = invoiceOf(fleet, span, list, second);
      const servers = ids.map((id): PricedServer => ({
        server: seen(id, "on"),
        rates: list.map((price) => ({ from: price.from, eurPerHour: price.millionths / 1e6 })),
        storageEurPerHour: storageMillionths / 1e6,
        addressEurPerHour: addressMillionths / 1e6,
      }));
      const found = savings(world.inputs, "office", servers, span[0] + 8 * hour, span[1]);
      const morning = 8 * hour;
      const missed = (ids.length * morning * (list[0]?.millionths ?? 0)) / hour;
      expect(cents(found.saved_eur)).toBe(cents((full - paid - missed) / 1e6));
    },
  );
});
