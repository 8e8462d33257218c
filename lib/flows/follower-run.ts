import { dueAt } from "../operation/due-at.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { secondsBetween } from "../operation/time.ts";
import type { EndsOwed, FollowerLease } from "./follower-lease.ts";
import { publishEvents } from "./publish-events.ts";
import type { Turn } from "./turn.ts";

/** How long one follower goes on, so that the next minute's tick takes over without a gap: it waits for this one's lease. */
const runMilliseconds = 62_000;
/** Left over for saving and publishing at the end of an invocation. */
const reserveMilliseconds = 25_000;
/** Rows that one query of the due index gives. */
const batch = 5000;
/** Operations whose events are published together. */
const publishedAtOnce = 200;

/** An operation in flight as this follower knows it, and when it was last looked at (ms since the epoch). */
export interface InFlight {
  readonly operation: Operation;
  lastLookAt: number | null;
}

/** The operation that an event id belongs to: `evt_{operation id}_{number}`. */
const operationOf = (eventId: string): string => eventId.slice("evt_".length, eventId.lastIndexOf("_"));

/** What one follower has in its hands. It is only a cache: the due index, the lease and the rows are the truth. */
export class FollowerRun {
  readonly turn: Turn;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  readonly #inFlight = new Map<string, InFlight>();
  /** Ended in this follower's hands, or owed by one before it, and not yet published. */
  readonly #ended = new Map<string, Operation>();
  /** Events that this follower has published and that rows in flight still hold. */
  readonly #published = new Set<string>();
  /** Events that this follower has appended to the feed. */
  readonly #appended = new Set<string>();
  /** Milliseconds since the epoch: not before that is anything published. */
  publishFrom = 0;
  /** Operations that are left alone until an instant. */
  readonly #resting = new Map<string, number>();

  readonly #over: (ended: Operation) => void;

  /** @param over told of each operation that has ended and whose events are out */
  constructor(turn: Turn, over: (ended: Operation) => void = () => {}) {
    this.turn = turn;
    this.#over = over;
    const { clock } = turn.ports;
    this.endsAt = clock.now() + Math.min(runMilliseconds, turn.timeLeft() - reserveMilliseconds);
  }

  /** Whether operations have ended whose events are still to be published. */
  get hasEnds(): boolean {
    return this.#ended.size > 0;
  }

  get isIdle(): boolean {
    return this.#inFlight.size === 0 && this.#ended.size === 0;
  }

  /** Open operations that may be worked on at `now`. */
  ready(now: number): readonly InFlight[] {
    return this.#open().filter(({ operation }) => (this.#resting.get(operation.id) ?? 0) <= now);
  }

  /** Whether it is in hand: open, or with an end that is still to be published. */
  has(id: string): boolean {
    return this.#inFlight.has(id) || this.#ended.has(id);
  }

  /** Whether this is the operation as it is in hand now: somebody may have moved it on since. */
  isCurrent({ id, version }: Operation): boolean {
    return this.#inFlight.get(id)?.operation.version === version;
  }

  /** Leaves an operation alone for a while. */
  rest(id: string, seconds: number): void {
    this.#resting.set(id, this.turn.ports.clock.now() + seconds * 1000);
  }

