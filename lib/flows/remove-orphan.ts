import { homeOf, type Connection } from "../connection.ts";
import { makerIn, type Marked } from "../operation/marked.ts";
import type { Resource } from "../operation/operation.ts";
import {
  afterSights,
  withDeleted,
  withDetail,
  withIntent,
  withoutIntent,
  type Left,
  type Orphan,
  type Removal,
  type Sweep,
} from "../operation/orphan-list.ts";
import { judgeAddress, judgeVolume, type Leaving, type Verdict } from "../operation/orphan-removal.ts";
import { instant } from "../operation/time.ts";
import type { Provider, ProviderCall } from "../ports/provider.ts";
import type { OrphanCell } from "./orphan-cell.ts";
import { judgeAll } from "./orphan-owners.ts";
import { sendNeedsMilliseconds, sendOnce } from "./provider-call.ts";
import type { Turn } from "./turn.ts";

/** One sweep of one connection. */
export interface Sweeping {
  readonly connection: Connection;
  readonly provider: Provider;
  readonly cell: OrphanCell;
  readonly sweep: () => Sweep;
  /** The marked addresses, as they were listed. */
  readonly addresses: readonly Marked[];
  readonly turn: Turn;
}

/** A look that is older than this many milliseconds is not acted on; at a low ceiling a place alone takes longer. */
const freshFor = ({ rate_per_second: rate }: Connection): number => Math.max(5000, 3000 / rate);
/** How long a deletion waits for its place in the budget: shorter than its look stays fresh. */
const patienceFor = ({ rate_per_second: rate }: Connection): number => Math.max(2000, 2000 / rate);
/** Milliseconds that a look, a place and a call may take together. */
export const removalNeedsMilliseconds = sendNeedsMilliseconds + 30_000;

const resourceOf = ({ type, id }: Orphan): Resource => ({ type, id });

/** What one call came to: the thing is gone, or why it may not be. */
type Outcome = { readonly is: "gone" } | { readonly is: "not_yet"; readonly why: string };

const notYet = (why: string): Outcome => ({ is: "not_yet", why });

/** Sends a deletion, which is safe to repeat: what is not there any more is deleted. */
const remove = async (call: ProviderCall, { provider }: Sweeping): Promise<Outcome> => {
  const fact = await sendOnce(provider, call);
  if (fact.type === "answered" || fact.type === "volume_gone") return { is: "gone" };
  if (fact.type === "doubted") return notYet(`it is not known whether it is deleted (${fact.reason})`);
  if (fact.type !== "refused") return notYet("the provider gave no answer");
  const isGone = fact.code === "RESOURCE_NOT_FOUND" || fact.code === "RESOURCE_GONE";
  return isGone ? { is: "gone" } : notYet(`the provider refused to delete it: ${fact.detail}`);
};

const mayCall = async ({ connection, turn }: Sweeping): Promise<boolean> => {
  if (turn.timeLeft() < sendNeedsMilliseconds) return false;
  const { name, rate_per_second: rate } = connection;
  return turn.ports.budget.take(name, rate, patienceFor(connection), "write", homeOf(connection));
};

const leavingOf = (orphan: Orphan, removal: Removal, { turn }: Sweeping): Leaving => ({
  serverId: orphan.id,
  operationId: orphan.operation_id,
  removal,
  deployment: turn.ports.deployment,
  now: turn.ports.clock.now(),
});

/** Something that the orphan had, and how it is judged and deleted. */
interface Companion {
  readonly resource: Resource;
  readonly call: ProviderCall;
  readonly judge: (thing: Marked | null, leaving: Leaving) => Verdict;
}

const companionsOf = ({ volumes, addresses }: Removal): readonly Companion[] => [
  ...volumes.map((volume) => ({
    resource: { type: "volume", id: volume.id },
    call: { do: "delete_volume", volume } as const,
    judge: judgeVolume,
  })),
  ...addresses.map((id) => ({
    resource: { type: "ip", id },
    call: { do: "delete", resource: { type: "ip", id }, input: {} } as const,
    judge: judgeAddress,
  })),
];

