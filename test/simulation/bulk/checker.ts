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

/** An item of a job. */
export interface OfItem {
  readonly record: JobRecord;
  readonly item: ItemShown;
}

/** A run that is over, for those who check it: what the provider, the bus and the API say. */
export class BulkCase {
  readonly world: World;
  readonly works: Works;
  readonly people: People;
  readonly days: Days;
  readonly violations: Violation[] = [];
  /** Items by what stands for them in the provider's record: their names (asked-by.ts), and not what we say of them. */
  readonly owners = new Map<string, OfItem[]>();
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
    for (const item of record.end?.items ?? []) {
      if (record.last?.kind !== "server.create" || item.name === null) continue;
      const id = operationIdOf("sim", item.name);
      const same = this.owners.get(id) ?? [];
      this.owners.set(id, same);
      same.push({ record, item });
    }
  }

  /** Whose a server is: in a shared scope several items have one name, and the one that shows it has made it. */
  ownerOf(by: string, server: string | null = null): OfItem | null {
    const all = this.owners.get(by) ?? [];
    const begun = all.filter(({ item }) => item.started_at !== null);
    return begun.find(({ item }) => item.server_id === server) ?? begun[0] ?? all[0] ?? null;
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
