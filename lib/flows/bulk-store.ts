import * as z from "zod";
import type { PlannedItem } from "../bulk/item.ts";
import { type BulkJob, bulkJobSchema, bulkJobsFolder, isOver } from "../bulk/job.ts";
import { packItems, unpackItems, usualChunk } from "../bulk/packed.ts";
import type { Json } from "../operation/json.ts";
import type { Document } from "../ports/documents.ts";
import type { Ports } from "../ports/ports.ts";
import { inParallel } from "./in-parallel.ts";
import { alreadyInFeed } from "./publish-events.ts";
import { RequestRefused } from "./request-refused.ts";

type StorePorts = Pick<Ports, "documents" | "clock">;

/** Seconds that a job and its items are kept, counted from its making: its report is kept for 30 days after its end. */
const keptSeconds = 90 * 86_400;
/** Chunks that are written or read at the same time. */
const chunksAtOnce = 10;
/** How often a change is decided anew because somebody else was faster. */
const triesOfChange = 10;

/** Jobs that are not over, or whose events are not out: each names its job, and its version grows when somebody changes it. */
const openFolder = "bulk-open";
/** All jobs by age, the newest first. */
const recentFolder = "bulk-recent";

const itemsFolder = ({ id }: Pick<BulkJob, "id">): string => `bulk-items/${id}`;

/** The name of a chunk: of one making of the job, so that a request that comes twice can't mix its items with the first's. */
const chunkName = ({ created_at: at }: Pick<BulkJob, "created_at">, chunk: number): string =>
  `${at} ${String(chunk).padStart(5, "0")}`;

const expiryOf = ({ created_at: at }: Pick<BulkJob, "created_at">): number =>
  Math.floor(Date.parse(at) / 1000) + keptSeconds;

/** A job, and the version that it was read at. */
export interface StoredJob {
  readonly job: BulkJob;
  readonly version: number;
}

/** The job as it stands; null when there is none. */
export const loadJob = async (
  id: string,
  { documents }: Pick<Ports, "documents">,
): Promise<StoredJob | null> => {
  const document = await documents.load(bulkJobsFolder, id);
  return document === null ? null : { job: bulkJobSchema.parse(document.value), version: document.version };
};

/** Saves the job if it still has that version. @returns whether this is what stands now */
export const saveJob = (
  job: BulkJob,
  seenVersion: number,
  { documents }: Pick<Ports, "documents">,
): Promise<boolean> => documents.save(bulkJobsFolder, job.id, job, seenVersion, expiryOf(job));

const chunkSchema = z.strictObject({ first: z.number(), count: z.number(), text: z.string() });

/** A piece of a job's items. `first`: the index of its first item. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
  readonly items: readonly PlannedItem[];
}

/** Puts the items of a job that is about to be made. @returns the number of chunks */
export const saveItems = async (
  job: Pick<BulkJob, "id" | "created_at">,
  items: readonly PlannedItem[],
  { documents }: StorePorts,
): Promise<number> => {
  const chunks = [...packItems(items)];
  await inParallel([...chunks.entries()], chunksAtOnce, async ([number, chunk]) => {
    const name = chunkName(job, number);
    const standing = await documents.load(itemsFolder(job), name);
    const value: Json = { ...chunk };
    await documents.save(itemsFolder(job), name, value, standing?.version ?? 0, expiryOf(job));
  });
  return chunks.length;
};

/** One chunk of a job. @throws Error when it is not there, which is a fault of ours */
export const loadChunk = async (
  job: Pick<BulkJob, "id" | "created_at">,
  number: number,
  { documents }: Pick<Ports, "documents">,
): Promise<Chunk> => {
  const document = await documents.load(itemsFolder(job), chunkName(job, number));
  if (document === null) throw new Error(`Chunk ${number} of bulk job ${job.id} is not there.`);
  const { first, count, text } = chunkSchema.parse(document.value);
  return { first, count, items: unpackItems(text) };
};

/** The first chunk that may hold an item: none holds more than so many. */
export const chunkNear = (index: number): number => Math.floor(index / usualChunk.items);

/** The items of a job, piece by piece; `from`: index of the first one that is wanted, the piece may begin before it. */
export async function* chunksOf(
  job: BulkJob,
  ports: Pick<Ports, "documents">,
  from = 0,
): AsyncGenerator<Chunk, void, void> {
  for (let number = chunkNear(from); number < job.chunks; number += 1)
    yield await loadChunk(job, number, ports);
}

/** What the list of jobs and of open jobs say of one. */
const noteSchema = z.strictObject({ id: z.string(), connection: z.string(), created_at: z.string() });
export type JobNote = z.infer<typeof noteSchema>;

const recentName = ({ id, created_at: at }: BulkJob): string =>
  `${String(9_999_999_999_999 - Date.parse(at)).padStart(13, "0")} ${id}`;

