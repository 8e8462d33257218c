import { beforeEach, describe, expect, it } from "vitest";
import type { ListPosition, OperationFilter } from "../../lib/ports/operation-store.ts";
import { anOperation } from "../operations.ts";
import { at, type TableWorld } from "./store-world.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");

const pages = [1, 2, 3, 4, 5].flatMap((count) =>
  [1, 2, 3, 4, 5, 6].map((limit) => ({
    count,
    limit,
    sizes: Array.from({ length: Math.ceil(count / limit) }, (_, page) =>
      Math.min(limit, count - page * limit),
    ),
  })),
);

/** Six rows, alternating: the odd ones are what the filter asks for. */
const filters: readonly (readonly [what: string, filter: OperationFilter])[] = [
  ["state", { state: "failed" }],
  ["kind", { kind: "server.stop" }],
  ["connection", { connection: "amsterdam" }],
  ["bulk job", { bulkJob: "job_1" }],
];
const filteredPages = filters.flatMap(([what, filter]) =>
  [1, 2, 3].map((limit) => ({ what, filter, limit })),
);

/** Pages at their edges. */
export const listingPages = (open: () => Promise<TableWorld>): void => {
  describe("pages of the listing", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    const walk = async (filter: OperationFilter, limit: number): Promise<string[][]> => {
      const seen: string[][] = [];
      let after: ListPosition | null = null;
      do {
        const page = await world.two.store.list(filter, after, limit);
        seen.push(page.operations.map(({ id }) => id));
        after = page.next;
      } while (after !== null && seen.length < 20);
      return seen;
    };

    it.each(pages)("$count rows in pages of $limit are $sizes", async ({ count, limit, sizes }) => {
      for (let number = 1; number <= count; number += 1)
        await world.one.store.create(
          anOperation({ id: `op_${number}`, created_at: at(start + number * 10) }),
        );
      const seen = await walk({}, limit);
      expect(seen.map((page) => page.length)).toEqual(sizes);
      const newestFirst = Array.from({ length: count }, (_, index) => `op_${count - index}`);
      expect(seen.flat()).toEqual(newestFirst);
    });

    it.each(filteredPages)("every second row by its $what in pages of $limit", async ({ filter, limit }) => {
      for (let number = 1; number <= 6; number += 1) {
        const created_at = at(start + number * 10);
        const wanted = {
          state: "failed",
          kind: "server.stop",
          connection: "amsterdam",
          bulk_job: "job_1",
        } as const;
        await world.one.store.create(
          anOperation({ id: `op_${number}`, created_at, ...(number % 2 === 1 ? wanted : {}) }),
        );
      }
      const seen = await walk(filter, limit);
      expect(seen.flat()).toEqual(["op_5", "op_3", "op_1"]);
      expect(seen).toHaveLength(Math.ceil(3 / limit));
    });
  });
};
