import { madeBy } from "../../../lib/operation/marker.ts";
import type { BulkCase } from "./checker.ts";
import type { ItemShown, JobRecord } from "./ledger.ts";

const itemName = ({ label }: JobRecord, { index }: ItemShown): string => `item ${index} of ${label}`;

/** What an operation that failed has left, and says so. */
const isKnownRest = ({ works }: BulkCase, server: string): boolean => {
  const maker = madeBy(works.site.cloud.servers.get(server)?.tags ?? []);
  const row = works.table.rows.get(maker ?? "")?.operation;
  return row?.state === "failed" && row.resource?.id === server;
};

/** G20: nothing is made twice, whoever died; and nothing is made for nobody. */
const checkMade = (under: BulkCase): void => {
  for (const [by, made] of Map.groupBy(under.all("created"), (entry) => entry.by ?? "")) {
    const owners = under.owners.get(by) ?? [];
    const [owner] = owners;
    const attempts = owners.reduce((sum, { item }) => sum + item.attempts, 0);
    const servers = made.map(({ server }) => server).join(" and ");
    if (owner === undefined) under.breaks("G20", `${servers} was made for ${by}, which is no item`);
    else if (made.length > Math.max(1, attempts))
      under.breaks("G20", `${itemName(owner.record, owner.item)} made ${servers} in ${attempts} attempts`);
  }
};

const liveByItem = (under: BulkCase): ReadonlyMap<ItemShown, readonly string[]> => {
  const live = new Map<ItemShown, string[]>();
  for (const { id, by, isGone } of under.works.site.cloud.servers.values()) {
    const owner = by === null || isGone ? null : under.ownerOf(by, id);
    if (owner === null) continue;
    const list = live.get(owner.item) ?? [];
    live.set(owner.item, list);
    list.push(id);
  }
  return live;
};

const isNamedAsKept = ({ last }: JobRecord, { name, key }: ItemShown): boolean =>
  (last?.stopped?.rollback?.kept ?? []).some((kept) => kept.startsWith(`${name ?? key} (`));

const checkItem = (under: BulkCase, record: JobRecord, item: ItemShown, live: readonly string[]): void => {
  const unknown = live.filter((server) => !isKnownRest(under, server));
  const servers = unknown.join(" and ");
  const name = itemName(record, item);
  if (unknown.length > 1) return under.breaks("G20", `${name} has ${servers}`);
  switch (item.state) {
    case "succeeded":
      // What a rollback could not remove for certain is named by the job.
      if (isNamedAsKept(record, item)) return;
      if (unknown.length === 0) under.breaks("I1", `${name} succeeded and has no server`);
      else if (servers !== item.server_id)
        under.breaks("I1", `${name} shows ${item.server_id ?? "none"} and has ${servers}`);
      return;
    case "failed":
    case "cancelled":
    case "skipped":
    case "pending":
      if (unknown.length > 0)
        under.breaks(
          "I1",
          `${name} is ${item.state} (${item.code ?? "no code"}), and ${servers} of it lives`,
        );
      return;
    default:
  }
};

/** Each item has at most one live server; at the end exactly one where it succeeded, and none where it did not. */
const checkItems = (under: BulkCase): void => {
  const live = liveByItem(under);
  for (const record of under.taken) {
    if (record.last?.kind !== "server.create") continue;
    for (const item of record.end?.items ?? []) checkItem(under, record, item, live.get(item) ?? []);
  }
};

/** Nothing is removed but what a job is about, and what one that rolls back or aborts has made itself. */
const checkRemoved = (under: BulkCase): void => {
  const wanted = new Set(
    under.taken
      .filter(({ last }) => last?.kind === "server.delete")
      .flatMap(({ end }) => (end?.items ?? []).flatMap(({ server_id: id }) => (id === null ? [] : [id]))),
  );
  const makers = new Map(under.all("created").map(({ server, by }) => [server, by ?? ""]));
  for (const { server, who } of under.all("deleted")) {
    if (who !== "us" || wanted.has(server)) continue;
    const record = under.ownerOf(makers.get(server) ?? "", server)?.record;
    const isOwn = record?.last?.options.on_stop === "rollback" || (record?.did("abort").length ?? 0) > 0;
    if (!isOwn) under.breaks("removal", `${server} was deleted, and nobody asked for it`);
  }
};

/** A reboot is repeated by nobody but whoever tries a failed item again. */
const checkReboots = (under: BulkCase): void => {
  const asked = new Map<string, number>();
  for (const { last, end } of under.taken) {
    if (last?.kind !== "server.reboot") continue;
    for (const { server_id: id, attempts } of end?.items ?? [])
      if (id !== null) asked.set(id, (asked.get(id) ?? 0) + Math.max(1, attempts));
  }
  for (const [server, times] of Map.groupBy(under.all("rebooted"), (entry) => entry.server))
    if (times.length > (asked.get(server) ?? 0))
      under.breaks(
        "G20",
        `${server} was rebooted ${times.length} times, and ${asked.get(server) ?? 0} were asked for`,
      );
};

/** A job that rolled back and kept nothing has left nothing. */
const checkRollback = (under: BulkCase): void => {
  for (const { last, end, label } of under.taken) {
    const rollback = last?.stopped?.rollback ?? null;
    if (rollback === null || last?.ended_at === null) continue;
    under.world.sometimes("a job rolled back");
    if (!rollback.is_done) under.breaks("rollback", `${label} has ended, and its rollback has not`);
    const left = (end?.items ?? []).filter(({ state }) => state === "succeeded");
    if (left.length > rollback.kept.length)
      under.breaks("rollback", `${label} has kept ${rollback.kept.length} and left ${left.length}`);
  }
};

export const checkServers = (under: BulkCase): void => {
  checkMade(under);
  checkItems(under);
  checkRemoved(under);
  checkReboots(under);
  checkRollback(under);
};
