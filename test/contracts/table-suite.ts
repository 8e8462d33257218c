import { describe, expect, it } from "vitest";
import { cellsContract } from "./cells.ts";
import { deliveryStoreContract } from "./delivery-store.ts";
import { documentsContract } from "./documents.ts";
import { dueMembership } from "./due-membership.ts";
import { eventFeedContract } from "./event-feed.ts";
import { expiryTable } from "./expiry-table.ts";
import { feedPages } from "./feed-pages.ts";
import { kindsApart } from "./kinds-apart.ts";
import { listingPages } from "./listing-pages.ts";
import { lostReplies } from "./lost-replies.ts";
import { oddRows } from "./odd-rows.ts";
import { dueContract } from "./operation-due.ts";
import { operationListingContract } from "./operation-listing.ts";
import { operationRollsContract } from "./operation-rolls.ts";
import { operationStoreContract } from "./operation-store.ts";
import type { StoreWorld, TableWorld } from "./store-world.ts";
import { writeOutcomes } from "./write-outcomes.ts";

/** The least number of cases that each implementation has to pass. */
const leastCases = 200;

interface Node {
  readonly type: string;
  readonly name: string;
  readonly tasks?: readonly Node[];
}

/** The full names of all cases below a suite, as the runner has collected them. */
const casesBelow = (node: Node, path = ""): readonly string[] =>
  (node.tasks ?? []).flatMap((task) =>
    task.type === "test" ? [`${path} > ${task.name}`] : casesBelow(task, `${path} > ${task.name}`),
  );

/** The one suite that every table has to pass: simulated, in memory, on dynalite and on the second engine. */
export const tableSuite = (name: string, open: () => Promise<TableWorld>): void => {
  const rows = async (): Promise<StoreWorld> => {
    const { one, two, clock } = await open();
    return { store: one.store, other: two.store, clock };
  };
  describe(`the table: ${name}`, () => {
    operationStoreContract(name, rows);
    dueContract(name, rows);
    operationListingContract(name, rows);
    operationRollsContract(name, rows);
    cellsContract(name, async () => {
      const { one, two } = await open();
      return { cells: one.cells, other: two.cells };
    });
    eventFeedContract(name, async () => {
      const { one, two, clock } = await open();
      return { feed: one.feed, other: two.feed, clock };
    });
    documentsContract(name, open);
    deliveryStoreContract(name, open);
    for (const part of [
      kindsApart,
      writeOutcomes,
      dueMembership,
      expiryTable,
      listingPages,
      feedPages,
      oddRows,
      lostReplies,
    ])
      part(open);

    it(`is held to at least ${leastCases} different cases`, ({ task }) => {
      const cases = casesBelow(task.suite ?? { type: "suite", name: "none" });
      expect(new Set(cases).size).toBe(cases.length);
      // Without this one, which is about the table of cases and not about the table.
      expect(cases.length - 1).toBeGreaterThanOrEqual(leastCases);
    });
  });
};
