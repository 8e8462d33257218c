import type { Fact } from "../operation/fact.ts";
import {
  crowd,
  crowdGapSeconds,
  crowdOldSeconds,
  crowdToleranceSeconds,
  crowdYoungSeconds,
  nextLookAt,
} from "../operation/look-times.ts";
import type { Operation } from "../operation/operation.ts";
import { needOf } from "../operation/resume.ts";
import { transition } from "../operation/transition.ts";
import type { Handle, Provider } from "../ports/provider.ts";
import { handleOf, proceed, serve, unseen } from "./advance-operation.ts";
import { applyFact, isFinal, OvertakenByAnother } from "./change-operation.ts";
import { beginClaims, type Claiming } from "./claim-accepted.ts";
import { Errands } from "./errands.ts";
import {
  type EndsOwed,
  isSomethingOwed,
  LeaseLost,
  takeFollowerLease,
  type FollowerLease,
} from "./follower-lease.ts";
import { FollowerRun, type InFlight } from "./follower-run.ts";
import { providerOf, type Turn } from "./turn.ts";

const roundMilliseconds = 1000;
/** How long something is left alone that failed in a way that we don't know. */
const faultRestSeconds = 30;
const publishRestMilliseconds = 5000;
/** Ends that are reached within this time are published together. */
const gatherMilliseconds = 200;
/** Ends that are owed and saved together: what one look says of thousands is never all in memory, nor in the lease. */
const endsAtOnce = 200;

/** Somebody who follows operations: the follower, or the runner of bulk jobs those that it has begun. */
export interface Following {
  readonly run: FollowerRun;
  readonly lease: EndsOwed;
  readonly errands: Errands;
  readonly turn: Turn;
}

const begunAt = ({ call, updated_at: updatedAt }: Operation): number =>
  Date.parse(call?.intended_at ?? updatedAt);

const isLookDue = ({ operation, lastLookAt }: InFlight, now: number): boolean => {
  if (lastLookAt === null) return true;
  const since = begunAt(operation);
  return nextLookAt(since, Math.max(lastLookAt, since)) <= now;
};

/** Whether a look together with others is worth it: not when it has only just begun, and rarely when it takes long. */
const isWorthIt = (entry: InFlight, now: number): boolean => {
  const seconds = (now - begunAt(entry.operation)) / 1000;
  if (seconds < crowdYoungSeconds) return false;
  return seconds < crowdOldSeconds || isLookDue(entry, now + crowdToleranceSeconds * 1000);
};

/** Whom to look at now: a few each at their own time, a crowd together. */
const chosen = (entries: readonly InFlight[], now: number): readonly InFlight[] => {
  if (entries.length < crowd) return entries.filter((entry) => isLookDue(entry, now));
  const lastLookAt = Math.max(...entries.map((entry) => entry.lastLookAt ?? 0));
  const isSoon = now - lastLookAt < (crowdGapSeconds - crowdToleranceSeconds) * 1000;
  return isSoon ? [] : entries.filter((entry) => isWorthIt(entry, now));
};

/** Publishes beside everything else. What the bus does not take is offered again after a while, not at once. */
const publish = (following: Following): void => {
  const { run, lease, errands, turn } = following;
  const { clock } = turn.ports;
  if (clock.now() < run.publishFrom) return;
  errands.begin("publish", async () => {
    run.publishFrom = clock.now() + publishRestMilliseconds;
    if (!(await run.publish(lease))) return;
    run.publishFrom = 0;
    if (run.hasEnds) publishSoon(following);
  });
};

/** An end that is reached between two rounds does not wait for the next. */
function publishSoon(following: Following): void {
  const { errands, turn } = following;
  errands.begin("publish soon", async () => {
    await turn.ports.clock.sleep(gatherMilliseconds);
    publish(following);
  });
}

const errandOf = (id: string): string => `operation ${id}`;

/**
 * Works on one operation, beside everything else. When somebody else was faster it is theirs; when it fails in a way
 * that we don't know, it is left alone for a while and the others go on.
 */