/** Looks again at something that the orphan had, and deletes it if it is still nobody's. */
const settle = async (
  { resource, call, judge }: Companion,
  orphan: Orphan,
  removal: Removal,
  sweeping: Sweeping,
): Promise<Exclude<Verdict, { is: "goes" }>> => {
  const { connection, provider, turn } = sweeping;
  const lookedAt = turn.ports.clock.now();
  const verdict = judge(await provider.inspect(resource), leavingOf(orphan, removal, sweeping));
  if (verdict.is !== "goes") return verdict;
  if (!connection.orphans.delete) return { is: "stays", why: "deleting was switched off meanwhile" };
  if (!(await mayCall(sweeping))) return { is: "busy" };
  if (turn.ports.clock.now() - lookedAt > freshFor(connection)) return { is: "busy" };
  return (await remove(call, sweeping)).is === "gone" ? { is: "gone" } : { is: "busy" };
};

/** The thing itself is gone: what it had goes after it, and then it is said. */
const finish = async (orphan: Orphan, removal: Removal, sweeping: Sweeping): Promise<void> => {
  const { cell, sweep, turn } = sweeping;
  const gone: Resource[] = [];
  const left: Left[] = [];
  for (const companion of companionsOf(removal)) {
    const verdict: Verdict =
      turn.timeLeft() < removalNeedsMilliseconds
        ? { is: "busy" }
        : await settle(companion, orphan, removal, sweeping);
    const { type, id } = companion.resource;
    if (verdict.is === "gone") gone.push({ type, id });
    else if (verdict.is === "stays") left.push({ type, id, why: verdict.why });
    else return cell.save(withDetail(cell.list, orphan, `it is gone, and its ${type} ${id} is not free yet`));
  }
  turn.ports.log.info("an orphan was deleted", { connection: sweeping.connection.name, why: orphan.detail });
  await cell.save(withDeleted(cell.list, orphan, { also_deleted: gone, left_alone: left }, sweep()));
};

/**
 * Looks once more, and plans the removal of what is still an orphan beyond doubt. What is not is put back into the list
 * as what it is. Null: it stays for now.
 */
const planned = async (orphan: Orphan, thing: Marked, sweeping: Sweeping): Promise<Removal | null> => {
  const { connection, cell, sweep, addresses, turn } = sweeping;
  const { deployment, clock } = turn.ports;
  const [judged] = await judgeAll([thing], connection, turn.ports);
  if (judged === undefined) return null;
  const { judgement } = judged;
  if (judgement.is !== "orphan" || judged.by !== orphan.operation_id) {
    await cell.save(afterSights(cell.list, [{ resource: thing.resource, ...judged }], sweep()));
    return null;
  }
  const against = connection.orphans.delete ? judgement.heldBack : "deleting is switched off";
  if (against !== null) {
    await cell.save(withoutIntent(cell.list, orphan, `${judgement.why}; left alone: ${against}`));
    return null;
  }
  const own = addresses.filter(
    ({ usedBy, tags }) => usedBy === orphan.id && makerIn(tags, deployment) === orphan.operation_id,
  );
  return {
    since: orphan.removal?.since ?? instant(clock.now()),
    created_at: thing.createdAt,
    volumes: [...thing.volumes],
    addresses: own.map(({ resource }) => resource.id),
  };
};

/**
 * Removes a confirmed orphan: a fresh look at it and at its owner, the intent in our table, then the call. It is not
 * sent when the look has become old on the way; then the next sweep looks again.
 * @throws SweepOvertaken, ProviderRefusal and ProviderDoubt of a look
 */
export const removeOrphan = async (orphan: Orphan, sweeping: Sweeping): Promise<void> => {
  const { connection, cell, sweep, provider, turn } = sweeping;
  const { clock } = turn.ports;
  const lookedAt = clock.now();
  const resource = resourceOf(orphan);
  const thing = await provider.inspect(resource);
  if (thing === null) {
    if (orphan.removal !== null) return finish(orphan, orphan.removal, sweeping);
    return cell.save(afterSights(cell.list, [{ resource, thing }], sweep()));
  }
  const removal = await planned(orphan, thing, sweeping);
  if (removal === null || !(await mayCall(sweeping))) return;
  await cell.save(withIntent(cell.list, orphan, removal));
  if (clock.now() - lookedAt > freshFor(connection)) return;
  const going: Orphan = { ...orphan, state: "deleting", removal };
  const outcome = await remove({ do: "delete", resource, input: {} }, sweeping);
  if (outcome.is === "gone") return finish(going, removal, sweeping);
  await cell.save(withDetail(cell.list, going, outcome.why));
};
