import { operationIdOf } from "../../../lib/operation/operation-id.ts";
import type { Of, Violation } from "../checker.ts";
import type { Entry } from "../history.ts";
import type { World } from "../world.ts";
import { checkControl } from "./check-control.ts";
import { checkCounts } from "./check-counts.ts";
import { checkEnds } from "./check-ends.ts";
import { checkNews } from "./check-news.ts";
import { checkPace } from "./check-pace.ts";
import { checkServers } from "./check-servers.ts";
import type { Days } from "./days.ts";
import type { ItemShown, JobRecord } from "./ledger.ts";
import type { People } from "./people.ts";
import type { Works } from "./works.ts";

/** An item, and which of its operations is meant. */
export interface OfItem {
  readonly record: JobRecord;
  readonly item: ItemShown;
  readonly attempt: number;
}

/** Attempts of one item that are looked for beyond those that are shown. */
const beyond = 3;

/**
 * The keys of an item's operations, attempt by attempt. Written anew for the checker: who begins an item a second time
 * must find the first.
 */
const keysOf = (record: JobRecord, { key, attempts }: ItemShown): readonly (readonly [string, number])[] => {
  const keys: [string, number][] = [];
  const scope = record.last?.options.batch_scope;
  for (let attempt = 1; attempt <= attempts + beyond; attempt += 1) {
    const own = attempt === 1 ? `bulk\n${record.id ?? ""}\n${key}` : `bulk\n${record.id ?? ""}\n${key}\n${attempt}`;
    const shared = `bulk-scope\n${record.last?.connection ?? ""}\n${scope ?? ""}\n${record.last?.kind ?? ""}\n${key}`;
    keys.push([attempt === 1 && scope !== undefined ? shared : own, attempt]);
  }
  return keys;
};

/** A run that is over, for those who check it: what the provider, the bus and the API say. */
export class BulkCase {
  readonly world: World;
  readonly works: Works;
  readonly people: People;
  readonly days: Days;
  readonly violations: Violation[] = [];
  /** Whose a server of an operation is; of a shared scope: of the item that began it. */
  readonly owners = new Map<string, OfItem>();
  readonly #sorted: ReadonlyMap<Entry["what"], readonly Entry[]>;

  constructor(world: World, works: Works, people: People, days: Days) {
    this.world = world;
    this.works = works;
    this.people = people;
    this.days = days;
    this.#sorted = Map.groupBy(world.entries, ({ what }) => what);
    for (const record of this.taken) this.#own(record);
  }

  /** Jobs that were taken. */
  get taken(): readonly JobRecord[] {
    return this.people.records.filter(({ id }) => id !== null);
  }

  all<What extends Entry["what"]>(what: What): readonly Of<What>[] {
    return (this.#sorted.get(what) ?? []).filter((entry): entry is Of<What> => entry.what === what);
  }

  breaks(invariant: string, explanation: string): void {
    this.violations.push({ invariant, explanation });
  }

  #own(record: JobRecord): void {
    for (const item of record.end?.items ?? [])
      for (const [key, attempt] of keysOf(record, item)) {
        const id = operationIdOf("sim", key);
        const isSkipped = item.code === "SKIPPED_EXISTS";
        if (!this.owners.has(id) || !isSkipped) this.owners.set(id, { record, item, attempt });
      }
  }
}

/** Holds the invariants of bulk jobs against a run. */
export const check = (under: BulkCase): readonly Violation[] => {
  for (const odd of under.people.odd) under.breaks("answers", odd);
  checkEnds(under);
  checkCounts(under);
  checkServers(under);
  checkControl(under);
  checkNews(under);
  checkPace(under);
  return under.violations;
};