const workOn = (
  following: Following,
  id: string,
  lastLookAt: number | null,
  work: () => Promise<Operation>,
): void => {
  const { run, errands, turn } = following;
  errands.begin(errandOf(id), async () => {
    try {
      run.moved(await work(), lastLookAt);
      if (run.hasEnds) publishSoon(following);
    } catch (error) {
      if (error instanceof OvertakenByAnother) return run.drop(id);
      run.rest(id, faultRestSeconds);
      const why = error instanceof Error ? error.message : "unknown fault";
      turn.ports.log.error("an operation could not be worked on", { operation_id: id, error: why });
      throw error;
    }
  });
};

const serveOne = (following: Following, { operation, lastLookAt }: InFlight): void => {
  const { run, turn } = following;
  workOn(following, operation.id, lastLookAt, async () => {
    const current = await turn.ports.operations.load(operation.id);
    if (current === null) throw new OvertakenByAnother(operation.id);
    const need = needOf(current, turn.ports.clock.now());
    const served = await serve(current, need, turn);
    // Nothing came of it: the budget had no place, or a search failed. Trying each second would only cost.
    if (served.version === current.version) run.rest(current.id, need.do === "search" ? 10 : 3);
    return served;
  });
};

interface Looked {
  readonly entry: InFlight;
  readonly handle: Handle;
}

/** What one look says about each operation; null where it says nothing. */
const factsOf = async (
  provider: Provider,
  looked: readonly Looked[],
  turn: Turn,
): Promise<readonly (Fact | null)[]> => {
  const at = turn.ports.clock.now();
  try {
    const observations = await provider.look(looked.map(({ handle }) => handle));
    return looked.map((_, index) => {
      const observation = observations[index] ?? null;
      return observation === null ? null : ({ type: "seen", observation, at } as const);
    });
  } catch (error) {
    return looked.map(({ entry }) => unseen(entry.operation, error, turn));
  }
};

/** Whether the fact ends the operation for good. A fault in deciding is the operation's own, and shows when it is worked on. */
const isEnd = (operation: Operation, fact: Fact, turn: Turn): boolean => {
  try {
    return isFinal(transition(operation, fact, turn.ports.clock.now()).operation);
  } catch {
    return false;
  }
};

/** What a look has said about an operation. */
interface News {
  readonly operation: Operation;
  readonly fact: Fact;
  readonly ends: boolean;
}

/** Goes on with these. Ends are owed by the lease before they are saved. */
const goOn = async (following: Following, seen: readonly News[], lookedAt: number): Promise<void> => {
  const { run, lease, errands, turn } = following;
  const news = seen.filter(({ operation }) => run.isCurrent(operation));
  await lease.owe(news.filter(({ ends }) => ends).map(({ operation }) => operation.id));
  for (const { operation, fact, ends } of news) {
    workOn(following, operation.id, lookedAt, async () =>
      ends ? (await applyFact(operation, fact, turn.ports, true)).operation : proceed(operation, fact, turn),
    );
  }
  // What goes on may wait for a place in the budget; ends are saved at once.
  for (const { operation, ends } of news) if (ends) await errands.over(errandOf(operation.id));
};

/** One batch of looks at one connection. */
const lookAtAll = async (
  following: Following,
  provider: Provider,
  looked: readonly Looked[],
): Promise<void> => {
  const { run, turn } = following;
  const now = turn.ports.clock.now();
  for (const { entry } of looked) entry.lastLookAt = now;
  const facts = await factsOf(provider, looked, turn);
  const news = looked.flatMap(({ entry }, index): News[] => {
    const fact = facts[index] ?? null;
    if (fact === null || !run.isCurrent(entry.operation)) return [];
    return [{ operation: entry.operation, fact, ends: isEnd(entry.operation, fact, turn) }];
  });
  for (let first = 0; first < news.length; first += endsAtOnce)
    await goOn(following, news.slice(first, first + endsAtOnce), now);
};

