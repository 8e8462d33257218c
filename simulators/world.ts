import * as z from "zod";
import type { SimulatorClock } from "./clock.ts";
import { openJournal, type Journal, type JournalEntry, type SavedCollections } from "./journal.ts";
import { splitRandom, uuidOf, type Draw } from "./randomness.ts";

/** Records of one kind by id, oldest first. Records are never changed in place: put a new one. */
export interface Collection<T extends { id: string }> {
  get(id: string): T | undefined;
  put(record: T): T;
  remove(id: string): void;
  values(): T[];
  readonly size: number;
}

/**
 * What a simulated provider holds: plain data in collections. Transitions are stored as instants, and what state
 * something is in is derived from the clock when it is read, so nothing here needs a timer.
 */
export interface World {
  readonly clock: SimulatorClock;
  /** The collection of that name; what was saved under it is parsed with the schema once. */
  collection<T extends { id: string }>(kind: string, schema: z.ZodType<T>): Collection<T>;
  /** Saves what changed since the last call, as one unit. To be called before an answer leaves. */
  save(): void;
  /** A new id, never given before in this world, the same in every run with the same seed and calls. */
  newId(): string;
  /** Random numbers for one component, independent of the draws of any other. */
  random(component: string): Draw;
  close(): void;
}

const boots = z.object({ id: z.string(), count: z.int() });

class Records<T extends { id: string }> implements Collection<T> {
  readonly #records = new Map<string, T>();
  readonly #changed: (id: string, record: T | null) => void;

  constructor(saved: Iterable<T>, changed: (id: string, record: T | null) => void) {
    for (const record of saved) {
      this.#records.set(record.id, record);
    }
    this.#changed = changed;
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  put(record: T): T {
    this.#records.set(record.id, record);
    this.#changed(record.id, record);
    return record;
  }

  remove(id: string): void {
    if (this.#records.delete(id)) {
      this.#changed(id, null);
    }
  }

  values(): T[] {
    return [...this.#records.values()];
  }
}

class SavedWorld implements World {
  readonly clock: SimulatorClock;
  readonly #seed: string;
  readonly #saved: SavedCollections;
  readonly #journal: Journal | undefined;
  readonly #open = new Map<string, () => Iterable<{ id: string }>>();
  #unsaved: JournalEntry[] = [];
  #idsGiven = 0;

  constructor(options: { clock: SimulatorClock; seed: string; stateDirectory?: string | undefined }) {
    this.clock = options.clock;
    const opened = options.stateDirectory === undefined ? undefined : openJournal(options.stateDirectory);
    this.#saved = opened?.saved ?? new Map();
    this.#journal = opened?.journal;
    const counted = this.collection("boots", boots);
    const count = (counted.get("boots")?.count ?? 0) + 1;
    // Each start draws from streams of its own: an id that was given before a restart is not given again.
    this.#seed = `${options.seed}/${count}`;
    counted.put({ id: "boots", count });
    this.#journal?.compact(this.#everything());
    this.#unsaved = [];
  }

  collection<T extends { id: string }>(kind: string, schema: z.ZodType<T>): Collection<T> {
    const saved = [...(this.#saved.get(kind)?.values() ?? [])].map((record) => schema.parse(record));
    const records = new Records(saved, (id, record) => {
      if (this.#journal !== undefined) {
        this.#unsaved.push([kind, id, record]);
      }
    });
    this.#open.set(kind, () => records.values());
    return records;
  }

  save(): void {
    if (this.#journal === undefined || this.#unsaved.length === 0) {
      return;
    }
    this.#journal.append(this.#unsaved);
    this.#unsaved = [];
    if (this.#journal.isBloated()) {
      this.#journal.compact(this.#everything());
    }
  }

  newId(): string {
    this.#idsGiven += 1;
    return uuidOf(`${this.#seed}/id/${this.#idsGiven}`);
  }

  random(component: string): Draw {
    return splitRandom(this.#seed, component);
  }

  close(): void {
    this.save();
    this.#journal?.close();
  }

  /** What is open as it stands now, and what no one has opened yet as it was saved. */
  *#everything(): Iterable<JournalEntry> {
    for (const [kind, values] of this.#open) {
      for (const record of values()) {
        yield [kind, record.id, record];
      }
    }
    for (const [kind, records] of this.#saved) {
      if (!this.#open.has(kind)) {
        for (const [id, record] of records) {
          yield [kind, id, record];
        }
      }
    }
  }
}

/** Opens a world: empty, or as `stateDirectory` holds it. */
export const openWorld = (options: {
  clock: SimulatorClock;
  seed: string;
  stateDirectory?: string | undefined;
}): World => new SavedWorld(options);
