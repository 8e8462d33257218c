import type { Case, Of } from "./checker.ts";
import type { Standing } from "./history.ts";

/** What may land late, the distance of two sweeps and what a sweep may take, in milliseconds. */
const horizon = 97_000;
const sweepEvery = 300_000;
const sweepTakes = 120_000;
/** Between the two sights of an orphan lie at least four minutes, by clocks that are up to a second off. */
const sightsApart = 237_000;
/** What is asked for within this long before a deletion may come too late for it. */
const tooLate = 10_000;

const isKept = (tags: readonly string[]): boolean => tags.includes("keep") || tags.includes("swy:keep");

/** The operation that the tags name, if they say so without doubt. */
const namedIn = (tags: readonly string[]): string | null => {
  const operations = tags.filter((tag) => tag.startsWith("swy:op="));
  const deployments = tags.filter((tag) => tag.startsWith("swy:dep="));
  if (operations.length !== 1 || deployments.length !== 1 || deployments[0] !== "swy:dep=sim") return null;
  return operations[0]?.slice("swy:op=".length) ?? null;
};

/** What is known of servers and of those who worked on them. */
class Records {
  readonly madeAt: ReadonlyMap<string, number>;
  readonly #under: Case;

  constructor(under: Case) {
    this.#under = under;
    this.madeAt = new Map(
      [...under.all("created"), ...under.all("made by hand")].map(({ server, at }) => [server, at]),
    );
  }

  /** Another operation than the one named that said something of the server, or had it in hand. */
  workedOn(server: string, named: string, at: number): string | null {
    const subject = `paris/server/${server}`;
    const said = this.#under.published.find(
      (event) => event.subject === subject && event.operation !== named && event.at <= at - tooLate,
    );
    if (said !== undefined) return said.operation;
    for (const { server: on, operation } of this.#under.accepted) {
      const view = on === server ? this.#under.views.get(operation) : undefined;
      if (view === undefined || Date.parse(view.created_at) > at - tooLate) continue;
      if (view.ended_at === null || Date.parse(view.ended_at) > at) return operation;
    }
    return null;
  }

  /** Why the server is not to be deleted as far as its operation goes; null when nothing speaks against it. */
  ownerOf(server: string, named: string, at: number): string | null {
    const view = this.#under.views.get(named);
    if (view === undefined) return "whose operation nobody knows";
    for (const { kind, state, resource } of this.#under.views.values()) {
      if (kind === "server.create" && state === "succeeded" && resource?.id === server)
        return "which is adopted";
    }
    if (view.ended_at === null || Date.parse(view.ended_at) > at + 2000) return "whose operation was open";
    if (view.state === "needs_attention") return "whose operation needs attention";
    if (view.error?.code === "ABANDONED") return "which a person was told is left alone";
    return null;
  }
}

type Deletion = Of<"sweeper deletes">;

const wrongServer = (deletion: Deletion, records: Records): string | null => {
  const { id, tags, at } = deletion;
  const named = namedIn(tags);
  if (named === null) return "which is not marked as ours";
  if (isKept(tags)) return "which is to be kept";
  const owner = records.ownerOf(id, named, at);
  if (owner !== null) return owner;
  const other = records.workedOn(id, named, at);
  if (other !== null) return `on which ${other} has worked`;
  const age = at - (records.madeAt.get(id) ?? at);
  return age < horizon + sightsApart ? `only ${Math.round(age / 1000)} s after it was made` : null;
};

const wrongCompanion = (deletion: Deletion, before: readonly Deletion[]): string | null => {
  const { type, tags, home, cameAlong } = deletion;
  if (isKept(tags)) return "which is to be kept";
  const hasGone = before.some((other) => other.type === "server" && other.id === home);
  if (!hasGone) return `although ${home ?? "its server"} was no orphan`;
  if (type === "volume") return cameAlong ? null : "which did not come with its server";
  return namedIn(tags) === null ? "which is not marked as ours" : null;
};

/** I8: the sweeper never deletes what is adopted, kept, unmarked, foreign or in doubt, nor more than it may. */
const checkDeletions = (under: Case, records: Records): void => {
  const { orphans } = under.history.facts;
  const goneAt = new Map(under.all("volume deleted").map(({ volume, at }) => [volume, at]));
  // Of two sweeps at once the second may delete what the first has just deleted: that takes nothing away.
  const deletions = under.all("sweeper deletes").filter(({ id, at }) => (goneAt.get(id) ?? at) >= at);
  for (const [index, deletion] of deletions.entries()) {
    const wrong =
      orphans?.delete !== true
        ? "although it was to report only"
        : deletion.type === "server"
          ? wrongServer(deletion, records)
          : wrongCompanion(deletion, deletions.slice(0, index));
    if (wrong !== null) under.breaks("I8", `the sweeper deletes ${deletion.type} ${deletion.id}, ${wrong}`);
  }
  const servers = deletions.filter(({ type }) => type === "server");
  for (const [invocation, same] of Map.groupBy(servers, (deletion) => deletion.invocation)) {
    const different = new Set(same.map(({ id }) => id)).size;
    if (different > (orphans?.most_per_run ?? 0))
      under.breaks("I8", `invocation ${invocation} deletes ${different} servers`);
  }
};

