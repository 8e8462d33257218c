import type { Connection } from "../connection.ts";
import { keyOf, type Marked } from "../operation/marked.ts";
import type { Resource } from "../operation/operation.ts";
import {
  afterSights,
  withSweep,
  type Orphan,
  type OrphanList,
  type Sight,
  type Sweep,
} from "../operation/orphan-list.ts";
import { othersAfter } from "../operation/orphan-others.ts";
import { markedTypes, ProviderDoubt, ProviderRefusal, type Provider } from "../ports/provider.ts";
import { OrphanCell } from "./orphan-cell.ts";
import { horizonOf, judgeAll } from "./orphan-owners.ts";
import { recountServers } from "./recount-servers.ts";
import { removalNeedsMilliseconds, removeOrphan, type Sweeping } from "./remove-orphan.ts";
import type { Turn } from "./turn.ts";
import { refreshPrices } from "./type-prices.ts";

/** Seconds between two sweeps at least: the schedule's five minutes, less what a tick may be late. */
const sweepsApart = 240;
/** Things that are asked for one by one in a sweep, because lists did not show them. */
const fewLooks = 20;

/** What was seen at the provider. */
interface Seen {
  readonly things: readonly Marked[];
  readonly gone: readonly Resource[];
}

/** What the provider won't tell now says nothing; it is told to the log and looked for by the next sweep. */
const unlessSilent = async <T>(look: Promise<T>, connection: Connection, turn: Turn): Promise<T | null> => {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof ProviderRefusal) && !(error instanceof ProviderDoubt)) throw error;
    turn.ports.log.warn("could not look for orphans", { connection: connection.name, error: error.message });
    return null;
  }
};

const listed = async (
  provider: Provider,
  connection: Connection,
  turn: Turn,
): Promise<ReadonlyMap<string, readonly Marked[]>> => {
  const lists = new Map<string, readonly Marked[]>();
  for (const type of markedTypes) {
    if (turn.timeLeft() < removalNeedsMilliseconds) break;
    const list = await unlessSilent(provider.marked(type, turn.ports.deployment), connection, turn);
    if (list !== null) lists.set(type, list);
  }
  return lists;
};

/** Looks at orphans that their type's list does not show: they are gone, or bear no marker any more, or it lags. */
const missed = async (
  orphans: readonly Orphan[],
  provider: Provider,
  connection: Connection,
  turn: Turn,
): Promise<Seen> => {
  const things: Marked[] = [];
  const gone: Resource[] = [];
  for (const { type, id } of orphans.slice(0, fewLooks)) {
    if (turn.timeLeft() < removalNeedsMilliseconds) break;
    const look = provider.inspect({ type, id }).then((thing) => ({ thing }));
    const sight = await unlessSilent(look, connection, turn);
    if (sight === null) continue;
    if (sight.thing === null) gone.push({ type, id });
    else things.push(sight.thing);
  }
  return { things, gone };
};

const sightsOf = async (
  { things, gone }: Seen,
  connection: Connection,
  turn: Turn,
): Promise<readonly Sight[]> => [
  ...(await judgeAll(things, connection, turn.ports)).map(({ thing, by, judgement }) => ({
    resource: thing.resource,
    thing,
    by,
    judgement,
  })),
  ...gone.map((resource) => ({ resource, thing: null })),
];

/** Says in the log what has changed. */
const tell = (
  before: OrphanList,
  after: OrphanList,
  sights: readonly Sight[],
  { name }: Connection,
  { ports }: Turn,
): void => {
  const reasons = new Map(
    sights.map((sight) => [keyOf(sight.resource), sight.thing === null ? "it is gone" : sight.judgement.why]),
  );
  const states = new Map(before.orphans.map((orphan) => [keyOf(orphan), orphan.state]));
  const still = new Set(after.orphans.map(keyOf));
  for (const orphan of after.orphans) {
    if (states.get(keyOf(orphan)) === orphan.state) continue;
    const fields = {
      connection: name,
      operation_id: orphan.operation_id,
      state: orphan.state,
      why: orphan.detail,
    };
    ports.log.info(`an orphan is ${orphan.state}`, fields);
  }
  for (const orphan of before.orphans) {
    if (orphan.state === "deleted" || still.has(keyOf(orphan))) continue;
    const why = reasons.get(keyOf(orphan)) ?? "it was not seen";
    ports.log.info("no orphan any more", { connection: name, operation_id: orphan.operation_id, why });
  }
};

/** Those to be removed now: what was not tried for the longest, never more than the connection allows. */
const chosen = (
  { orphans }: OrphanList,
  sights: readonly Sight[],
  { connection, turn }: Sweeping,
): readonly Orphan[] => {
  const free = new Set(
    sights.flatMap((sight) => {
      const { thing } = sight;
      if (thing === null || sight.judgement.is !== "orphan") return [];
      return sight.judgement.heldBack === null ? [keyOf(thing.resource)] : [];
    }),
  );
  const isFresh = (orphan: Orphan): boolean =>
    connection.orphans.delete && orphan.state === "confirmed" && free.has(keyOf(orphan));
  const all = orphans.filter((orphan) => orphan.state === "deleting" || isFresh(orphan));
  const most = connection.orphans.most_per_run;
  if (all.length > most)
    turn.ports.log.info("more orphans than may go in one sweep", {
      connection: connection.name,
      count: all.length,
    });
  return all.slice(0, most);
};

/**
 * One sweep of one connection. What bears our marker is listed first, then its operations are read; what has no owner
 * is suspected, and confirmed when a later sweep sees it again; only then, and only where the connection says so, it is
 * removed. Two sweeps at once do no harm: the list is written on condition of what was read.
 * @throws SweepOvertaken when another sweep was faster
 */
export const sweepConnection = async (connection: Connection, turn: Turn): Promise<void> => {
  const { ports } = turn;
  const provider = ports.providers.provider(connection);
  const cell = await OrphanCell.open(connection.name, ports);
  await cell.publish();
  const lists = await listed(provider, connection, turn);
  const things = [...lists.values()].flat();
  const shown = new Set(things.map(({ resource }) => keyOf(resource)));
  const unseen = cell.list.orphans.filter(
    (orphan) =>
      /suspected|confirmed/.test(orphan.state) && lists.has(orphan.type) && !shown.has(keyOf(orphan)),
  );
  const more = await missed(unseen, provider, connection, turn);
  const sights = await sightsOf({ things: [...things, ...more.things], gone: more.gone }, connection, turn);
  const horizon = horizonOf(connection);
  const sweep = (): Sweep => ({
    connection: connection.name,
    now: ports.clock.now(),
    patienceSeconds: ({ created_at }) =>
      // Without a date nothing else tells that it is old enough.
      created_at === null ? Math.max(horizon, sweepsApart) : sweepsApart,
  });
  const others = othersAfter(cell.list.others, sights, new Set(lists.keys()), ports.clock.now());
  const seen = { ...afterSights(cell.list, sights, sweep()), others };
  const isComplete = markedTypes.every((type) => lists.has(type));
  const next = isComplete ? withSweep(cell.list, seen, ports.clock.now()) : seen;
  tell(cell.list, next, sights, connection, turn);
  await cell.save(next);
  const sweeping = { connection, provider, cell, sweep, addresses: lists.get("ip") ?? [], turn };
  for (const orphan of chosen(next, sights, sweeping)) {
    if (turn.timeLeft() < removalNeedsMilliseconds) break;
    await unlessSilent(removeOrphan(orphan, sweeping), connection, turn);
  }
  await cell.publish();
  await recountServers(connection, lists.get("server") ?? null, turn);
  await refreshPrices(connection, ports);
};
