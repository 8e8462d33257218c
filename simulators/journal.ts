import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** One change: the collection, the id, and the whole record, or null when it was removed. */
const journalEntry = z.tuple([z.string(), z.string(), z.unknown()]);
/** One line of the file: what changed together, so that a line is either there with all of it or not at all. */
const journalLine = z.array(journalEntry);

export type JournalEntry = z.infer<typeof journalEntry>;

/** Saved state as collection → id → record, in the order of creation. */
export type SavedCollections = Map<string, Map<string, unknown>>;

/** An append-only file of changes. A change that was appended survives the death of the process. */
export interface Journal {
  /** Writes synchronously; returns when the operating system has the bytes. */
  append(entries: readonly JournalEntry[]): void;
  /** True when the file holds so much history that it should be compacted. */
  isBloated(): boolean;
  /** Replaces the history by the present state. */
  compact(entries: Iterable<JournalEntry>): void;
  close(): void;
}

const roomForHistoryBytes = 32_000_000;

const writeAll = (file: number, text: string): number => {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written);
  }
  return bytes.length;
};

const parseLine = (line: string): JournalEntry[] | undefined => {
  try {
    return journalLine.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};

/**
 * Applies the lines in order. An unreadable last line is a write that the process did not survive: nobody was
 * told of it, and it is dropped. An unreadable line elsewhere is damage.
 */
const replay = (text: string): SavedCollections => {
  const saved: SavedCollections = new Map();
  const lines = text.split("\n").filter((line) => line !== "");
  for (const [index, line] of lines.entries()) {
    const entries = parseLine(line);
    if (entries === undefined && index < lines.length - 1) {
      throw new Error(`The simulator's journal is damaged at line ${index + 1}`);
    }
    for (const [kind, id, record] of entries ?? []) {
      const collection = saved.get(kind) ?? new Map<string, unknown>();
      saved.set(kind, collection);
      if (record === null) {
        collection.delete(id);
      } else {
        collection.set(id, record);
      }
    }
  }
  return saved;
};

/** Opens (or begins) the journal of a directory and returns what it holds. */
export const openJournal = (directory: string): { journal: Journal; saved: SavedCollections } => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "journal.jsonl");
  const saved = replay(existsSync(path) ? readFileSync(path, "utf8") : "");
  let file: number | undefined;
  let size = 0;
  let sizeWhenCompact = 0;
  const journal: Journal = {
    append(entries) {
      file ??= openSync(path, "a");
      size += writeAll(file, `${JSON.stringify(entries)}\n`);
    },
    isBloated: () => size > 2 * sizeWhenCompact + roomForHistoryBytes,
    compact(entries) {
      const fresh = openSync(`${path}.new`, "w");
      size = 0;
      for (const entry of entries) {
        size += writeAll(fresh, `${JSON.stringify([entry])}\n`);
      }
      fsyncSync(fresh);
      renameSync(`${path}.new`, path);
      if (file !== undefined) {
        closeSync(file);
      }
      file = fresh;
      sizeWhenCompact = size;
    },
    close() {
      if (file !== undefined) {
        closeSync(file);
      }
      file = undefined;
    },
  };
  return { journal, saved };
};
