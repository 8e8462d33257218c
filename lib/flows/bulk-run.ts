import type { BulkJob } from "../bulk/job.ts";
import type { Mark } from "../bulk/mark.ts";
import { noTurns, pick, type Turns } from "../bulk/pick.ts";
import type { Operation } from "../operation/operation.ts";
import type { Connection } from "../connection.ts";
import { secondsBetween } from "../operation/time.ts";
import { Errands } from "./errands.ts";
import { HeldJob } from "./held-job.ts";
import { LedOperations } from "./led-operations.ts";
import { closeJob, listOpen, loadJob, type OpenJob } from "./bulk-store.ts";
import type { RunLease } from "./run-lease.ts";
import type { Turn } from "./turn.ts";

/** An item whose start is saved and whose operation this runner has begun, or is about to. */
export interface RunningItem {
  readonly item: number;
  readonly attempt: number;
  readonly key: string;
  readonly name: string;
  readonly operationId: string;
  /** What it costs, where not all cost the same. */
  readonly eurPerHour?: number;
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  /** That of its operation (ms since the epoch): the same for all that were chosen together. */
  readonly createdAt: number;
  /** Whether its operation is named in the store already: only then may it be put. */
  isEnrolled: boolean;
  /** When its row is looked at next; null while it is being sent. */
  lookAt: number | null;
  /** Whether its first step is a call, which needs a place in the budget; null: not found out yet. */
  sendsAtOnce: boolean | null;
  /** Not before this instant: something has gone wrong with it. */
  restsUntil: number;
}

/** A job and what the runner does with it at present. */
export interface Run {
  readonly held: HeldJob;
  /** By item. */
  readonly running: Map<number, RunningItem>;
  /** Items whose start is saved and that are still to be sent, in their order. */
  readonly toSend: number[];
  /** Items that may start: they are counted against the limits already. */
  readonly admitted: Set<number>;
  /** Not before this instant is an item of it begun (ms since the epoch). */
  restsUntil: number;
  /** When its reservation was last extended. */
  extendedAt: number;
  /** Whether the items that were running when it was taken over have been looked for. */
  isRecovered: boolean;
  /** Items whose server could not be removed when the job was rolled back, and why. */
  readonly kept: Map<number, string>;
  /** Items that went well although the job was cancelled with what ran: their servers are being removed. */
  readonly aborting: Set<number>;
  /** Changes of the job as a whole that go with the next save. */
  wants: ((job: BulkJob, now: number) => BulkJob)[];
}

/** How long one runner goes on, if it may: each time that one takes over from another, nothing is begun for seconds. */
const runMilliseconds = 840_000;
/** Left over for calls that are under way. */
const reserveMilliseconds = 25_000;
const leastMilliseconds = 15_000;

/** What was asked of the jobs is known if it was looked at so lately. */
const freshMilliseconds = 5000;

/** A job whose note stands for so long without it was never made. */
const madeWithinSeconds = 600;

/** One invocation of the runner of bulk jobs. */
export class BulkRun {
  readonly turn: Turn;
  readonly lease: RunLease;
  readonly errands = new Errands();
  readonly runs = new Map<string, Run>();
  /** Operations that ended while they were begun: their events are the runner's to publish. */
  readonly ended: Operation[] = [];
  /** The operations of items, followed by this runner; and those of them that have ended and said so. */
  readonly led: LedOperations;
  readonly over: Operation[] = [];
  /** Connections whose budget had no place of late: something may be wrong with the provider. */
  readonly refused = new Set<string>();
  /** What failed in a way that we don't know. */
  readonly failures: unknown[] = [];
  /** Milliseconds since the epoch: nothing is begun from then on. */
  readonly endsAt: number;
  /** When items are chosen in this round (ms since the epoch). */
  chosenAt = 0;
  #seenAt = 0;
  #turns: Turns = noTurns;

  constructor(turn: Turn, lease: RunLease) {
    this.turn = turn;
    this.lease = lease;
    this.led = new LedOperations(turn, lease.said, (ended) => this.over.push(ended));
    this.endsAt = turn.ports.clock.now() + Math.min(runMilliseconds, turn.timeLeft() - reserveMilliseconds);
  }

  get isOver(): boolean {
    // Whoever stops everything says so by the time that is left.
    return this.turn.ports.clock.now() >= this.endsAt || this.turn.timeLeft() < leastMilliseconds;
  }

  /**
   * Whether what others have asked of the jobs was looked at a moment ago. Whoever stood still, or has no lease any more,
   * knows nothing of a pause or a cancel, and sends nothing.
   */
  get isUpToDate(): boolean {
    return this.turn.ports.clock.now() - this.#seenAt < freshMilliseconds;
  }

  /** Takes in jobs that are new, and those that somebody has changed. */
  async takeIn(): Promise<void> {
    const { ports } = this.turn;
    const askedAt = ports.clock.now();
    for (const open of await listOpen(ports)) {
      const run = this.runs.get(open.id);
      if (run?.held.noteVersion === open.version) continue;
      if (run !== undefined) {
        run.held.noteVersion = open.version;
        if (!(await run.held.reload())) this.runs.delete(open.id);
        continue;
      }
      await this.#takeUp(open);
    }
    this.#seenAt = askedAt;
  }

  async #takeUp(open: OpenJob): Promise<void> {
    const { ports } = this.turn;
    const stored = await loadJob(open.id, ports);
    if (stored === null) {
      // Whoever was making it is not there yet, or has died before it was made.
      const isLeft = secondsBetween(open.created_at, ports.clock.now()) > madeWithinSeconds;
      if (isLeft) await closeJob(open, ports);
      return;
    }
    this.runs.set(open.id, {
      held: new HeldJob(stored, open.version, ports),
      running: new Map(),
      toSend: [],
      admitted: new Set(),
      restsUntil: 0,
      extendedAt: 0,
      isRecovered: false,
      kept: new Map(),
      aborting: new Set(),
      wants: [],
    });
  }

  /** Lets go of a job that is over and has told everything. */
  async close(run: Run): Promise<void> {
    const { id } = run.held.job;
    const isClosed = await closeJob({ id, version: run.held.noteVersion }, this.turn.ports);
    if (isClosed) this.runs.delete(id);
  }

  /** The job of a connection whose turn it is among those that may begin something; null when there is none. */
  next(connection: Connection): Run | null {
    const now = this.turn.ports.clock.now();
    const runnable = [...this.runs.values()].filter(
      (run) =>
        run.held.job.connection === connection.name &&
        run.held.job.state === "running" &&
        run.restsUntil <= now &&
        run.isRecovered &&
        run.held.board.letters.count("p") > 0,
    );
    const picked = pick(
      runnable.map(({ held }) => ({
        id: held.job.id,
        priority: held.job.options.priority,
        pending: held.board.letters.count("p"),
        running: held.board.letters.count("r"),
        maxParallel: held.job.options.max_parallel ?? null,
        createdAt: held.job.created_at,
      })),
      this.#turns,
      now,
    );
    if (picked === null) return null;
    this.#turns = picked.turns;
    return this.runs.get(picked.job) ?? null;
  }

  /** Marks what was learnt of items, and forgets those that run no longer. */
  learn(run: Run, marks: readonly Mark[]): void {
    for (const { type, item } of marks)
      if (type !== "started" && type !== "crashed" && type !== "blocked" && type !== "freed")
        run.running.delete(item);
    run.held.mark(marks);
  }
}