  /** Events that are out and that rows in flight still hold: for the next follower. */
  get said(): readonly string[] {
    const held = new Set(this.#inFlight.keys());
    return [...this.#published].filter((id) => held.has(operationOf(id)));
  }

  /** Takes over what the follower before has said. */
  takeOver(said: readonly string[]): void {
    for (const id of said) this.#published.add(id);
    for (const { operation, lastLookAt } of this.#inFlight.values()) this.#hold(operation, lastLookAt);
  }

  /** Takes in what is due, or will be while this run lasts; a row that is due at another time was written since. */
  async takeIn(): Promise<void> {
    const { operations, clock } = this.turn.ports;
    const due = await operations.due(Math.max(this.endsAt, clock.now()), batch);
    const changed = due.filter(({ id, dueAtMilliseconds }) => {
      const held = this.#inFlight.get(id)?.operation ?? this.#ended.get(id);
      return held === undefined || dueAt(held) !== dueAtMilliseconds;
    });
    if (changed.length === 0) return;
    const loaded = await operations.loadMany(changed.map(({ id }) => id));
    for (const operation of loaded) {
      const held = this.#inFlight.get(operation.id);
      // Work that ended while the row was read has a newer copy.
      const heldVersion = (held?.operation ?? this.#ended.get(operation.id))?.version ?? 0;
      if (heldVersion < operation.version) this.#hold(operation, held?.lastLookAt ?? null);
    }
  }

  /** Takes in what the lease says is owed: ends are published, what is still open is somebody's to end. */
  async takeInOwed(lease: FollowerLease): Promise<void> {
    const missing = lease.owed.filter((id) => !this.#ended.has(id) && !this.#inFlight.has(id));
    if (missing.length === 0) return;
    const { operations } = this.turn.ports;
    const loaded = await operations.loadMany(missing);
    for (const operation of loaded) if (isDone(operation)) this.#ended.set(operation.id, operation);
    const found = new Set(loaded.map(({ id }) => id));
    for (const id of missing.filter((owed) => !found.has(owed))) await this.#settleIfGone(id, lease);
  }

  /** A row that can't be read (by this version) stays owed: only one that does not exist has nothing to say. */
  async #settleIfGone(id: string, lease: FollowerLease): Promise<void> {
    const { operations, log } = this.turn.ports;
    try {
      if ((await operations.load(id)) === null) lease.settle([id]);
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown fault";
      log.error("an owed end can't be read; it stays owed", { operation_id: id, error: why });
    }
  }

  /** Keeps what this follower has just worked on. */
  moved(operation: Operation, lastLookAt: number | null): void {
    if (!isDone(operation)) return this.#hold(operation, lastLookAt);
    this.#inFlight.delete(operation.id);
    this.#ended.set(operation.id, operation);
  }

  /** Somebody else wrote the row: the copy is worth nothing. */
  drop(id: string): void {
    this.#inFlight.delete(id);
  }

  /**
   * Publishes what is this follower's to publish: the ends in its hands, ends that nobody has published in time, and
   * what operations have said so far that are past their start (whoever starts them leaves that to the follower).
   * @returns whether the bus has taken everything
   */
  async publish(lease: EndsOwed): Promise<boolean> {
    const now = this.turn.ports.clock.now();
    const saying = [...this.#inFlight.values()]
      .map(({ operation }) => operation)
      .filter(({ outbox }) => outbox.length > 0)
      .filter((operation) => operation.state === "following" || (dueAt(operation) ?? now + 1) <= now);
    const ours = [...this.#ended.values(), ...saying].map(({ id }) => id);
    let isAllOut = true;
    for (let first = 0; first < ours.length; first += publishedAtOnce) {
      const isOut = await this.#publishThese(ours.slice(first, first + publishedAtOnce), lease);
      isAllOut &&= isOut;
    }
    return isAllOut;
  }

  async #publishThese(ids: readonly string[], lease: EndsOwed): Promise<boolean> {
    // As they stand now: while others were published they may have been moved on.
    const ours = ids
      .flatMap((id) => this.#ended.get(id) ?? this.#inFlight.get(id)?.operation ?? [])
      .filter(({ outbox }) => outbox.length > 0);
    const published = await publishEvents(ours, this.turn.ports, this.#appended, this.#published);
    const after = new Map(published.map((operation) => [operation.id, operation]));
    for (const operation of ours) this.#afterPublishing(operation, after.get(operation.id) ?? null);
    for (const id of ids) {
      const ended = this.#ended.get(id);
      if (ended === undefined || ended.outbox.length > 0) continue;
      this.#ended.delete(id);
      lease.settle([id]);
      this.#over(ended);
    }
    return published.every(({ outbox }) => outbox.length === 0);
  }

  /** Age of the oldest open operation in seconds, 0 when there is none. */
  oldestSeconds(): number {
    const now = this.turn.ports.clock.now();
    return Math.max(0, ...this.#open().map(({ operation }) => secondsBetween(operation.created_at, now)));
  }

  #open(): InFlight[] {
    return [...this.#inFlight.values()].filter(({ operation }) => !isDone(operation));
  }

  /** While this follower published what an operation had said so far, its end may have been saved with all of it. */
  #withoutSaid(operation: Operation): Operation {
    return { ...operation, outbox: operation.outbox.filter(({ id }) => !this.#published.has(id)) };
  }

  #hold(operation: Operation, lastLookAt: number | null): void {
    if (dueAt(operation) === null) this.#inFlight.delete(operation.id);
    else this.#inFlight.set(operation.id, { operation: this.#withoutSaid(operation), lastLookAt });
  }

  #afterPublishing(before: Operation, after: Operation | null): void {
    // While it was being marked, this follower may have moved it on: to another end, even.
    const held = this.#ended.get(before.id) ?? this.#inFlight.get(before.id)?.operation;
    const isNewer = held !== undefined && held.version > (after ?? before).version;
    if (after === null) {
      if (isNewer) return;
      this.drop(before.id);
      this.#ended.delete(before.id);
      return;
    }
    const left = new Set(after.outbox.map(({ id }) => id));
    for (const { id } of before.outbox) if (!left.has(id)) this.#published.add(id);
    if (isNewer) return;
    if (isDone(after)) {
      this.#inFlight.delete(after.id);
      this.#ended.set(after.id, after);
    } else if (this.isCurrent(after)) {
      this.#hold(after, this.#inFlight.get(after.id)?.lastLookAt ?? null);
    }
  }
}
