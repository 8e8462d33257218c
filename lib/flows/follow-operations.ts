import { crowd, crowdGapSeconds, nextLookAt } from "../operation/look-times.ts";
import { dueAt } from "../operation/due-at.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { needOf } from "../operation/resume.ts";
import { secondsBetween } from "../operation/time.ts";
import { handleOf, proceed, serve, unseen } from "./advance-operation.ts";
import { OvertakenByAnother } from "./change-operation.ts";
import { takeFollowerLease, type FollowerLease } from "./follower-lease.ts";
import { inParallel } from "./in-parallel.ts";
import { publishEvents } from "./publish-events.ts";
import { providerOf, type Turn } from "./turn.ts";

/** How long one follower goes on, so that the next minute's tick takes over without a gap or a long overlap. */
const runMilliseconds = 55_000;
/** Left over for saving and publishing at the end of an invocation. */
const reserveMilliseconds = 15_000;
const roundMilliseconds = 1000;
const batch = 1000;
/** Operations that are worked on at the same time. */
const width = 40;

/** An operation in flight as this follower knows it, and when it was last looked at (ms since the epoch). */
interface InFlight {
  operation: Operation;
  lastLookAt: number | null;
}

/** What one follower has in its hands. It is only a cache: the due index and the rows are the truth. */
class FollowerRun {
  readonly inFlight = new Map<string, InFlight>();
  /** Events that this follower has published and that rows in flight still hold. */
  readonly published = new Set<string>();
  /** Operations that ended in this follower's hands. */
  readonly ended = new Set<string>();
  readonly turn: Turn;
  readonly endsAt: number;

  constructor(turn: Turn) {
    this.turn = turn;
    const { clock } = turn.ports;
    this.endsAt = clock.now() + Math.min(runMilliseconds, turn.timeLeft() - reserveMilliseconds);
  }

  /** Takes in what is due, or will be while this run lasts; a row that is due at another time was written since. */
  async takeIn(): Promise<void> {
    const { operations, clock } = this.turn.ports;
    const due = await operations.due(Math.max(this.endsAt, clock.now()), batch);
    const changed = due.filter(({ id, dueAtMilliseconds }) => {
      const held = this.inFlight.get(id);
      return held === undefined || dueAt(held.operation) !== dueAtMilliseconds;
    });
    if (changed.length === 0) return;
    const loaded = await operations.loadMany(changed.map(({ id }) => id));
    for (const operation of loaded) this.hold(operation, this.inFlight.get(operation.id)?.lastLookAt ?? null);
  }

  /** Keeps the operation in hand while somebody has to take care of it. */
  hold(operation: Operation, lastLookAt: number | null): void {
    if (dueAt(operation) === null) this.inFlight.delete(operation.id);
    else this.inFlight.set(operation.id, { operation: this.withoutPublished(operation), lastLookAt });
  }

  /** Keeps what this follower has just worked on. */
  moved(operation: Operation, lastLookAt: number | null): void {
    if (isDone(operation)) this.ended.add(operation.id);
    this.hold(operation, lastLookAt);
  }

  /** Somebody else wrote the row: the copy is worth nothing. */
  drop(id: string): void {
    this.inFlight.delete(id);
  }

  private withoutPublished(operation: Operation): Operation {
    if (isDone(operation)) return operation;
    return { ...operation, outbox: operation.outbox.filter(({ id }) => !this.published.has(id)) };
  }
}

const lookDue = ({ operation, lastLookAt }: InFlight, now: number): boolean => {
  if (lastLookAt === null) return true;
  const since = Date.parse(operation.call?.intended_at ?? operation.updated_at);
  return nextLookAt(since, Math.max(lastLookAt, since)) <= now;
};

const byConnection = (entries: readonly InFlight[]): Map<string, InFlight[]> =>
  Map.groupBy(entries, ({ operation }) => operation.connection);

/** Whom to look at now: a few each at their own time, a crowd all together. */
const chosen = (entries: readonly InFlight[], now: number): readonly InFlight[] => {
  if (entries.length < crowd) return entries.filter((entry) => lookDue(entry, now));
  const lastLookAt = Math.max(...entries.map((entry) => entry.lastLookAt ?? 0));
  return now - lastLookAt < crowdGapSeconds * 1000 ? [] : entries;
};

const forget = (run: FollowerRun, id: string, error: unknown): void => {
  if (!(error instanceof OvertakenByAnother)) throw error;
  run.drop(id);
};

const serveOne = async (run: FollowerRun, entry: InFlight): Promise<void> => {
  const { ports } = run.turn;
  const current = await ports.operations.load(entry.operation.id);
  if (current === null) return run.drop(entry.operation.id);
  try {
    run.moved(await serve(current, needOf(current, ports.clock.now()), run.turn), entry.lastLookAt);
  } catch (error) {
    forget(run, current.id, error);
  }
};

