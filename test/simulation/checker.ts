import type { OperationView } from "../../lib/operation/view.ts";
import { checkCalls } from "./check-calls.ts";
import { checkDialects } from "./check-dialects.ts";
import { checkEvents } from "./check-events.ts";
import { checkOrphans } from "./check-orphans.ts";
import { checkOutcomes } from "./check-outcomes.ts";
import type { Entry, History } from "./history.ts";

/** An invariant that a history breaks. */
export interface Violation {
  /** Its number in the specification: I1 … I17. */
  readonly invariant: string;
  readonly explanation: string;
}

/** Entries of one sort. */
export type Of<What extends Entry["what"]> = Extract<Entry, { what: What }>;

/** A history, sorted for those who check it. */
export class Case {
  readonly history: History;
  readonly violations: Violation[] = [];
  readonly accepted: readonly Of<"accepted">[];
  readonly published: readonly Of<"published">[];
  /** How each operation is shown at the end. */
  readonly views: ReadonlyMap<string, OperationView>;
  /** Servers by the operation whose create made them, in the order of their making. */
  readonly madeBy: ReadonlyMap<string, readonly Of<"created">[]>;

  constructor(history: History) {
    this.history = history;
    this.accepted = this.all("accepted");
    this.published = this.all("published");
    this.views = new Map(this.all("shown").map(({ view }) => [view.id, view]));
    this.madeBy = Map.groupBy(this.all("created"), ({ by }) => by ?? "");
  }

  all<What extends Entry["what"]>(what: What): readonly Of<What>[] {
    return this.history.entries.filter((entry): entry is Of<What> => entry.what === what);
  }

  breaks(invariant: string, explanation: string): void {
    this.violations.push({ invariant, explanation });
  }
}

/** Holds the invariants against a history of provider, bus and API. Nothing of ours is asked, least of all the table. */
export const check = (history: History): readonly Violation[] => {
  const under = new Case(history);
  checkOutcomes(under);
  checkEvents(under);
  checkCalls(under);
  checkOrphans(under);
  checkDialects(under);
  return under.violations;
};
