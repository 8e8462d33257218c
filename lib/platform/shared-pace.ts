import type { Standing } from "../ports/budget.ts";
import type { Cell, Cells } from "../ports/cells.ts";
import type { Clock } from "../ports/clock.ts";
import type { Randomness } from "../ports/randomness.ts";
import { allowedRate } from "./allowance.ts";
import { freshPace, isUrgent, paceAsJson, paceOf, renewed, withNews, type News, type Pace } from "./pace.ts";

export interface PacerPorts {
  readonly cells: Cells;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** Longest pause in milliseconds between two tries to write the cell. */
const longestPause = 1000;
/** The most (ms) by which two clocks are believed to differ: one that is hours ahead must not take all others along. */
const longestLead = 4000;
/** A hold that grows by less (ms) is told with what is written next. */
const notableHold = 250;

/**
 * The pace of one connection as one process knows it: what stands in the cell, and what was learned since. Its clock is
 * the one that is ahead of all that have written the cell, so that a slot is the same instant to everybody.
 */
export class SharedPace {
  readonly #ports: PacerPorts;
  readonly #key: string;
  #seen: Pace = freshPace;
  #version = 0;
  #pace: Pace = freshPace;
  /** Learned and not written yet, the instants on the own clock. */
  #news: News[] = [];
  #lead = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #ceiling: number | null = null;
  #isUntold = false;
  #telling: Promise<void> | null = null;

  constructor(ports: PacerPorts, key: string) {
    this.#ports = ports;
    this.#key = key;
  }

  /** The pace as of the last read or write, with everything that this process has learned. */
  get pace(): Pace {
    return this.#pace;
  }

  /** When the cell was read last, on the shared clock. */
  get readAt(): number {
    return this.#readAt;
  }

  get ceiling(): number {
    return this.#ceiling ?? 1;
  }

  set ceiling(ratePerSecond: number) {
    this.#ceiling = ratePerSecond;
  }

  /** The present instant on the shared clock. */
  now(): number {
    return this.#ports.clock.now() + this.#lead;
  }

  /** An instant of the shared clock on the own one. */
  own(instant: number): number {
    return instant - this.#lead;
  }

  /** Until when the circuit of a zone is open, on the own clock; null: it is not, as far as this process knows. */
  closedUntil(zone: string): number | null {
    const until = this.#pace.circuits[zone]?.open_until ?? 0;
    return until > this.now() ? this.own(until) : null;
  }

  /** Reads how it stands. Instants on the own clock. */
  async standing(ceiling: number): Promise<Standing> {
    await this.read();
    const { hold_until: holdUntil, circuits } = this.#pace;
    const now = this.now();
    return {
      allowedPerSecond: allowedRate(this.#pace, ceiling, now),
      heldUntil: holdUntil > now ? this.own(holdUntil) : null,
      circuits: Object.keys(circuits).flatMap((zone) => {
        const openUntil = this.closedUntil(zone);
        return openUntil === null ? [] : [{ zone, openUntil }];
      }),
    };
  }

  async read(): Promise<void> {
    const at = this.#ports.clock.now();
    await this.#load();
    this.#readAt = at + this.#lead;
  }

  /**
   * Reads the pace and writes what `change` makes of it, with the news. Null: nothing is to be written.
   * @returns whether it was written
   */
  async write(change: (pace: Pace, now: number) => Pace | null): Promise<boolean> {
    const { cells, clock, randomness } = this.#ports;
    for (let attempt = 1; ; attempt += 1) {
      const at = clock.now();
      const cell = await this.#load();
      this.#readAt = at + this.#lead;
      const told = this.#news.length;
      const now = this.now();
      const changed = change(this.#pace, now);
      if (changed === null) return false;
      const next = { ...changed, at: Math.max(changed.at, now) };
      if (await cells.save(this.#key, paceAsJson(next), cell?.version ?? 0)) {
        this.#news.splice(0, told);
        this.#readAt = now;
        this.#version = (cell?.version ?? 0) + 1;
        this.#see(next);
        return true;
      }
      await clock.sleep(randomness.fraction() * Math.min(longestPause, 10 * 2 ** attempt));
    }
  }

  /** Takes something in that was learned; what concerns the others at once is told to them. Instants on the own clock. */
  learn(news: News): void {
    const before = this.#pace;
    const after = withNews(before, this.#onSharedClock(news));
    if (after === before) return;
    this.#news.push(news);
    this.#pace = after;
    if (isUrgent(before, after) || after.hold_until - before.hold_until >= notableHold) this.#tell();
  }

  /** Resolves when what was learned is known to the others, or could not be told to them. */
  async settled(): Promise<void> {
    if (this.#news.some((news) => news.is === "hold" || (news.is === "outcome" && isTrouble(news))))
      this.#tell();
    await this.#telling;
  }

  #onSharedClock(news: News): News {
    const lead = this.#lead;
    if (news.is === "hold") return { ...news, until: news.until + lead };
    const { outcome } = news;
    const left = outcome.left && { ...outcome.left, until: outcome.left.until + lead };
    return {
      ...news,
      at: news.at + lead,
      outcome: { ...outcome, sentAt: outcome.sentAt + lead, ...(left === undefined ? {} : { left }) },
    };
  }

  async #load(): Promise<Cell | null> {
    const cell = await this.#ports.cells.load(this.#key);
    const version = cell?.version ?? 0;
    // Mostly nobody has written meanwhile, and it is read often.
    if (version === this.#version) return cell;
    this.#version = version;
    const seen = paceOf(cell?.value);
    const lead = Math.min(longestLead, seen.at - this.#ports.clock.now());
    if (lead > this.#lead) this.#lead = lead;
    this.#see(seen);
    return cell;
  }

  #see(seen: Pace): void {
    this.#seen = seen;
    this.#pace = this.#news.reduce((pace, news) => withNews(pace, this.#onSharedClock(news)), this.#seen);
  }

  #tell(): void {
    this.#isUntold = true;
    this.#telling ??= this.#share();
  }

  async #share(): Promise<void> {
    try {
      while (this.#isUntold) {
        this.#isUntold = false;
        await this.write((pace, now) =>
          this.#news.length === 0 ? null : this.#ceiling === null ? pace : renewed(pace, this.#ceiling, now),
        );
      }
    } catch {
      // Not lost: this process keeps to it, and writes it with its next slots.
    } finally {
      this.#telling = null;
    }
  }
}

const isTrouble = ({ outcome }: Extract<News, { is: "outcome" }>): boolean => outcome.answer !== "clear";
