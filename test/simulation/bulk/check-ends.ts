import { createHash } from "node:crypto";
import type { JobView } from "../../../lib/bulk/job-view.ts";
import type { BulkCase } from "./checker.ts";
import { LeanWorld } from "./lean-world.ts";
import type { ItemShown, JobRecord, ReportGiven } from "./ledger.ts";

/** Whether it may stand still: it waits for a person who will not come. */
const mayStand = ({ state, paused }: JobView): boolean =>
  state === "awaiting_confirm" ||
  (state === "paused" && (paused?.why === "request" || paused?.why === "authentication"));

const checkEnd = (under: BulkCase, record: JobRecord, view: JobView): void => {
  const { label } = record;
  const { counts, state } = view;
  if (view.ended_at === null) {
    if (under.days.isLeft(record) && mayStand(view)) return under.world.sometimes(`a job was left ${state}`);
    const { running, pending } = counts;
    return under.breaks(
      "end",
      `${label} is ${state} with ${pending} pending and ${running} running, long after the last fault`,
    );
  }
  under.world.sometimes(`a job ended as ${state}`);
  if (counts.pending + counts.running > 0)
    under.breaks("I9", `${label} is ${state}: ${JSON.stringify(counts)}`);
  const { succeeded, failed, needs_attention: attention } = counts;
  const isBad = failed + attention > 0;
  const isFit = {
    cancelled: view.cancel !== null,
    failed: succeeded === 0,
    completed: !isBad && view.stopped === null,
    completed_with_errors: isBad || view.stopped !== null,
  };
  const fits = new Map<string, boolean>(Object.entries(isFit)).get(state) ?? false;
  if (!fits) under.breaks("end", `${label} ended as ${state}: ${JSON.stringify(counts)}`);
};

/** The items, one by one, are what the job counts. */
const checkWalk = (under: BulkCase, { label, end }: JobRecord, { counts }: JobView): void => {
  if (end === null) return under.breaks("items", `${label} shows no items`);
  if (end.items.length !== counts.total)
    under.breaks("items", `${label} shows ${end.items.length} of its ${counts.total} items`);
  for (const [state, items] of Map.groupBy(end.items, (item) => item.state)) {
    const counted = new Map<string, number>(Object.entries(counts)).get(state);
    if (counted !== items.length)
      under.breaks("items", `${label} counts ${counted ?? "nothing"} as ${state}, and shows ${items.length}`);
  }
};

const sha256 = (text: string): string => `sha-256=:${createHash("sha256").update(text).digest("base64")}:`;

const checkReport = (under: BulkCase, { label, end }: JobRecord, given: ReportGiven): void => {
  const { format, text, digest, isFinal } = given;
  const lines = text.split("\n").length - (format === "csv" ? 2 : 1);
  if (digest !== sha256(text)) under.breaks("report", `${label} gives the digest of another report`);
  if (!isFinal) return;
  if (lines !== end?.items.length)
    under.breaks("report", `${label} reports ${lines} of ${end?.items.length ?? 0} items`);
  if (format === "csv") return;
  const states = text
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [/"state":"(\w+)"/.exec(line)?.[1] ?? ""]));
  for (const [index, item] of (end?.items ?? []).entries())
    if (states[index] !== item.state)
      under.breaks(
        "report",
        `${label} reports item ${index} as ${states[index] ?? "nothing"}, and it is ${item.state}`,
      );
};

/** Of a job that is over the report has the same bytes each time. */
const checkReports = (under: BulkCase, record: JobRecord): void => {
  const last = record.reports.slice(-4).filter(({ isFinal }) => isFinal);
  for (const [format, same] of Map.groupBy(last, (given) => given.format))
    if (new Set(same.map(({ text }) => text)).size > 1)
      under.breaks(
        "report",
        `the final report of ${record.label} as ${format} has other bytes the second time`,
      );
  for (const given of last) checkReport(under, record, given);
};

/**
 * I2, I4: whatever was begun has an end that was told, whoever was to follow it. Of rows that the due index does not have
 * only the table says that they are there.
 */
const checkOperations = (under: BulkCase): void => {
  const told = new Set(
    under
      .all("published")
      .flatMap(({ type, operation }) =>
        /^switchyard\.operation\.(succeeded|failed|cancelled|needs_attention)$/.test(type) ? [operation] : [],
      ),
  );
  const isLean = under.world instanceof LeanWorld;
  for (const { operation } of under.works.table.rows.values()) {
    const { id, state, call, ended_at: endedAt, outbox } = operation;
    if (endedAt === null) under.breaks("I2", `${id} is still ${state}`);
    // What was kept from being begun says nothing: nobody has heard of it.
    const isKeptBack = state === "cancelled" && call === null && outbox.length === 0;
    if (!isLean && endedAt !== null && !isKeptBack && !told.has(id))
      under.breaks("I4", `${id} is ${state}, and nobody was told`);
  }
};

/** Counts rare situations that the ends show. */
const noteSituations = ({ world }: BulkCase, { end, deeds }: JobRecord): void => {
  const has = (isSo: (item: ItemShown) => boolean): boolean => end?.items.some(isSo) ?? false;
  if (has(({ code }) => code === "SKIPPED_EXISTS"))
    world.sometimes("an item was skipped because another job has made it");
  if (has(({ name, attempts }) => name?.startsWith("scoped-") === true && attempts > 1))
    world.sometimes("an item went on after what another job had begun came to nothing");
  if (has(({ code }) => code === "POISON")) world.sometimes("a poison item was set aside");
  if (has(({ code }) => code === "ABORTED"))
    world.sometimes("an item was removed again, because its job was cancelled");
  if (deeds.some(({ name, status }) => (name === "submit" || name === "confirm") && status === 422))
    world.sometimes("a job was refused, because others had reserved the rest");
};

/** What can't be begun comes to nothing, for its own reason; and nothing else is taken for poison without need. */
const checkPoison = (under: BulkCase, { label, last, end }: JobRecord): void => {
  const { poison } = under.works;
  const mayFail =
    under.world.faults.isOn("store throttled") || under.world.faults.isOn("store write unclear");
  for (const { index, name, state, code } of last?.kind === "server.create" ? (end?.items ?? []) : []) {
    const isPoison = poison.has(name);
    if (
      isPoison &&
      (state === "succeeded" || state === "needs_attention" || (state === "failed" && code === "CANCELLED"))
    )
      under.breaks(
        "poison",
        `item ${index} of ${label} can't be begun, and is ${state} (${code ?? "no code"})`,
      );
    if (!isPoison && !mayFail && code === "POISON")
      under.breaks("poison", `item ${index} of ${label} was taken for poison`);
  }
};

/** Every job has an end, or waits for somebody who has to say something; what is shown at the end is one truth. */
export const checkEnds = (under: BulkCase): void => {
  checkOperations(under);
  for (const record of under.people.records) noteSituations(under, record);
  for (const record of under.taken) {
    const { last } = record;
    if (last === null) continue;
    checkEnd(under, record, last);
    checkWalk(under, record, last);
    checkReports(under, record);
    checkPoison(under, record);
  }
};
