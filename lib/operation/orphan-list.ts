import * as z from "zod";
import {
  dataSchemaOf,
  eventSchema,
  typePrefix,
  type EventType,
  type SwitchyardEvent,
} from "../../events/event.ts";
import { eventSource } from "./announce.ts";
import { retentionSeconds, secondsAfter } from "./bounds.ts";
import { jsonObjectSchema } from "./json.ts";
import { keyOf, type Marked } from "./marked.ts";
import { volumeSchema } from "./observation.ts";
import { fingerprintOf } from "./operation-id.ts";
import { resourceSchema, type Resource } from "./operation.ts";
import { orphanReasons, type Judgement } from "./orphan.ts";
import { otherSchema } from "./orphan-others.ts";
import { instant } from "./time.ts";

/** What is to go together, as it was when its removal was decided. Saved before anything is deleted. */
export const removalSchema = z.strictObject({
  since: z.string(),
  /** The provider's time of the thing's creation. */
  created_at: z.string().nullable(),
  volumes: z.array(volumeSchema),
  addresses: z.array(z.string()),
});
export type Removal = z.infer<typeof removalSchema>;

/** Something that was left alone, and why. */
export const leftSchema = z.strictObject({ ...resourceSchema.shape, why: z.string() });
export type Left = z.infer<typeof leftSchema>;

const orphanSchema = z.strictObject({
  ...resourceSchema.shape,
  name: z.string().nullable(),
  operation_id: z.string(),
  reason: z.enum(orphanReasons),
  /** `suspected`: seen once. `confirmed`: seen again later, and said. `deleting`: its removal may have begun. */
  state: z.enum(["suspected", "confirmed", "deleting", "deleted"]),
  detail: z.string(),
  created_at: z.string().nullable(),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
  removal: removalSchema.nullable(),
});
export type Orphan = z.infer<typeof orphanSchema>;

/** The orphans of one connection: one cell. */
export const orphanListSchema = z.strictObject({
  orphans: z.array(orphanSchema),
  /** The last sequence under each subject, kept as long as its events are. */
  spoken: z.array(z.strictObject({ key: z.string(), sequence: z.number().int(), until: z.string() })),
  outbox: z.array(eventSchema),
  /** What is left alone for its tags, or because nobody knows whose it is. */
  others: z.array(otherSchema).default([]),
  /**
   * When a sweep that saw every list was last written; null: none was yet. A sweep that changes nothing writes nothing, so
   * the last one may have been later.
   */
  swept_at: z.string().nullable().default(null),
});
export type OrphanList = z.infer<typeof orphanListSchema>;

export const noOrphans: OrphanList = { orphans: [], spoken: [], outbox: [], others: [], swept_at: null };

/**
 * What one cell holds. A row of the table takes 400 KB and no more: a list that grows beyond that could never be written
 * again. The orphans that find no room wait until some are settled.
 */
const mostOrphans = 200;
/** How many deleted ones are still shown, and for how many seconds. */
const mostDeleted = 50;
const shownFor = 7 * 24 * 3600;
/** Subjects whose last sequence is remembered. */
const mostSpoken = 400;
/** Events that wait to be published: beyond that, what is not pressing is said by the next sweep. */
const mostUnsaid = 50;
/** Letters of a thing's name that are kept. */
const nameLetters = 100;

/** Where and when a sweep looks. */
export interface Sweep {
  readonly connection: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Seconds that must lie between the first sight of a thing and its confirmation. */
  readonly patienceSeconds: (orphan: Orphan) => number;
}

/** What a sweep saw of one thing: it with its judgement, or that it is gone. */
export type Sight =
  | {
      readonly resource: Resource;
      readonly thing: Marked;
      readonly judgement: Judgement;
      /** The operation that its marker names. */
      readonly by: string | null;
    }
  | { readonly resource: Resource; readonly thing: null };

interface Words {
  readonly because?: string;
  readonly also_deleted?: readonly Resource[];
  readonly left_alone?: readonly Left[];
}

