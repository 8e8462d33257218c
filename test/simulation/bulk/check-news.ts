import * as z from "zod";
import type { Of } from "../checker.ts";
import { jobViewSchema } from "../../../lib/bulk/job-view.ts";
import type { BulkCase } from "./checker.ts";
import type { JobRecord } from "./ledger.ts";

type Published = Of<"published">;
const saidSchema = z.object({ time: z.string(), data: jobViewSchema });

const shortOf = ({ type }: Pick<Published, "type">): string => type.replace("switchyard.bulk_job.", "");
const ends: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/** Seconds between two events about progress; clocks of two sandboxes differ by up to two. */
const progressSeconds = 5 - 2;

interface Said {
  readonly sequence: number;
  readonly type: string;
  readonly at: number;
  readonly percent: number;
  readonly state: string;
}

/** All copies of an event are the same bytes, and no two share a place. @returns each once, in their order */
const saidOf = (under: BulkCase, label: string, published: readonly Published[]): readonly Said[] => {
  const bytes = new Map<string, string>();
  const places = new Map<number, string>();
  const said: Said[] = [];
  for (const event of published) {
    const known = bytes.get(event.id);
    if (known !== undefined && known !== event.bytes)
      under.breaks("I4", `${event.id} of ${label} was said in two ways`);
    if (known !== undefined) continue;
    bytes.set(event.id, event.bytes);
    const holder = places.get(event.sequence);
    if (holder !== undefined)
      under.breaks("I6", `${holder} and ${event.id} both are event ${event.sequence} of ${label}`);
    places.set(event.sequence, event.id);
    const { time, data } = saidSchema.parse(JSON.parse(event.bytes));
    const { total, ...others } = data.counts;
    if (Object.values(others).reduce((sum, one) => sum + one, 0) !== total)
      under.breaks("I9", `${event.id} of ${label} has counts that do not add up`);
    said.push({
      sequence: event.sequence,
      type: shortOf(event),
      at: Date.parse(time),
      percent: data.percent,
      state: data.state,
    });
  }
  return said.toSorted((one, other) => one.sequence - other.sequence);
};

const checkProgress = (under: BulkCase, label: string, said: readonly Said[]): void => {
  let before: Said | null = null;
  for (const event of said) {
    // A job that goes on after a retry counts anew.
    if (event.type === "resumed") before = null;
    if (event.type !== "progressed") continue;
    const isSoon = before !== null && event.at - before.at < progressSeconds * 1000;
    if (isSoon)
      under.breaks("progress", `${label} told its progress twice within ${event.at - (before?.at ?? 0)} ms`);
    before = event;
  }
};

const checkJob = (under: BulkCase, record: JobRecord, said: readonly Said[]): void => {
  const { label, last } = record;
  const gap = said.findIndex(({ sequence }, index) => sequence !== index + 1);
  if (gap >= 0) under.breaks("I6", `event ${gap + 1} of ${label} was never said`);
  if (said[0]?.type !== "planned") under.breaks("events", `${label} did not say that it is planned`);
  checkProgress(under, label, said);
  let isOver = false;
  for (const { type, state } of said) {
    if (isOver && type !== "resumed")
      under.breaks("events", `${label} said ${type} after its end (${state})`);
    isOver = ends.has(type);
  }
  const final = said.at(-1);
  if (last?.ended_at == null) return;
  if (final === undefined || !ends.has(final.type) || final.state !== last.state)
    under.breaks("I4", `${label} is ${last.state}, and the last that it said is ${final?.type ?? "nothing"}`);
};

/** What jobs say of themselves on the bus. */
export const checkNews = (under: BulkCase): void => {
  const bySubject = Map.groupBy(under.all("published"), ({ subject }) => subject);
  for (const record of under.taken) {
    const published = bySubject.get(record.id ?? "") ?? [];
    checkJob(under, record, saidOf(under, record.label, published));
  }
};
