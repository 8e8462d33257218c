import { CellBudget } from "../lib/platform/cell-budget.ts";
import { apply } from "../lib/schedule/apply.ts";
import { learnedStart } from "../lib/schedule/learned-start.ts";
import { alone, type Around, type Command, type SeenServer } from "../lib/schedule/seen-server.ts";
import { freshScheduleState, type ServerState } from "../lib/schedule/state.ts";
import { mulberry32 } from "../simulators/randomness.ts";
import { tokenBucket } from "../simulators/rate-limit.ts";
import { drawDuration, instanceDurations } from "../simulators/timings.ts";
import { MemoryCells } from "../test/memory/memory-cells.ts";
import { SeededRandomness } from "../test/memory/seeded-randomness.ts";
import { inputs, schedule } from "../test/schedule/fixtures.ts";
import { exactStart, VirtualTime } from "./bulk-exact/virtual-time.ts";
import type { Figure, FiguresRow } from "./report.ts";
import { median, quantile } from "./statistics.ts";

/** What is played: so many servers, switched on each morning at a provider that takes so many calls. */
export interface ReadySetting {
  readonly servers: number;
  readonly mornings: number;
  readonly seed: number;
  readonly readyBy: boolean;
  /** Our ceiling, and what the provider takes. */
  readonly ratePerSecond: number;
  readonly providerPerSecond: number;
}

/** How the mornings went. Seconds. */
export interface ReadyRun {
  /** By morning and server: when it ran, after the time by which it was wanted; below zero: before. */
  readonly lateness: readonly (readonly number[])[];
  readonly calls: number;
  /** Calls that the provider would have refused. */
  readonly limited: number;
  /** Most calls in one second. */
  readonly busiest: number;
}

const minute = 60_000;
const day = 1440 * minute;
/** A tick comes so long after its minute began. */
const tickDelay = 20_000;
/** 10:00 in Paris on the Monday on which the clock begins, and on the days after it. */
const edge = Date.parse("2026-11-02T09:00:00Z");
const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A fleet that the real decision switches and the real budget paces, in virtual time. */
class Mornings {
  readonly time = new VirtualTime();
  readonly calls: number[] = [];
  readonly lateness: number[][] = [];
  readonly #setting: ReadySetting;
  readonly #budget: CellBudget;
  readonly #draw: () => number;
  readonly #inputs;
  readonly #servers = new Map<string, SeenServer>();
  readonly #around = new Map<string, Around>();
  readonly #states = new Map<string, ServerState>();
  #state = { ...freshScheduleState, applied_until: new Date(exactStart).toISOString() };
  #learned: number | null = null;
  #ended: number[] = [];

  constructor(setting: ReadySetting) {
    this.#setting = setting;
    const randomness = new SeededRandomness(setting.seed);
    this.#budget = new CellBudget({ cells: new MemoryCells(), clock: this.time, randomness });
    this.#draw = mulberry32(setting.seed);
    const periods = [{ days: everyDay, from: "10:00", to: "18:00" }];
    this.#inputs = inputs(schedule({ periods, ...(setting.readyBy ? { ready_by: true } : {}) }));
    for (let index = 0; index < setting.servers; index += 1) {
      const id = `srv-${index}`;
      this.#servers.set(id, { id, name: id, tags: ["env=dev"], phase: "off" });
    }
  }