/** The list with an event about the orphan in its outbox. */
const say = (
  list: OrphanList,
  orphan: Orphan,
  type: Extract<EventType, `orphan.${string}`>,
  { connection, now }: Pick<Sweep, "connection" | "now">,
  { because, also_deleted = [], left_alone = [] }: Words = {},
): OrphanList => {
  const key = keyOf(orphan);
  const sequence = (list.spoken.find((entry) => entry.key === key)?.sequence ?? 0) + 1;
  const subject = `${connection}/orphan/${key}`;
  const { id, name, operation_id, reason, detail } = orphan;
  const event: SwitchyardEvent = {
    specversion: "1.0",
    id: `evt_orphan_${now}_${fingerprintOf([subject, sequence]).slice(0, 20)}`,
    source: eventSource,
    type: `${typePrefix}${type}`,
    subject,
    time: instant(now),
    sequence,
    dataschema: dataSchemaOf(type),
    data: jsonObjectSchema.parse({
      connection,
      type: orphan.type,
      id,
      name,
      operation_id,
      reason,
      detail,
      also_deleted,
      left_alone,
      because: because ?? null,
    }),
  };
  const until = instant(now + retentionSeconds * 1000);
  const others = list.spoken.filter((entry) => entry.key !== key && Date.parse(entry.until) > now);
  return {
    ...list,
    spoken: [...others, { key, sequence, until }].slice(-mostSpoken),
    outbox: [...list.outbox, event],
  };
};

/** The list with the orphan in the place of what it said of the thing before. */
const put = (list: OrphanList, orphan: Orphan): OrphanList => {
  const key = keyOf(orphan);
  const at = list.orphans.findIndex((other) => keyOf(other) === key);
  return {
    ...list,
    orphans: at === -1 ? [...list.orphans, orphan] : list.orphans.with(at, orphan),
  };
};

const drop = (list: OrphanList, orphan: Orphan): OrphanList => ({
  ...list,
  orphans: list.orphans.filter((other) => keyOf(other) !== keyOf(orphan)),
});

/** What was tried waits behind the others: one that will not go must not keep them from their turn. */
const putLast = (list: OrphanList, orphan: Orphan): OrphanList => put(drop(list, orphan), orphan);

/** It is no orphan any more. Whoever was told that it is one is told so. */
const resolved = (list: OrphanList, orphan: Orphan, because: string, sweep: Sweep): OrphanList => {
  const without = drop(list, orphan);
  if (orphan.state !== "suspected" && list.outbox.length >= mostUnsaid) return list;
  return orphan.state === "suspected"
    ? without
    : say(without, { ...orphan, removal: null }, "orphan.resolved", sweep, { because });
};

/** A suspicion that has stood long enough is said. */
const confirmed = (list: OrphanList, orphan: Orphan, sweep: Sweep): OrphanList => {
  if (orphan.state !== "suspected") return put(list, orphan);
  const isOldEnough = sweep.now >= secondsAfter(orphan.first_seen_at, sweep.patienceSeconds(orphan));
  if (!isOldEnough || list.outbox.length >= mostUnsaid) return put(list, orphan);
  const standing: Orphan = { ...orphan, state: "confirmed" };
  return say(put(list, standing), standing, "orphan.found", sweep);
};

type Seen = Extract<Sight, { thing: Marked }>;

const seenAsOrphan = (
  list: OrphanList,
  before: Orphan | undefined,
  { thing, judgement, by }: Seen,
  sweep: Sweep,
): OrphanList => {
  if (judgement.is !== "orphan" || by === null) return list;
  const at = instant(sweep.now);
  const isNew = before === undefined || before.state === "deleted";
  const isFull = list.orphans.filter(({ state }) => state !== "deleted").length >= mostOrphans;
  if (isNew && isFull) return list;
  const heldBack = judgement.heldBack === null ? "" : `; left alone: ${judgement.heldBack}`;
  const orphan: Orphan = {
    ...thing.resource,
    name: thing.name?.slice(0, nameLetters).toWellFormed() ?? null,
    operation_id: by,
    reason: judgement.reason,
    state: isNew ? "suspected" : before.state,
    detail: `${judgement.why}${heldBack}`,
    created_at: thing.createdAt,
    first_seen_at: isNew ? at : before.first_seen_at,
    last_seen_at: at,
    removal: isNew ? null : before.removal,
  };
  return confirmed(list, orphan, sweep);
};