/** Puts a note, or counts up the version of the one that stands. */
const putNote = async (folder: string, name: string, job: BulkJob, ports: StorePorts): Promise<void> => {
  const note: JobNote = { id: job.id, connection: job.connection, created_at: job.created_at };
  for (let tried = 0; tried < triesOfChange; tried += 1) {
    const standing = await ports.documents.load(folder, name);
    if (await ports.documents.save(folder, name, note, standing?.version ?? 0, expiryOf(job))) return;
  }
};

/** Tells the runner that there is something new about the job. */
export const noteOpen = (job: BulkJob, ports: StorePorts): Promise<void> =>
  putNote(openFolder, job.id, job, ports);

/** A job that somebody has to take care of; its `version` grows with each change by others than the runner. */
export interface OpenJob extends JobNote {
  readonly version: number;
}

const openAtOnce = 1000;

const openJobOf = ({ value, version }: Document): OpenJob => ({ ...noteSchema.parse(value), version });

/** The open jobs. */
export const listOpen = async ({ documents }: Pick<Ports, "documents">): Promise<readonly OpenJob[]> => {
  const { documents: found } = await documents.list(openFolder, null, openAtOnce);
  return found.map(openJobOf);
};

/** Takes a job off the list of open ones, unless somebody has changed it since. */
export const closeJob = async (
  { id, version }: Pick<OpenJob, "id" | "version">,
  { documents }: Pick<Ports, "documents">,
): Promise<boolean> => documents.remove(openFolder, id, version);

/** Where a listing of jobs goes on. */
export interface JobNotes {
  readonly notes: readonly JobNote[];
  readonly next: string | null;
}

/** Jobs, the newest first, behind a place in the list. */
export const listRecent = async (
  after: string | null,
  limit: number,
  { documents }: Pick<Ports, "documents">,
): Promise<JobNotes> => {
  const { documents: found, next } = await documents.list(recentFolder, after, limit);
  return { notes: found.map(({ value }) => noteSchema.parse(value)), next };
};

/**
 * Puts a new job: first what is found through it and how it is found, last the job itself, so that one that is there is
 * whole.
 * @returns the job that stands under the id, and whether it is this one
 */
export const createJob = async (
  job: BulkJob,
  ports: StorePorts,
): Promise<{ readonly created: boolean; readonly job: BulkJob }> => {
  await putNote(recentFolder, recentName(job), job, ports);
  await noteOpen(job, ports);
  if (await saveJob(job, 0, ports)) return { created: true, job };
  const standing = await loadJob(job.id, ports);
  if (standing === null) throw new Error(`Bulk job ${job.id} is neither there nor to be made.`);
  return { created: false, job: standing.job };
};

/** Others changed the job each time that this change was to be saved. */
const contested = (id: string): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "CONFLICT",
    title: "The job is being changed by others",
    detail: `Bulk job ${id} was changed by others each time that this was to be saved.`,
    hint: "Ask again: it may be asked as often as you like.",
    retryAfterSeconds: 1,
  });

/**
 * Changes a job; decided anew when somebody else was faster. `decide` gives the job itself to leave it as it is.
 * @returns the job as it stands then; null when there is none
 * @throws RequestRefused 409 `CONFLICT`
 */
export const changeJob = async (
  id: string,
  decide: (job: BulkJob) => BulkJob,
  ports: StorePorts & Pick<Ports, "randomness">,
): Promise<BulkJob | null> => {
  for (let tried = 0; tried < triesOfChange; tried += 1) {
    const stored = await loadJob(id, ports);
    if (stored === null) return null;
    const next = decide(stored.job);
    if (next === stored.job) {
      // Asked for again, maybe because whoever asked first was not answered: then the runner was not told either.
      if (!isOver(next)) await noteOpen(next, ports);
      return next;
    }
    if (await saveJob(next, stored.version, ports)) {
      await noteOpen(next, ports);
      return next;
    }
    await ports.clock.sleep(10 + ports.randomness.fraction() * 50 * (tried + 1));
  }
  throw contested(id);
};

/** Publishes what stands in the job's outbox. @returns ids of the events that are out, to be marked with the next save */
export const publishJob = async (
  { outbox }: BulkJob,
  ports: Pick<Ports, "feed" | "bus" | "clock" | "log">,
): Promise<ReadonlySet<string>> => {
  if (outbox.length === 0) return new Set();
  const known = await alreadyInFeed(outbox, ports);
  await ports.feed.append(outbox.filter(({ id }) => !known.has(id)));
  const refused = new Set(await ports.bus.publish(outbox));
  if (refused.size > 0) ports.log.warn("the bus did not take all events", { count: refused.size });
  return new Set(outbox.map(({ id }) => id).filter((id) => !refused.has(id)));
};
