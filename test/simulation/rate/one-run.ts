import type { Standing } from "../../../lib/ports/budget.ts";
import { Chance } from "../chance.ts";
import { SimulatedTable } from "../simulated-table.ts";
import { TableUnavailable } from "../table-faults.ts";
import { check, type Finding } from "./checks.ts";
import { orderOf, type Order } from "./order.ts";
import { Process } from "./process.ts";
import { RateProvider, type Sent, zones } from "./provider.ts";
import { rateStart, Time } from "./time.ts";

/** How long a single call waited for its place (ms), from when on. */
export interface Waited {
  readonly by: string;
  readonly from: number;
  readonly for: number;
}

/** Everything that the checks look at. */
export interface RateRecord {
  readonly order: Order;
  readonly sent: readonly Sent[];
  readonly processes: readonly Process[];
  /** Processes with more work than they may do. */
  readonly busy: readonly Process[];
  readonly waits: readonly Waited[];
  /** What went wrong in a way that nothing may. */
  readonly faults: readonly string[];
  /** How it stood at the end. */
  readonly standing: Standing;
  readonly events: number;
}

export interface RateResult {
  readonly order: Order;
  readonly findings: readonly Finding[];
  readonly calls: number;
  readonly events: number;
  readonly figures: { readonly utilisation: number | null; readonly writesPerCall: number | null };
}

/** Patience of those who have work without end, and pause when there is no place (ms). */
const busyPatience = 120_000;
const pause = 1000;

class Run {
  readonly order: Order;
  readonly time = new Time();
  readonly chance: Chance;
  readonly provider: RateProvider;
  readonly processes: Process[] = [];
  readonly waits: Waited[] = [];
  readonly faults: string[] = [];
  /** Whether those with work without end have work. */
  isBusy = true;

  constructor(order: Order) {
    this.order = order;
    this.chance = new Chance(order.seed);
    this.provider = new RateProvider(this.time, order, this.chance.split("provider"));
  }

  get elapsed(): number {
    return this.time.now - rateStart;
  }

  /** One call: a place, the call, and what is learned of it. @returns whether it was done */
  async call(process: Process, zone: string, patience: number, urgency: "look" | "write"): Promise<boolean> {
    const { budget } = process;
    const { ceiling, answerLatency } = this.order;
    const from = this.time.now;
    let mayGo: boolean;
    try {
      mayGo = await budget.take("paris", ceiling, patience, urgency, zone);
    } catch (error) {
      // The table may be away: then nothing is sent, and it is asked for again.
      if (!(error instanceof TableUnavailable)) this.faults.push(`a place failed: ${String(error)}`);
      mayGo = false;
    }
    if (!mayGo) {
      await process.sleep(pause * (0.5 + process.chance.fraction()));
      return false;
    }
    if (urgency === "look") this.waits.push({ by: process.name, from, for: this.time.now - from });
    const sentAt = process.now();
    const reply = this.provider.call(process.name, zone);
    await process.sleep(5 + process.chance.fraction() * answerLatency);
    budget.noted("paris", ceiling, { zone, sentAt, answer: reply.answer });
    if (reply.retryAfter !== null) budget.holdUntil("paris", process.now() + reply.retryAfter * 1000);
    if (reply.answer === "limited") budget.holdUntil("paris", process.now() + 1000);
    return reply.isDone;
  }

  async work(process: Process): Promise<void> {
    const { theme } = this.order;
    const zone = theme === "outage" && process.chance.happens(0.5) ? zones[0] : zones[1];
    while (this.elapsed < this.order.lasts) {
      if (this.isBusy) await this.call(process, zone, busyPatience, "write");
      else {
        // Little is wanted: one call in a while, to see that the trouble is over.
        await process.sleep(20_000 + process.chance.fraction() * 20_000);
        await this.call(process, zone, busyPatience, "write");
      }
    }
  }

  async callNowAndThen(process: Process): Promise<void> {
    const gap = Math.max(3000, 20_000 / this.order.ceiling) * (this.order.theme === "storm" ? 10 : 1);
    while (this.elapsed < this.order.lasts) {
      await process.sleep(gap * (0.5 + process.chance.fraction()));
      await this.call(process, zones[1], busyPatience, "look");
    }
  }
}

/** How many calls a process must wait for at once, for there to be work all the time. */
const widthOf = ({ ceiling, busy, answerLatency }: Order): number =>
  Math.ceil(((ceiling / busy) * (answerLatency + 5) * 1.5) / 1000) + 3;

const begin = (run: Run, table: SimulatedTable): { busy: Process[]; lone: Process[] } => {
  const open = (name: string): Process => {
    const process = new Process(name, run.time, run.order, table, run.chance.split(name));
    run.processes.push(process);
    return process;
  };
  const busy = Array.from({ length: run.order.busy }, (_, index) => open(`busy-${index + 1}`));
  const lone = Array.from({ length: run.order.lone }, (_, index) => open(`lone-${index + 1}`));
  const width = widthOf(run.order);
  for (const process of busy)
    run.time.after(process.chance.between(0, 300), () => {
      for (let index = 0; index < width; index += 1) void run.work(process);
    });
  for (const process of lone) void run.callNowAndThen(process);
  for (const [index, at] of run.order.deaths.entries())
    run.time.after(at, () => {
      const dying = busy[index];
      if (dying !== undefined) dying.isDead = true;
    });
  return { busy, lone };
};

const play = async (order: Order): Promise<RateRecord> => {
  const run = new Run(order);
  const table = new SimulatedTable(() => run.time.now);
  const { busy } = begin(run, table);
  if (order.theme === "storm") {
    const quietAt = rateStart + order.troubleUntil;
    await run.time.until(quietAt);
    run.isBusy = false;
    await run.time.until(rateStart + order.lasts - 60_000);
    run.isBusy = true;
  }
  await run.time.until(rateStart + order.lasts);
  const reader = new Process(
    "reader",
    run.time,
    { ...order, throttled: 0 },
    table,
    run.chance.split("reader"),
  );
  const asked = reader.budget.standing("paris", order.ceiling);
  await run.time.until(rateStart + order.lasts + 1000);
  const standing = await asked;
  const { processes, waits, faults } = run;
  const { events } = run.time;
  return { order, sent: run.provider.sent, processes, busy, waits, faults, standing, events };
};

/** One seed, from its beginning to its verdict. */
export const runOnce = async (seed: number): Promise<RateResult> => {
  const order = orderOf(seed);
  const record = await play(order);
  const { findings, figures } = check(record);
  return { order, findings, figures, calls: record.sent.length, events: record.events };
};