  async run(): Promise<void> {
    const end = edge + this.#setting.mornings * day - 12 * 60 * minute;
    for (let at = exactStart + tickDelay; at < end; at += minute)
      this.time.after(at - exactStart, () => this.#tick());
    await this.time.until(() => this.time.now() >= end - minute);
  }

  #tick(): void {
    this.#learned = learnedStart(this.#learned, this.#ended);
    this.#ended = [];
    const startSeconds = this.#learned;
    const all = [...this.#servers.values()];
    const seen = startSeconds === null ? all : all.map((server) => Object.assign({ startSeconds }, server));
    const now = this.time.now();
    const applied = apply(this.#inputs, "office", this.#state, seen, this.#states, this.#around, now);
    if (applied === null) throw new Error("The schedule is gone.");
    const { applied_until: until } = applied.next;
    this.#state = { ...applied.next, applied_until: until ?? this.#state.applied_until };
    for (const [id, state] of applied.nextServers) this.#states.set(id, state);
    for (const command of applied.commands) void this.#carryOut(command, now);
  }

  /** A call when the budget lets it out, and the server runs as long after it as recorded starts took. */
  async #carryOut({ server: id, action, at }: Command, asked: number): Promise<void> {
    const openOperation = action === "start" ? "server.start" : "server.stop";
    this.#around.set(id, { ...alone, openOperation });
    await this.#budget.take("paris", this.#setting.ratePerSecond, 10 * minute, "write");
    this.calls.push(this.time.now());
    await this.time.sleep(
      drawDuration(this.#draw, instanceDurations[action === "start" ? "poweron" : "poweroff"]),
    );
    const server = this.#servers.get(id);
    if (server !== undefined) this.#servers.set(id, { ...server, phase: action === "start" ? "on" : "off" });
    this.#around.delete(id);
    if (action === "stop") return;
    const now = this.time.now();
    this.#ended.push((now - asked) / 1000);
    const morning = Math.round((at - edge) / day);
    (this.lateness[morning] ??= []).push((now - at) / 1000);
  }
}

const busiestOf = (calls: readonly number[]): number => {
  let [most, first] = [0, 0];
  for (const [index, at] of calls.entries()) {
    while ((calls[first] ?? at) <= at - 1000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
};

/** Plays the mornings. The first begins with nothing learned. */
export const playMornings = async (setting: ReadySetting): Promise<ReadyRun> => {
  const mornings = new Mornings(setting);
  await mornings.run();
  const isWithin = tokenBucket({ perSecond: setting.providerPerSecond });
  const calls = mornings.calls.toSorted((one, other) => one - other);
  const limited = calls.filter((at) => !isWithin(at)).length;
  return { lateness: mornings.lateness, calls: calls.length, limited, busiest: busiestOf(calls) };
};

const figuresOf = (ours: ReadyRun, rival: ReadyRun): readonly Figure[] => {
  const compared = (name: string, unit: string, of: (run: ReadyRun) => number | null): Figure => {
    return { name, unit, ours: of(ours), rival: of(rival), ratio: null };
  };
  const all = ({ lateness }: ReadyRun): number[] => lateness.flat();
  return [
    compared("starts", "servers", (run) => all(run).length),
    compared("late", "servers", (run) => all(run).filter((late) => late > 0).length),
    compared("lateness, the latest", "s", (run) => Math.max(0, ...all(run))),
    compared("lateness, 95 of 100", "s", (run) =>
      quantile(
        all(run).map((late) => Math.max(0, late)),
        0.95,
      ),
    ),
    compared("lateness, median", "s", (run) => median(all(run).map((late) => Math.max(0, late)))),
    compared("runs before it is wanted, median", "s", (run) =>
      median(all(run).map((late) => Math.max(0, -late))),
    ),
    compared("calls in the busiest second", "calls", ({ busiest }) => busiest),
    compared("calls beyond the provider's rate", "calls", ({ limited }) => limited),
  ];
};

/** The row: with `ready_by`, and the same schedule without it. */
export const rowReady = async (
  mornings: number,
  seed: number,
  rates: Pick<ReadySetting, "ratePerSecond" | "providerPerSecond">,
): Promise<FiguresRow> => {
  const setting = { servers: 1000, mornings, seed, ...rates };
  const ours = await playMornings({ ...setting, readyBy: true });
  const rival = await playMornings({ ...setting, readyBy: false });
  return {
    title: `Row ready. ${setting.servers} servers that are to run at 10:00, in virtual time`,
    rival: "the same schedule without ready_by",
    figures: figuresOf(ours, rival),
    rounds: mornings,
  };
};
