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
  /** Read from the table since it became due; an older copy is read again before it is acted on. */
  fresh: boolean;
}

/** What one follower has in its hands. It is only a cache: the due index and the rows are the truth. */
class FollowerRun {
  readonly inFlight = new Map<string, InFlight>();
  readonly turn: Turn;
  readonly endsAt: number;

  constructor(turn: Turn) {
    this.turn = turn;
    const { clock } = turn.ports;
    this.endsAt = clock.now() + Math.min(runMilliseconds, turn.timeLeft() - reserveMilliseconds);
  }

  /** Takes in what is due, or will be while this run lasts. */
  async takeIn(): Promise<void> {
    const { operations, clock } = this.turn.ports;
    const due = await operations.due(Math.max(this.endsAt, clock.now()), batch);
    const unknown = due.map(({ id }) => id).filter((id) => !this.inFlight.has(id));
    if (unknown.length === 0) return;
    for (const operation of await operations.loadMany(unknown)) this.hold(operation, null);
  }

  hold(operation: Operation, lastLookAt: number | null): void {
    if (dueAt(operation) === null) this.inFlight.delete(operation.id);
    else this.inFlight.set(operation.id, { operation, lastLookAt, fresh: true });
  }

  /** Somebody else wrote the row: the copy is worth nothing. */
  drop(id: string): void {
    this.inFlight.delete(id);
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
  const lately = now - crowdGapSeconds * 1000;
  return entries.some(({ lastLookAt }) => lastLookAt === null || lastLookAt <= lately) &&
    !entries.some(({ lastLookAt }) => lastLookAt !== null && lastLookAt > lately)
    ? entries
    : entries.filter(({ lastLookAt }) => lastLookAt !== null && lastLookAt <= lately);
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
    run.hold(await serve(current, needOf(current, ports.clock.now()), run.turn), entry.lastLookAt);
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
        run.hold(await proceed(operation, { type: "seen", observation }, run.turn), now);
      } catch (error) {
        forget(run, operation.id, error);
      }
    });
  } catch (error) {
    await inParallel(entries, width, async ({ operation }) => {
      const fact = unseen(operation, error, run.turn);
      if (fact !== null) run.hold(await proceed(operation, fact, run.turn), now);
    });
  }
};

const publishEnds = async (run: FollowerRun): Promise<void> => {
  const saying = [...run.inFlight.values()]
    .map(({ operation }) => operation)
    .filter(({ outbox }) => outbox.length > 0);
  if (saying.length === 0) return;
  const published = new Map(
    (await publishEvents(saying, run.turn.ports)).map((operation) => [operation.id, operation]),
  );
  for (const { id } of saying) {
    const entry = run.inFlight.get(id);
    const operation = published.get(id);
    if (operation === undefined) run.drop(id);
    else run.hold(operation, entry?.lastLookAt ?? null);
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
      const now_ = chosen(group, now);
      return now_.length === 0 ? Promise.resolve() : lookAtAll(run, now_);
    }),
    inParallel(others, width, ({ entry }) => serveOne(run, entry)),
  ]);
  await publishEnds(run);
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
