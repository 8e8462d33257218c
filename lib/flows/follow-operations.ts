import type { Fact } from "../operation/fact.ts";
import { crowd, crowdGapSeconds, nextLookAt } from "../operation/look-times.ts";
import type { Operation } from "../operation/operation.ts";
import { needOf } from "../operation/resume.ts";
import { transition } from "../operation/transition.ts";
import type { Handle, Provider } from "../ports/provider.ts";
import { handleOf, proceed, serve, unseen } from "./advance-operation.ts";
import { applyFact, isFinal, OvertakenByAnother } from "./change-operation.ts";
import { isSomethingOwed, LeaseLost, takeFollowerLease, type FollowerLease } from "./follower-lease.ts";
import { FollowerRun, type InFlight } from "./follower-run.ts";
import { inParallel } from "./in-parallel.ts";
import { providerOf, type Turn } from "./turn.ts";

const roundMilliseconds = 1000;
/** Operations that are worked on at the same time. */
const width = 40;

const isLookDue = ({ operation, lastLookAt }: InFlight, now: number): boolean => {
  if (lastLookAt === null) return true;
  const since = Date.parse(operation.call?.intended_at ?? operation.updated_at);
  return nextLookAt(since, Math.max(lastLookAt, since)) <= now;
};

/** Whom to look at now: a few each at their own time, a crowd all together. */
const chosen = (entries: readonly InFlight[], now: number): readonly InFlight[] => {
  if (entries.length < crowd) return entries.filter((entry) => isLookDue(entry, now));
  const lastLookAt = Math.max(...entries.map((entry) => entry.lastLookAt ?? 0));
  return now - lastLookAt < crowdGapSeconds * 1000 ? [] : entries;
};

/** Works on one operation; when somebody else was faster, it is theirs. */
const workOn = async (
  run: FollowerRun,
  id: string,
  lastLookAt: number | null,
  work: () => Promise<Operation>,
) => {
  try {
    run.moved(await work(), lastLookAt);
  } catch (error) {
    if (!(error instanceof OvertakenByAnother)) throw error;
    run.drop(id);
  }
};

const serveOne = async (run: FollowerRun, { operation, lastLookAt }: InFlight): Promise<void> => {
  const { ports } = run.turn;
  const current = await ports.operations.load(operation.id);
  if (current === null) return run.drop(operation.id);
  const need = needOf(current, ports.clock.now());
  return workOn(run, current.id, lastLookAt, () => serve(current, need, run.turn));
};

/** What one look says about each operation; null where it says nothing. */
const factsOf = async (
  provider: Provider,
  looked: readonly { readonly entry: InFlight; readonly handle: Handle }[],
  turn: Turn,
): Promise<readonly (Fact | null)[]> => {
  try {
    const observations = await provider.look(looked.map(({ handle }) => handle));
    return looked.map((_, index) => {
      const observation = observations[index] ?? null;
      return observation === null ? null : ({ type: "seen", observation } as const);
    });
  } catch (error) {
    return looked.map(({ entry }) => unseen(entry.operation, error, turn));
  }
};

/** One batch of looks at one connection. Ends are owed by the lease before they are saved. */
const lookAtAll = async (
  run: FollowerRun,
  lease: FollowerLease,
  entries: readonly InFlight[],
): Promise<void> => {
  const { turn } = run;
  const now = turn.ports.clock.now();
  const [first] = entries;
  const known = first === undefined ? null : providerOf(first.operation, turn.ports);
  if (known === null) {
    await inParallel(entries, width, (entry) => serveOne(run, entry));
    return;
  }
  const looked = entries.flatMap((entry) => {
    const handle = handleOf(entry.operation, now);
    return handle === null ? [] : [{ entry, handle }];
  });
  for (const { entry } of looked) entry.lastLookAt = now;
  const facts = await factsOf(known.provider, looked, turn);
  const news = looked.flatMap(({ entry }, index) => {
    const fact = facts[index] ?? null;
    if (fact === null) return [];
    const ends = isFinal(transition(entry.operation, fact, turn.ports.clock.now()).operation);
    return [{ operation: entry.operation, fact, ends }];
  });
  await lease.owe(news.filter(({ ends }) => ends).map(({ operation }) => operation.id));
  await inParallel(news, width, ({ operation, fact, ends }) =>
    workOn(run, operation.id, now, async () =>
      ends ? (await applyFact(operation, fact, turn.ports, true)).operation : proceed(operation, fact, turn),
    ),
  );
};

/** One round: what needs a look is looked at by connection, what needs something else gets it, ends are published. */
const round = async (run: FollowerRun, lease: FollowerLease): Promise<void> => {
  const now = run.turn.ports.clock.now();
  const needs = run.open.map((entry) => ({ entry, need: needOf(entry.operation, now).do }));
  const looks = needs.filter(({ need }) => need === "look").map(({ entry }) => entry);
  const others = needs.filter(({ need }) => need !== "look" && need !== "wait" && need !== "nothing");
  const groups = Map.groupBy(looks, ({ operation }) => operation.connection);
  await Promise.all([
    ...[...groups.values()].map((group) => {
      const turn = chosen(group, now);
      return turn.length === 0 ? Promise.resolve() : lookAtAll(run, lease, turn);
    }),
    inParallel(others, width, ({ entry }) => serveOne(run, entry)),
  ]);
  await run.publish(lease);
};

const follow = async (run: FollowerRun, lease: FollowerLease): Promise<void> => {
  const { clock } = run.turn.ports;
  for (;;) {
    const began = clock.now();
    await run.takeInOwed(lease);
    await run.takeIn();
    if (run.isIdle || clock.now() >= run.endsAt) return;
    await round(run, lease);
    await lease.keep();
    if (!run.isIdle) await clock.sleep(Math.max(0, began + roundMilliseconds - clock.now()));
  }
};

/**
 * Follows all operations in flight to their ends, for as long as the invocation allows. With nothing in flight it
 * returns at once. Two followers at the same time do no harm.
 */
export const followOperations = async (turn: Turn): Promise<void> => {
  const { log } = turn.ports;
  log.count("FollowerHeartbeat", 1);
  const run = new FollowerRun(turn);
  await run.takeIn();
  log.count("OldestOpenOperationSeconds", run.oldestSeconds());
  if (run.isIdle && !(await isSomethingOwed(turn.ports))) return;
  const lease = await takeFollowerLease(turn.ports);
  if (lease === null) return;
  run.takeOver(lease.said);
  try {
    await follow(run, lease);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    log.info("another follower has taken over");
  } finally {
    await lease.release(run.said);
  }
};