/** One batch of looks at one connection; each observation becomes a fact of its operation. */
const lookAtAll = async (run: FollowerRun, entries: readonly InFlight[]): Promise<void> => {
  const { ports } = run.turn;
  const now = ports.clock.now();
  const [first] = entries;
  const known = first === undefined ? null : providerOf(first.operation, ports);
  if (known === null) {
    await inParallel(entries, width, (entry) => serveOne(run, entry));
    return;
  }
  const handles = entries
    .map(({ operation }) => handleOf(operation, now))
    .filter((handle) => handle !== null);
  for (const entry of entries) entry.lastLookAt = now;
  try {
    const observations = await known.provider.look(handles);
    await inParallel([...entries.entries()], width, async ([index, { operation }]) => {
      const observation = observations[index] ?? null;
      if (observation === null) return;
      try {
        run.moved(await proceed(operation, { type: "seen", observation }, run.turn), now);
      } catch (error) {
        forget(run, operation.id, error);
      }
    });
  } catch (error) {
    await inParallel(entries, width, async ({ operation }) => {
      const fact = unseen(operation, error, run.turn);
      if (fact !== null) run.moved(await proceed(operation, fact, run.turn), now);
    });
  }
};

/**
 * Whether its events are this follower's to publish: whoever starts an operation leaves them to the follower, and
 * publishes only what ended in its own hands; that is left to it until it is due.
 */
const isOurs = (run: FollowerRun, { operation }: InFlight, now: number): boolean =>
  operation.outbox.length > 0 &&
  (operation.state === "following" || run.ended.has(operation.id) || (dueAt(operation) ?? now + 1) <= now);

const publishAll = async (run: FollowerRun): Promise<void> => {
  const now = run.turn.ports.clock.now();
  const ours = [...run.inFlight.values()].filter((entry) => isOurs(run, entry, now));
  if (ours.length === 0) return;
  const operations = ours.map(({ operation }) => operation);
  const published = new Map(
    (await publishEvents(operations, run.turn.ports)).map((operation) => [operation.id, operation]),
  );
  for (const { operation: before, lastLookAt } of ours) {
    const after = published.get(before.id);
    if (after === undefined) {
      run.drop(before.id);
      continue;
    }
    const left = new Set(after.outbox.map(({ id }) => id));
    for (const { id } of before.outbox) if (!left.has(id)) run.published.add(id);
    run.hold(after, lastLookAt);
  }
};

/** One round: what needs a look is looked at by connection, what needs something else gets it, ends are published. */
const round = async (run: FollowerRun): Promise<void> => {
  await run.takeIn();
  const now = run.turn.ports.clock.now();
  const entries = [...run.inFlight.values()].filter(({ operation }) => !isDone(operation));
  const needs = entries.map((entry) => ({ entry, need: needOf(entry.operation, now).do }));
  const looks = needs.filter(({ need }) => need === "look").map(({ entry }) => entry);
  const others = needs.filter(({ need }) => need !== "look" && need !== "wait" && need !== "nothing");
  await Promise.all([
    ...[...byConnection(looks).values()].map((group) => {
      const turn = chosen(group, now);
      return turn.length === 0 ? Promise.resolve() : lookAtAll(run, turn);
    }),
    inParallel(others, width, ({ entry }) => serveOne(run, entry)),
  ]);
  await publishAll(run);
};

const measure = (run: FollowerRun): void => {
  const { log, clock } = run.turn.ports;
  const open = [...run.inFlight.values()].filter(({ operation }) => !isDone(operation));
  const ages = open.map(({ operation }) => secondsBetween(operation.created_at, clock.now()));
  log.count("OldestOpenOperationSeconds", Math.max(0, ...ages));
};

const follow = async (run: FollowerRun, lease: FollowerLease): Promise<void> => {
  const { clock } = run.turn.ports;
  await run.takeIn();
  measure(run);
  while (run.inFlight.size > 0 && clock.now() < run.endsAt) {
    const began = clock.now();
    await round(run);
    if (!(await lease.keep())) return;
    await clock.sleep(Math.max(0, began + roundMilliseconds - clock.now()));
    await run.takeIn();
  }
};

/**
 * Follows all operations in flight to their ends, for as long as the invocation allows. With nothing in flight it
 * returns at once. Two followers at the same time do no harm.
 */
export const followOperations = async (turn: Turn): Promise<void> => {
  turn.ports.log.count("FollowerHeartbeat", 1);
  const run = new FollowerRun(turn);
  await run.takeIn();
  if (run.inFlight.size === 0) return measure(run);
  const lease = await takeFollowerLease(turn.ports);
  if (lease === null) return;
  try {
    await follow(run, lease);
  } finally {
    await lease.release();
  }
};