/** Since when a standing server has been an orphan that may go; null when it is none. */
const orphanSince = (
  under: Case,
  records: Records,
  { id, tags, state, settledAt }: Standing,
): number | null => {
  const named = namedIn(tags);
  if (named === null || isKept(tags) || state !== "stopped") return null;
  const { endedAt } = under.history.facts;
  if (records.ownerOf(id, named, endedAt) !== null) return null;
  const asked = under.accepted.some(({ server }) => server === id);
  if (asked || records.workedOn(id, named, Number.POSITIVE_INFINITY) !== null) return null;
  const ended = Date.parse(under.views.get(named)?.ended_at ?? "");
  return Math.max(ended, settledAt, under.history.facts.faultsEnd, records.madeAt.get(id) ?? 0);
};

/** I7: what has no owner is found within the horizon and two sweeps, and removed where that was asked for. */
const checkLeft = (under: Case, records: Records): void => {
  const { orphans, endedAt, deaths } = under.history.facts;
  if (orphans === null) return;
  const standing = under.history.servers.flatMap((server) => {
    const since = orphanSince(under, records, server);
    return since === null ? [] : [{ id: server.id, since }];
  });
  const deleted = new Set(under.all("sweeper deletes").map(({ id }) => id));
  const turns = orphans.delete ? Math.ceil((standing.length + deleted.size) / orphans.most_per_run) : 0;
  const found = new Set(
    under.published.filter(({ type }) => type === "switchyard.orphan.found").map(({ subject }) => subject),
  );
  for (const { id, since } of standing) {
    const waited = endedAt - since;
    if (waited < horizon + (2 + turns + deaths) * sweepEvery + sweepTakes) continue;
    const seconds = Math.round(waited / 1000);
    if (!found.has(`paris/orphan/server/${id}`))
      under.breaks("I7", `${id} has had no owner for ${seconds} s, and nobody was told`);
    else if (orphans.delete)
      under.breaks("I7", `${id} has had no owner for ${seconds} s, and is still there`);
  }
  checkCompanions(under);
};

/** What came along with a server that the sweeper has said to have deleted is gone with it. */
const checkCompanions = (under: Case): void => {
  const gone = under.published
    .filter(({ type, subject }) => type === "switchyard.orphan.deleted" && subject.includes("/server/"))
    .map(({ subject }) => subject.split("/")[3] ?? "");
  for (const server of gone) {
    const left = under.history.volumes.find(({ id }) => id === `${server}-local` || id === `${server}-block`);
    if (left !== undefined)
      under.breaks("I7", `${server} was swept, and its volume ${left.id} is still there`);
  }
  const asked = new Map(under.all("sweeper deletes").map(({ id, at }) => [id, at]));
  const byItself = under.published.filter(({ bytes }) => bytes.includes('"because":"it is gone"'));
  for (const { subject, at } of byItself) {
    const server = subject.split("/")[3] ?? "";
    if ((asked.get(server) ?? Infinity) < at)
      under.breaks("I7", `${server} was swept, and is said to have gone by itself`);
  }
};

/** I4, I5, I6 for orphans: no gap in what was said, and nothing that had not happened. */
const checkSaid = (under: Case): void => {
  const gone = new Map(under.all("deleted").map(({ server, at }) => [server, at]));
  const said = under.published.filter(({ subject }) => subject.includes("/orphan/"));
  for (const [subject, events] of Map.groupBy(said, (event) => event.subject)) {
    const own = new Set(events.map(({ sequence }) => sequence));
    const highest = Math.max(...own);
    for (let sequence = 1; sequence < highest; sequence += 1)
      if (!own.has(sequence)) under.breaks("I4", `event ${sequence} of ${subject} was never published`);
    const server = subject.split("/")[3] ?? "";
    const end = events.find(({ type }) => type === "switchyard.orphan.deleted");
    if (end !== undefined && subject.includes("/server/") && !((gone.get(server) ?? Infinity) <= end.at))
      under.breaks("I5", `${end.id} says that ${server} is deleted, which had not happened`);
  }
};

export const checkOrphans = (under: Case): void => {
  const records = new Records(under);
  checkDeletions(under, records);
  checkLeft(under, records);
  checkSaid(under);
};
