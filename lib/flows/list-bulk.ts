import * as z from "zod";
import { maySee, type Caller } from "../access/caller.ts";
import { boardOf, codeOf, patchOf, type Board } from "../bulk/board.ts";
import { correctedItem } from "../bulk/correction.ts";
import type { PlannedItem } from "../bulk/item.ts";
import { isOver, type BulkJob, type JobState } from "../bulk/job.ts";
import {
  csvHeaderLine,
  csvLine,
  type ItemState,
  itemStateOf,
  jsonLine,
  reportRow,
  type ReportRow,
} from "../bulk/report.ts";
import { homeOf } from "../connection.ts";
import { choiceOf } from "../operation/choice.ts";
import { retentionSeconds } from "../operation/bounds.ts";
import { creates, resourceTypeOf } from "../operation/kind.ts";
import type { Operation } from "../operation/operation.ts";
import { secondsBetween } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { chunksOf, listRecent, loadJob } from "./bulk-store.ts";
import { badCursor, cursorOf, type Listing, markOf, positionOf } from "./cursor.ts";
import { RequestRefused } from "./request-refused.ts";
import { itemOperationId } from "./start-item.ts";

type ListPorts = Pick<Ports, "documents" | "operations" | "clock" | "deployment" | "providers">;

/** Pages of notes that one listing reads before it gives what it has. */
const pagesPerListing = 10;

const placeSchema = z.string().regex(/^\d{13} blk_\w+$/);

