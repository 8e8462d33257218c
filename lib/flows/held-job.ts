import { type Board, boardOf, patchOf } from "../bulk/board.ts";
import type { PlannedItem } from "../bulk/item.ts";
import { published } from "../bulk/job-change.ts";
import { began, merge, settle } from "../bulk/job-run.ts";
import type { BulkJob } from "../bulk/job.ts";
import { layMark } from "../bulk/lay-mark.ts";
import type { Mark } from "../bulk/mark.ts";
import type { Ports } from "../ports/ports.ts";
import { type Chunk, chunkNear, loadChunk, loadJob, saveJob, type StoredJob } from "./bulk-store.ts";

type JobPorts = Pick<Ports, "documents" | "clock" | "randomness">;

/** How often a save is decided anew because somebody else has changed the job. */
const triesOfSave = 20;
/** Chunks that are kept at hand: items are begun in their order. */
const chunksKept = 3;

/**
 * A job in the hands of the runner: the document as it was last read or saved, and what the runner has learnt since.
 * Only marks are the runner's own; they may be laid over the document in any order and as often as it takes.
 */
export class HeldJob {
  readonly #ports: JobPorts;
  #stored: StoredJob;
  /** The job with the marks laid over it, whose letters and numbers are on the board. */
  #laid: BulkJob;
  #board: Board;
  #marks: Mark[] = [];
  /** Items whose start is not saved yet. */
  readonly #unsavedStarts = new Set<number>();
  readonly #said = new Set<string>();
  readonly #chunks = new Map<number, Chunk>();
  #saving: Promise<void> = Promise.resolve();
  /** Version of the note under which the runner has last read the job: another one means that somebody has changed it. */
  noteVersion: number;
  /** When it was last saved, in milliseconds since the epoch. */
  savedAt: number;

  constructor(stored: StoredJob, noteVersion: number, ports: JobPorts) {
    this.#stored = stored;
    this.#laid = stored.job;
    this.#board = boardOf(stored.job);
    this.#ports = ports;
    this.noteVersion = noteVersion;
    this.savedAt = ports.clock.now();
  }

  /** As it stands in the table, as far as the runner knows. */
  get job(): BulkJob {
    return this.#stored.job;
  }

  /** The document, with what has been marked since. */
  get board(): Board {
    return this.#board;
  }

  /** Whether something is to be saved. */
  get isDirty(): boolean {
    return this.#marks.length > 0 || this.#said.size > 0;
  }

  /** Remembers what was learnt; it is saved with the next save. */
  mark(marks: readonly Mark[]): void {
    for (const mark of marks) {
      this.#marks.push(mark);
      if (mark.type === "started") this.#unsavedStarts.add(mark.item);
      this.#laid = layMark(this.#laid, this.#board, mark) ?? this.#laid;
    }
  }

  /** Whether the table says that the item is started: only then may it be sent. */
  isStartSaved(item: number): boolean {
    return !this.#unsavedStarts.has(item);
  }

  /** Events of the outbox that are out. */
  say(ids: ReadonlySet<string>): void {
    for (const id of ids) this.#said.add(id);
  }

  /** Reads the job anew: somebody has changed it. @returns false when it is no longer there */
  async reload(): Promise<boolean> {
    const stored = await loadJob(this.job.id, this.#ports);
    if (stored === null) return false;
    this.#take(stored);
    return true;
  }

  /**
   * Saves what was learnt, and what follows from it; `change` is laid over it as well. One save after the other.
   * @throws Error when others change the job each time
   */
  save(change: (job: BulkJob, now: number) => BulkJob = (job) => job): Promise<void> {
    const saved = this.#saving.then(() => this.#save(change));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async #save(change: (job: BulkJob, now: number) => BulkJob): Promise<void> {
    const { clock, randomness } = this.#ports;
    for (let tried = 1; tried <= triesOfSave; tried += 1) {
      const now = clock.now();
      const marks = [...this.#marks];
      const said = new Set(this.#said);
      const { job, version } = this.#stored;
      const opened = began(published(job, said).next, now).next;
      const next = settle(change(merge(opened, marks, now).next, now), now).next;
      if (next === job || (await saveJob(next, version, this.#ports))) {
        this.#marks = this.#marks.slice(marks.length);
        for (const { type, item } of marks) if (type === "started") this.#unsavedStarts.delete(item);
        for (const id of said) this.#said.delete(id);
        this.savedAt = now;
        this.#take(next === job ? this.#stored : { job: next, version: version + 1 });
        return;
      }
      if (!(await this.reload())) throw new Error(`Bulk job ${job.id} is no longer there.`);
      await clock.sleep(randomness.fraction() * 20 * tried);
    }
    throw new Error(`Bulk job ${this.job.id} is being changed by others all the time.`);
  }

  #take(stored: StoredJob): void {
    const isNewlyAborted =
      stored.job.cancel?.abort_running === true && this.job.cancel?.abort_running !== true;
    this.#stored = stored;
    // What has gone well and is not saved yet is among what was running then: it is looked at again, and removed.
    if (isNewlyAborted)
      this.#marks = this.#marks.filter((mark) => mark.type !== "ended" || mark.letter !== "s");
    this.#laid = stored.job;
    this.#board = boardOf(stored.job);
    for (const mark of this.#marks) this.#laid = layMark(this.#laid, this.#board, mark) ?? this.#laid;
  }

  /** An item with the correction of its input laid over it, if it has one. @throws Error when it is not there */
  async item(index: number): Promise<PlannedItem> {
    for (const chunk of this.#chunks.values()) {
      const item = chunk.items[index - chunk.first];
      if (item !== undefined) return this.#corrected(item);
    }
    for (let number = this.#chunkNear(index); number < this.job.chunks; number += 1) {
      const chunk = await this.#chunk(number);
      const item = chunk.items[index - chunk.first];
      if (item !== undefined) return this.#corrected(item);
    }
    throw new Error(`Bulk job ${this.job.id} has no item ${index}.`);
  }

  #corrected(item: PlannedItem): PlannedItem {
    const patch = patchOf(this.job, this.#board, item.index);
    return patch === null ? item : { ...item, input: { ...item.input, ...patch } };
  }

  /** The chunk to begin with: the last one known to begin at or before the item. */
  #chunkNear(index: number): number {
    const known = [...this.#chunks].filter(([, { first }]) => first <= index).map(([number]) => number);
    return Math.max(chunkNear(index), ...known);
  }

  async #chunk(number: number): Promise<Chunk> {
    const chunk = this.#chunks.get(number) ?? (await loadChunk(this.job, number, this.#ports));
    this.#chunks.delete(number);
    this.#chunks.set(number, chunk);
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= chunksKept) break;
      this.#chunks.delete(oldest);
    }
    return chunk;
  }
}
