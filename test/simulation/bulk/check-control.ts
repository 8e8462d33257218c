import type { BulkCase } from "./checker.ts";
import type { Deed, ItemShown, JobRecord } from "./ledger.ts";

/** Milliseconds after which a pause or a cancel that was answered is known to everybody: one tick. */
const tick = 60_000;

/** Clocks of sandboxes are up to two seconds apart. */
const skew = 2000;

/** Items of which a create has left for the provider, or was refused at its door. */
const sentItems = (under: BulkCase): ReadonlySet<ItemShown> => {
  const left = under.all("create left").map(({ by }) => by);
  const refused = under.all("refused").flatMap(({ by, call }) => (call === "create" ? [by] : []));
  return new Set([...left, ...refused].flatMap((by) => under.ownerOf(by ?? "")?.item ?? []));
};

/** Items whose operation was begun in a span. What was begun before may still be sent in it: it is followed to its end. */
const begunWithin = (
  { end }: JobRecord,
  from: number,
  until: number,
): readonly { item: ItemShown; at: number }[] =>
  (end?.items ?? [])
    .map((item) => ({ item, at: item.started_at === null ? 0 : Date.parse(item.started_at) }))
    .filter(({ at }) => at > from + skew && at < until - skew);

/** Nothing new is begun later than a tick after a pause was answered, until somebody asks for more. */
const checkPauses = (under: BulkCase, record: JobRecord): void => {
  for (const pause of record.did("pause")) {
    if (pause.answered === null || pause.view?.state !== "paused") continue;
    // One that was asked for before, and was not answered yet, may come after the pause all the same.
    const resumed = record.deeds
      .filter(({ name }) => name === "resume" || name === "retry")
      .filter(({ answered }) => (answered ?? Number.POSITIVE_INFINITY) >= pause.asked)
      .map(({ asked }) => asked);
    const until = Math.min(Number.POSITIVE_INFINITY, ...resumed);
    const from = pause.answered + tick;
    const late = begunWithin(record, from, until);
    if (until > from) under.world.sometimes("a job was paused for longer than a tick");
    for (const { item, at } of late.slice(0, 1))
      under.breaks(
        "pause",
        `item ${item.index} of ${record.label} was begun ${Math.round((at - pause.answered) / 1000)} s after the pause`,
      );
  }
};

const isCancel = ({ name, view }: Deed): boolean =>
  (name === "cancel" || name === "abort") && view !== null && view.cancel !== null;

/** What was pending when the job was cancelled is never sent. */
const checkCancel = (under: BulkCase, record: JobRecord, sent: ReadonlySet<ItemShown>): void => {
  const [first] = record.deeds
    .filter(isCancel)
    .toSorted((one, other) => (one.answered ?? 0) - (other.answered ?? 0));
  if (first?.view == null || first.answered === null) return;
  const { answered, view } = first;
  if (view.counts.pending > 0)
    under.breaks("cancel", `${record.label} was cancelled with ${view.counts.pending} pending`);
  const late = begunWithin(record, answered + tick, Number.POSITIVE_INFINITY);
  for (const { item } of late.slice(0, 1))
    under.breaks(
      "cancel",
      `item ${item.index} of ${record.label} was begun more than a tick after the cancel`,
    );
  for (const item of record.end?.items ?? []) {
    const isPlain = item.code === null && item.attempts === 0;
    const isKeptBack = item.code === "CANCELLED" && item.attempts <= 1;
    const isUnbegun = item.state === "cancelled" && (isPlain || isKeptBack);
    if (isUnbegun && sent.has(item))
      under.breaks(
        "cancel",
        `item ${item.index} of ${record.label} is cancelled as never begun, and was sent`,
      );
  }
  checkAbort(under, record);
};

/** With `abort_running` nothing goes well any more that had not when the cancel was answered. */
const checkAbort = (under: BulkCase, record: JobRecord): void => {
  const first = record.did("abort").find(({ view }) => view?.cancel?.abort_running === true);
  if (first?.view == null || record.last?.kind !== "server.create") return;
  under.world.sometimes("a job was cancelled with what ran");
  const { succeeded } = first.view.counts;
  const end = record.last.counts.succeeded;
  if (end > succeeded)
    under.breaks(
      "abort",
      `${record.label} had ${succeeded} servers when it was aborted, and ended with ${end}`,
    );
};

/** What has succeeded is left alone by a retry. */
const checkRetries = (under: BulkCase, record: JobRecord): void => {
  for (const { status, view, retried, asked } of record.did("retry")) {
    const wasCancelled = record.deeds.some((deed) => isCancel(deed) && (deed.answered ?? Infinity) < asked);
    if (wasCancelled && status !== 409)
      under.breaks("retry", `${record.label} was cancelled, and a retry was answered ${status ?? 0}`);
    if (view !== null && (status === 202) !== retried > 0)
      under.breaks("retry", `a retry of ${retried} items of ${record.label} was answered ${status ?? 0}`);
  }
  if (record.last?.stopped?.rollback != null || record.last?.options.on_stop === "rollback") return;
  for (const { items } of record.walks)
    for (const { index, state, server_id: server, attempts } of items) {
      const end = record.end?.items[index];
      if (state !== "succeeded" || end === undefined) continue;
      if (end.state !== "succeeded" || end.server_id !== server || end.attempts !== attempts)
        under.breaks(
          "retry",
          `item ${index} of ${record.label} had succeeded with ${server ?? "nothing"}, and is ${end.state}`,
        );
    }
};

export const checkControl = (under: BulkCase): void => {
  const sent = sentItems(under);
  for (const record of under.taken) {
    checkPauses(under, record);
    checkCancel(under, record, sent);
    checkRetries(under, record);
  }
};