const beginLooks = (following: Following, entries: readonly InFlight[]): void => {
  const { errands, turn } = following;
  const now = turn.ports.clock.now();
  for (const [connection, group] of Map.groupBy(entries, ({ operation }) => operation.connection)) {
    const name = `look at ${connection}`;
    const [first, ...others] = errands.isRunning(name) ? [] : chosen(group, now);
    if (first === undefined) continue;
    const known = providerOf(first.operation, turn.ports);
    if (known === null) {
      for (const entry of [first, ...others]) serveOne(following, entry);
      continue;
    }
    const looked = [first, ...others].flatMap((entry) => {
      const handle = handleOf(entry.operation, now);
      return handle === null ? [] : [{ entry, handle }];
    });
    errands.begin(name, () => lookAtAll(following, known.provider, looked));
  }
};

/** Waits for what goes on, and says what is left to be said. */
export const settle = async (following: Following): Promise<void> => {
  const { errands, run } = following;
  await errands.settled();
  run.publishFrom = 0;
  publish(following);
  await errands.settled();
};

const claimingOf = (following: Following): Claiming => ({
  errands: following.errands,
  turn: following.turn,
  workOn: (id, work) => workOn(following, id, null, work),
  rest: (id) => following.run.rest(id, faultRestSeconds),
  drop: (id) => following.run.drop(id),
});

/** One round: what needs a look is looked at by connection, what needs something else gets it, ends are published. */
export const followRound = (following: Following): void => {
  const { run, errands, turn } = following;
  const now = turn.ports.clock.now();
  const free = run.ready(now).filter(({ operation }) => !errands.isRunning(`operation ${operation.id}`));
  const needs = free.map((entry) => ({ entry, need: needOf(entry.operation, now).do }));
  beginLooks(
    following,
    needs.filter(({ need }) => need === "look").map(({ entry }) => entry),
  );
  beginClaims(
    claimingOf(following),
    needs.filter(({ need }) => need === "claim").map(({ entry }) => entry.operation),
  );
  for (const { entry, need } of needs) {
    if (!["look", "claim", "wait", "nothing"].includes(need)) serveOne(following, entry);
  }
  publish(following);
  if (errands.failures.some((error) => error instanceof LeaseLost)) throw new LeaseLost();
};

const follow = async (following: Following, lease: FollowerLease): Promise<void> => {
  const { run, errands, turn } = following;
  const { clock } = turn.ports;
  for (;;) {
    const began = clock.now();
    await run.takeInOwed(lease);
    await run.takeIn();
    if (clock.now() >= run.endsAt) break;
    if (run.isIdle) {
      await errands.settled();
      if (run.isIdle) break;
    }
    followRound(following);
    await lease.keep();
    const rest = began + roundMilliseconds - clock.now();
    if (rest > 0) await clock.sleep(rest);
  }
  await settle(following);
};

/** What failed in a way that we don't know fails the invocation, once everything else has been done. */
const tellFailures = ({ errands }: Following): void => {
  const unknown = errands.failures.filter((error) => !(error instanceof LeaseLost));
  if (unknown.length > 0) throw new AggregateError(unknown, `${unknown.length} pieces of work failed.`);
};

/**
 * Follows all operations in flight to their ends, for as long as the invocation allows. With nothing in flight it
 * returns at once. Two followers at the same time do no harm.
 * @throws AggregateError when something failed in a way that we don't know; everything else has been done then
 */
export const followOperations = async (turn: Turn): Promise<void> => {
  const { log } = turn.ports;
  log.count("FollowerHeartbeat", 1);
  const glance = new FollowerRun(turn);
  await glance.takeIn();
  log.count("OldestOpenOperationSeconds", glance.oldestSeconds());
  if (glance.isIdle && !(await isSomethingOwed(turn.ports))) return;
  const lease = await takeFollowerLease(turn.ports);
  if (lease === null) return;
  // What was seen before the lease may be long over: whoever held it has moved it on.
  const run = new FollowerRun(turn);
  run.takeOver(lease.said);
  const following = { run, lease, errands: new Errands(), turn };
  try {
    await follow(following, lease);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    log.info("another follower has taken over");
  } finally {
    await following.errands.settled();
    await lease.release(run.said);
  }
  tellFailures(following);
};