/** Which jobs are asked for; null: whatever it is. */
export interface JobFilter {
  readonly state: JobState | null;
  readonly connection: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

const jobPlaceSchema = z.strictObject({ of: z.string(), after: placeSchema });

/** A page of jobs, the newest first, as far as the caller may see them. @throws RequestRefused for a foreign cursor */
export const listJobs = async (
  { state, connection, limit, cursor }: JobFilter,
  caller: Caller,
  ports: ListPorts,
): Promise<Listing<BulkJob>> => {
  const of = markOf({ state, connection });
  const place = cursor === null ? null : positionOf(cursor, jobPlaceSchema);
  if (place !== null && place.of !== of) throw badCursor();
  let after = place?.after ?? null;
  const items: BulkJob[] = [];
  for (let page = 0; page < pagesPerListing; page += 1) {
    const { notes, next } = await listRecent(after, limit - items.length, ports);
    const own = notes.filter(
      (note) => maySee(caller, note.connection) && (connection === null || note.connection === connection),
    );
    const stored = await Promise.all(own.map(({ id }) => loadJob(id, ports)));
    items.push(
      ...stored.flatMap((found) =>
        found === null || (state !== null && found.job.state !== state) ? [] : [found.job],
      ),
    );
    after = next;
    if (next === null || items.length >= limit) break;
  }
  return { items, nextCursor: after === null ? null : cursorOf({ of, after }) };
};

/** An item as the API shows it. */
export interface ItemView extends ReportRow {
  readonly index: number;
  readonly operation_id: string | null;
  readonly resource: { readonly type: string; readonly id: string } | null;
}

const nameOf = (job: BulkJob, { name, was, resourceId }: PlannedItem): string | null =>
  name ?? was ?? (creates(job.kind) ? null : resourceId);

/** Where an item is made or acted on: where it was made in the end, where it was to be, else where its connection is. */
const zoneOf = ({ input }: PlannedItem, operation: Operation | null, home: string | null): string | null => {
  const chosen = operation === null ? undefined : choiceOf(operation)?.zone;
  return chosen ?? (typeof input["zone"] === "string" ? input["zone"] : home);
};

/** Whether something was begun for the item, so that there may be an operation. */
const mayHaveRow = (board: Board, index: number): boolean =>
  !["p", "b"].includes(board.letters.at(index)) || board.attempts.at(index) > 1;

const rowsFor = async (
  job: BulkJob,
  board: Board,
  items: readonly PlannedItem[],
  { operations, deployment }: ListPorts,
): Promise<ReadonlyMap<number, Operation>> => {
  const ids = new Map(
    items
      .filter(({ index }) => mayHaveRow(board, index))
      .map(({ index, key }) => [itemOperationId(deployment, job, key, board.attempts.at(index)), index]),
  );
  const rows = await operations.loadMany([...ids.keys()]);
  return new Map(
    rows.flatMap((row) => {
      const index = ids.get(row.id);
      return index === undefined ? [] : [[index, row] as const];
    }),
  );
};

const reported = (
  job: BulkJob,
  board: Board,
  asked: PlannedItem,
  operation: Operation | null,
  { providers }: ListPorts,
): ReportRow => {
  const item = correctedItem(asked, patchOf(job, board, asked.index));
  const connection = providers.connection(job.connection);
  const home = connection === null ? null : homeOf(connection) || null;
  const code = codeOf(job, board, item.index);
  const cause = job.causes.find((one) => one.code === code);
  const isOwn = operation?.bulk_job === job.id;
  return reportRow({
    item: {
      line: item.line,
      key: item.key,
      name: nameOf(job, item),
      zone: zoneOf(item, operation, home),
      eurPerHour:
        job.kind === "server.create" ? (item.eurPerHour ?? job.plan.eur_per_hour_each ?? null) : null,
    },
    letter: board.letters.at(item.index),
    attempt: board.attempts.at(item.index),
    operation: isOwn ? operation : null,
    why: code === null ? null : { code, message: item.why ?? cause?.message ?? null },
    serverId: operation?.resource?.type === "server" ? operation.resource.id : serverOf(job, item),
    ips: operation?.addresses ?? [],
    requestId: job.request_id,
  });
};

const serverOf = ({ kind }: BulkJob, { resourceId }: PlannedItem): string | null =>
  resourceTypeOf(kind) === "server" ? resourceId : null;

const itemPlaceSchema = z.strictObject({ of: z.string(), from: z.int().min(0) });

const viewOf = (
  job: BulkJob,
  board: Board,
  item: PlannedItem,
  operation: Operation | null,
  ports: ListPorts,
): ItemView => ({
  index: item.index,
  operation_id: operation?.id ?? null,
  resource: operation?.resource ?? null,
  ...reported(job, board, item, operation, ports),
});

/** Which items are asked for. */
export interface ItemFilter {
  readonly state: ItemState | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** A page of a job's items, in their order: the same items however much they change meanwhile. */
export const listItems = async (
  job: BulkJob,
  { state, limit, cursor }: ItemFilter,
  ports: ListPorts,
): Promise<Listing<ItemView>> => {
  const of = markOf({ job: job.id, state });
  const place = cursor === null ? { of, from: 0 } : positionOf(cursor, itemPlaceSchema);
  if (place.of !== of) throw badCursor();
  const board = boardOf(job);
  const wanted: PlannedItem[] = [];
  for await (const chunk of chunksOf(job, ports, place.from)) {
    if (chunk.first + chunk.count <= place.from) continue;
    for (const item of chunk.items) {
      const isMeant = state === null || itemStateOf(board.letters.at(item.index)) === state;
      if (item.index >= place.from && isMeant) wanted.push(item);
    }
    if (wanted.length > limit) break;
  }
  const given = wanted.slice(0, limit);
  const rows = await rowsFor(job, board, given, ports);
  const next = wanted[limit];
  return {
    items: given.map((item) => viewOf(job, board, item, rows.get(item.index) ?? null, ports)),
    nextCursor: next === undefined ? null : cursorOf({ of, from: next.index }),
  };
};

export type ReportFormat = "csv" | "jsonl";
export type ReportOnly = "all" | "failed" | "succeeded";

const isOf = (only: ReportOnly, state: ItemState): boolean =>
  only === "all" || state === only || (only === "failed" && state === "needs_attention");

/**
 * The report of a job: a line for each item. Of a job that is over it is the same at each download.
 * @throws RequestRefused 410 when its operations are no longer kept
 */
export const reportOf = async (
  job: BulkJob,
  format: ReportFormat,
  only: ReportOnly,
  ports: ListPorts,
): Promise<string> => {
  if (isOver(job) && secondsBetween(job.ended_at ?? job.created_at, ports.clock.now()) > retentionSeconds)
    throw new RequestRefused({
      status: 410,
      code: "REPORT_EXPIRED",
      title: "The report is not kept any more",
      detail: `Bulk job ${job.id} ended at ${job.ended_at ?? ""}; its report was kept for ${retentionSeconds / 86_400} days.`,
    });
  const board = boardOf(job);
  const lines = format === "csv" ? [csvHeaderLine] : [];
  for await (const chunk of chunksOf(job, ports)) {
    const items = chunk.items.filter(({ index }) => isOf(only, itemStateOf(board.letters.at(index))));
    const rows = await rowsFor(job, board, items, ports);
    for (const item of items) {
      const row = reported(job, board, item, rows.get(item.index) ?? null, ports);
      lines.push(format === "csv" ? csvLine(row) : jsonLine(row));
    }
  }
  return lines.join("");
};