/** Whether it goes with an orphan whose removal has begun: then it is settled there. */
const goesWithAnother = ({ orphans }: OrphanList, { type, id }: Resource): boolean =>
  orphans.some(({ removal }) => {
    if (removal === null) return false;
    return type === "ip"
      ? removal.addresses.includes(id)
      : removal.volumes.some((volume) => volume.id === id);
  });

const withSight = (list: OrphanList, sight: Sight, sweep: Sweep): OrphanList => {
  const key = keyOf(sight.resource);
  if (goesWithAnother(list, sight.resource)) return list;
  const before = list.orphans.find((orphan) => keyOf(orphan) === key);
  if (sight.thing === null) {
    if (before?.state !== "suspected" && before?.state !== "confirmed") return list;
    // A deletion that was sent may land late: what the thing had is still to be settled then.
    if (before.removal !== null) return put(list, { ...before, state: "deleting" });
    return resolved(list, before, "it is gone", sweep);
  }
  const { judgement } = sight;
  if (judgement.is === "orphan") return seenAsOrphan(list, before, sight, sweep);
  if (before === undefined || before.state === "deleted") return list;
  // Rows are kept for 30 days: what was confirmed while its operation was known stays what it was.
  if (judgement.is === "unknown_owner" && before.state !== "suspected")
    return put(list, { ...before, detail: judgement.why, last_seen_at: instant(sweep.now) });
  return resolved(list, before, judgement.why, sweep);
};

/** The list without deleted ones that have been shown for long enough. */
const withoutOld = (list: OrphanList, now: number): OrphanList => {
  const deleted = list.orphans.filter(({ state }) => state === "deleted");
  const shown = new Set(
    deleted.filter(({ last_seen_at }) => now < secondsAfter(last_seen_at, shownFor)).slice(-mostDeleted),
  );
  if (shown.size === deleted.length) return list;
  return { ...list, orphans: list.orphans.filter((one) => one.state !== "deleted" || shown.has(one)) };
};

/** What a sweep's sights make of the list. Things that it has no sight of stay what they were. Pure. */
export const afterSights = (list: OrphanList, sights: readonly Sight[], sweep: Sweep): OrphanList =>
  sights.reduce((so, sight) => withSight(so, sight, sweep), withoutOld(list, sweep.now));

/** The list after a sweep to which every list was answered. It is dated where it is new or written anyway. */
export const withSweep = (before: OrphanList, after: OrphanList, now: number): OrphanList =>
  before.swept_at !== null && JSON.stringify(before) === JSON.stringify(after)
    ? after
    : { ...after, swept_at: instant(now) };

/** The removal of an orphan is about to begin. */
export const withIntent = (list: OrphanList, orphan: Orphan, removal: Removal): OrphanList =>
  putLast(list, { ...orphan, state: "deleting", removal });

/** It does not go now after all. What was planned stays on record: a deletion that was sent may still land. */
export const withoutIntent = (list: OrphanList, orphan: Orphan, detail: string): OrphanList =>
  putLast(list, { ...orphan, state: "confirmed", detail });

/** It could not go yet: what is said of it changes, nothing else. */
export const withDetail = (list: OrphanList, orphan: Orphan, detail: string): OrphanList =>
  putLast(list, { ...orphan, detail });

/** It is gone, with some of what it had. */
export const withDeleted = (
  list: OrphanList,
  orphan: Orphan,
  words: Required<Omit<Words, "because">>,
  sweep: Pick<Sweep, "connection" | "now">,
): OrphanList => {
  const detail =
    words.left_alone.length === 0 ? "it is deleted" : "it is deleted; some of what it had was left alone";
  const at = instant(sweep.now);
  const gone: Orphan = { ...orphan, state: "deleted", removal: null, detail, last_seen_at: at };
  return say(put(list, gone), gone, "orphan.deleted", sweep, words);
};

/** The list without events that are out. */
export const withoutSaid = (list: OrphanList, ids: readonly string[]): OrphanList => ({
  ...list,
  outbox: list.outbox.filter(({ id }) => !ids.includes(id)),
});
