import { createHash } from "node:crypto";
import * as z from "zod";
import { asJson } from "../operation/json.ts";
import type { Ports } from "../ports/ports.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { freshServerState, serverStateSchema } from "../schedule/state.ts";
import { inParallel } from "./in-parallel.ts";
import { contested, standing } from "./schedule-store.ts";
import { tickKeyOf } from "./tick-state.ts";

/** What is remembered of one server of a schedule. */
const rowSchema = z.strictObject({
  state: serverStateSchema,
  /** How it was left: by our last operation, or as it was last known. */
  known: z.enum(["on", "off"]).nullable(),
  /** Our last operation on it; `ended_at` null: not known to have ended. */
  operation: z
    .strictObject({
      id: z.string(),
      action: z.enum(["on", "off"]),
      ended_at: z.iso.datetime().nullable(),
      /** Why it did not go well; null: it did, or has not ended. */
      error: z.string().nullable(),
    })
    .nullable(),
  /** It is watched until it is as its edge wanted it. */
  check: z
    .strictObject({
      at: z.iso.datetime(),
      action: z.enum(["on", "off"]),
      /** Number of the operation. */
      attempt: z.int(),
      /** That it was not reached in time was said. */
      is_told: z.boolean(),
    })
    .nullable(),
});
export type ServerRow = z.infer<typeof rowSchema>;

const freshRow: ServerRow = { state: freshServerState, known: null, operation: null, check: null };

const shardSchema = z.strictObject({ rows: z.record(z.string(), rowSchema) });

/** Shards that are read or written at the same time. */
const shardsAtOnce = 16;
const triesOfSave = 8;
/** Seconds for which a shard is kept that nothing is written to. */
const keptSeconds = 400 * 86_400;

interface Shard {
  version: number;
  readonly rows: Map<string, ServerRow>;
  /** Rows of ours that are to be written; null: to be forgotten. */
  readonly changed: Map<string, ServerRow | null>;
}

/**
 * Which of 256 shards a server is in. (64 would do for the reads; a document holds 256 KiB, which is what 400 servers
 * take, and a schedule may have 100,000.)
 */
const shardOf = (server: string): string =>
  createHash("sha256").update(server, "utf8").digest("hex").slice(0, 2);

const latest = (row: ServerRow): number => {
  const times = [row.state.edge?.at, row.state.waiting?.since, row.operation?.ended_at, row.check?.at];
  return Math.max(0, ...times.map((time) => (typeof time === "string" ? Date.parse(time) : 0)));
};

/** What is known of a schedule's servers, in shards that are read when a server of theirs turns up. */
export class ServerRows {
  readonly #folder: string;
  readonly #ports: Pick<Ports, "documents" | "clock">;
  readonly #shards = new Map<string, Shard>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #seen = new Set<string>();

  constructor(schedule: Pick<Schedule, "name" | "created_at">, ports: Pick<Ports, "documents" | "clock">) {
    this.#folder = `schedule-servers/${tickKeyOf(schedule)}`;
    this.#ports = ports;
  }

  /** Reads the rows of these servers, where they were not read before. */
  async load(servers: readonly string[]): Promise<void> {
    for (const server of servers) this.#seen.add(server);
    await this.loadShards([...new Set(servers.map(shardOf))]);
  }

  /** Reads all rows that there are. */
  async loadAll(): Promise<void> {
    let after: string | null = null;
    do {
      const page = await this.#ports.documents.list(this.#folder, after, 16);
      await this.loadShards(page.documents.map(({ name }) => name));
      after = page.next;
    } while (after !== null);
  }

  async loadShards(names: readonly string[]): Promise<void> {
    await inParallel(names, shardsAtOnce, (name) => {
      const going = this.#loading.get(name) ?? this.#read(name);
      this.#loading.set(name, going);
      return going;
    });
  }

  /** The row of a server whose shard was read; a fresh one where there is none. */
  row(server: string): ServerRow {
    return this.#shards.get(shardOf(server))?.rows.get(server) ?? freshRow;
  }

  /** Whether there is a row of a server whose shard was read. */
  knows(server: string): boolean {
    return this.#shards.get(shardOf(server))?.rows.has(server) === true;
  }

  put(server: string, row: ServerRow): void {
    const shard = this.#shards.get(shardOf(server));
    if (shard === undefined || JSON.stringify(row) === JSON.stringify(this.row(server))) return;
    shard.rows.set(server, row);
    shard.changed.set(server, row);
  }

  /** The rows that were read, of these shards or all. */
  entries(names: readonly string[] = [...this.#shards.keys()]): readonly (readonly [string, ServerRow])[] {
    return names.flatMap((name) => [...(this.#shards.get(name)?.rows ?? [])]);
  }

  /** Shards in which a server is watched, as far as they were read; of the others, those of `before`. */
  watched(before: readonly string[]): readonly string[] {
    const unread = before.filter((name) => !this.#shards.has(name));
    const own = [...this.#shards].filter(([, { rows }]) =>
      [...rows.values()].some(({ check }) => check !== null),
    );
    return [...new Set([...unread, ...own.map(([name]) => name)])].toSorted();
  }

  /** Forgets servers that a whole pass has not shown, and that nothing goes on with. */
  forgetUnseen(): void {
    for (const { rows, changed } of this.#shards.values())
      for (const [server, { check, operation }] of rows) {
        if (this.#seen.has(server) || check !== null) continue;
        if (operation !== null && operation.ended_at === null) continue;
        rows.delete(server);
        changed.set(server, null);
      }
  }

  /** Writes what was changed, each shard on condition of what was read. @throws RequestRefused 409 */
  async save(): Promise<void> {
    const dirty = [...this.#shards.keys()].filter((name) => (this.#shards.get(name)?.changed.size ?? 0) > 0);
    await inParallel(dirty, shardsAtOnce, (name) => this.#write(name));
  }

  async #read(name: string): Promise<void> {
    const { value, version } = await standing(this.#folder, name, shardSchema, this.#ports);
    this.#shards.set(name, { version, rows: new Map(Object.entries(value?.rows ?? {})), changed: new Map() });
  }

  async #write(name: string): Promise<void> {
    for (let tried = 0; tried < triesOfSave; tried += 1) {
      const shard = this.#shards.get(name);
      if (shard === undefined) return;
      const value = asJson({ rows: Object.fromEntries(shard.rows) });
      const expires = Math.floor(this.#ports.clock.now() / 1000) + keptSeconds;
      if (await this.#ports.documents.save(this.#folder, name, value, shard.version, expires)) {
        shard.version += 1;
        shard.changed.clear();
        return;
      }
      await this.#reread(name, shard.changed);
    }
    throw contested(`${this.#folder}/${name}`);
  }

  /** Somebody else was faster: of each server the row stays that has come further. */
  async #reread(name: string, changed: ReadonlyMap<string, ServerRow | null>): Promise<void> {
    await this.#read(name);
    const shard = this.#shards.get(name);
    if (shard === undefined) return;
    for (const [server, row] of changed) {
      const theirs = shard.rows.get(server);
      if (row === null) shard.rows.delete(server);
      else if (theirs === undefined || latest(theirs) <= latest(row)) shard.rows.set(server, row);
      else continue;
      shard.changed.set(server, row);
    }
  }
}
