import type { BulkCase } from "./checker.ts";
import type { Deed, ItemShown, JobRecord } from "./ledger.ts";

/** Milliseconds after which a pause or a cancel that was answered is known to everybody: one tick. */
const tick = 60_000;

/** When the first create of each operation left for the provider. */
const firstSends = (under: BulkCase): ReadonlyMap<string, number> => {
  const first = new Map<string, number>();
  const see = (by: string | null, at: number): void => {
    if (by !== null && at < (first.get(by) ?? Number.POSITIVE_INFINITY)) first.set(by, at);
  };
  for (const { by, at } of under.all("create left")) see(by, at);
  for (const { by, at, call } of under.all("refused")) if (call === "create") see(by, at);
  return first;
};

interface Sent {
  readonly item: ItemShown;
  readonly attempt: number;
  readonly at: number;
}

const sendsByJob = (under: BulkCase): ReadonlyMap<JobRecord, readonly Sent[]> => {
  const sends = new Map<JobRecord, Sent[]>();
  for (const [operation, at] of firstSends(under)) {
    const owner = under.owners.get(operation);
    if (owner === undefined) continue;
    const list = sends.get(owner.record) ?? [];
    sends.set(owner.record, list);
    list.push({ item: owner.item, attempt: owner.attempt, at });
  }
  return sends;
};

/** Nothing new is sent later than a tick after a pause was answered, until somebody asks for more. */
const checkPauses = (under: BulkCase, record: JobRecord, sends: readonly Sent[]): void => {
  for (const pause of record.did("pause")) {
    if (pause.answered === null || pause.view?.state !== "paused") continue;
    const resumed = record
      .did("resume")
      .map(({ asked }) => asked)
      .filter((asked) => asked >= pause.asked);
    const until = Math.min(Number.POSITIVE_INFINITY, ...resumed);
    const from = pause.answered + tick;
    const late = sends.filter(({ at }) => at > from && at < until);
    if (until > from) under.world.sometimes("a job was paused for longer than a tick");
    for (const { item, at } of late.slice(0, 1))
      under.breaks("pause", `item ${item.index} of ${record.label} was sent ${Math.round((at - pause.answered) / 1000)} s after the pause`);
  }
};

const isCancel = ({ name, view }: Deed): boolean => (name === "cancel" || name === "abort") && view !== null && view.cancel !== null;

/** What was pending when the job was cancelled is never sent. */
const checkCancel = (under: BulkCase, record: JobRecord, sends: readonly Sent[]): void => {
  const [first] = record.deeds.filter(isCancel).toSorted((one, other) => (one.answered ?? 0) - (other.answered ?? 0));
  if (first?.view == null || first.answered === null) return;
  const { answered, view } = first;
  if (view.counts.pending > 0) under.breaks("cancel", `${record.label} was cancelled with ${view.counts.pending} pending`);
  const late = sends.filter(({ at }) => at > answered + tick);
  for (const { item } of late.slice(0, 1))
    under.breaks("cancel", `item ${item.index} of ${record.label} was sent more than a tick after the cancel`);
  const sentAttempts = new Map<ItemShown, number>();
  for (const { item, attempt } of sends) sentAttempts.set(item, Math.max(attempt, sentAttempts.get(item) ?? 0));
  for (const item of record.end?.items ?? []) {
    if (item.state !== "cancelled" || item.code !== null || item.operation_id !== null) continue;
    if ((sentAttempts.get(item) ?? 0) > item.attempts)
      under.breaks("cancel", `item ${item.index} of ${record.label} is cancelled as never begun, and was sent`);
  }
  checkAbort(under, record);
};

/** With `abort_running` nothing goes well any more that had not when the cancel was answered. */
const checkAbort = (under: BulkCase, record: JobRecord): void => {
  const [first] = record.did("abort").filter(({ view }) => view?.cancel?.abort_running === true);
  if (first?.view == null || record.last?.kind !== "server.create") return;
  under.world.sometimes("a job was cancelled with what ran");
  const { succeeded } = first.view.counts;
  const end = record.last.counts.succeeded;
  if (end > succeeded) under.breaks("abort", `${record.label} had ${succeeded} servers when it was aborted, and ended with ${end}`);
};

/** What has succeeded is left alone by a retry. */
const checkRetries = (under: BulkCase, record: JobRecord): void => {
  for (const { status, view, retried, asked } of record.did("retry")) {
    const wasCancelled = record.deeds.some((deed) => isCancel(deed) && (deed.answered ?? Infinity) < asked);
    if (wasCancelled && status !== 409) under.breaks("retry", `${record.label} was cancelled, and a retry was answered ${status ?? 0}`);
    if (view !== null && (status === 202) !== retried > 0)
      under.breaks("retry", `a retry of ${retried} items of ${record.label} was answered ${status ?? 0}`);
  }
  if (record.last?.stopped?.rollback != null || record.last?.options.on_stop === "rollback") return;
  for (const { items } of record.walks)
    for (const { index, state, server_id: server, attempts } of items) {
      const end = record.end?.items[index];
      if (state !== "succeeded" || end === undefined) continue;
      if (end.state !== "succeeded" || end.server_id !== server || end.attempts !== attempts)
        under.breaks("retry", `item ${index} of ${record.label} had succeeded with ${server ?? "nothing"}, and is ${end.state}`);
    }
};

export const checkControl = (under: BulkCase): void => {
  const sends = sendsByJob(under);
  for (const record of under.taken) {
    const own = sends.get(record) ?? [];
    checkPauses(under, record, own);
    checkCancel(under, record, own);
    checkRetries(under, record);
  }
};
