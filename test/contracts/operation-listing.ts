import { beforeEach, describe, expect, it } from "vitest";
import type { Operation } from "../../lib/operation/operation.ts";
import type { ListPosition, OperationFilter } from "../../lib/ports/operation-store.ts";
import { anOperation, type OperationFields } from "../operations.ts";
import type { StoreWorld } from "./store-world.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const made = (number: number, change: OperationFields = {}): Operation =>
  anOperation({
    id: `op_${number}`,
    created_at: new Date(start + number * 1_000).toISOString(),
    ...change,
  });
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => (from < to ? from + index : from - index));
const idsOf = (wanted: readonly number[]): string[] => wanted.map((number) => `op_${number}`);

/** What every OperationStore promises of its listing. */
export const operationListingContract = (name: string, open: () => Promise<StoreWorld>): void => {
  describe(`listing of operations: ${name}`, () => {
    let world: StoreWorld;
    beforeEach(async () => {
      world = await open();
    });
    const fill = (wanted: readonly number[], change: (number: number) => OperationFields = () => ({})) =>
      Promise.all(wanted.map((number) => world.store.create(made(number, change(number)))));

    /** All pages, with something done between them. */
    const walk = async (
      filter: OperationFilter,
      limit: number,
      between: (page: number) => Promise<unknown> = async () => {},
    ): Promise<readonly string[]> => {
      const ids: string[] = [];
      let after: ListPosition | null = null;
      for (let page = 0; page < 200; page += 1) {
        const answer = await world.store.list(filter, after, limit);
        expect(answer.operations.length).toBeLessThanOrEqual(limit);
        ids.push(...answer.operations.map(({ id }) => id));
        if (answer.next === null) return ids;
        after = answer.next;
        await between(page);
      }
      throw new Error("The listing has no end.");
    };

    it("is empty, and over, when there is nothing", async () => {
      expect(await world.store.list({}, null, 10)).toEqual({ operations: [], next: null });
    });

    it("gives the newest first", async () => {
      await fill([3, 1, 5, 2, 4]);
      expect(await walk({}, 10)).toEqual(idsOf([5, 4, 3, 2, 1]));
    });

    it("orders those of one instant by id, and gives each once", async () => {
      const same = ["op_b", "op_d", "op_a", "op_c", "op_e"];
      for (const id of same) await world.store.create(anOperation({ id }));
      expect(await walk({}, 2)).toEqual(["op_e", "op_d", "op_c", "op_b", "op_a"]);
    });

    it("gives whole operations", async () => {
      const operation = made(1, { input: { name: "", deep: [{ a: null }] } });
      await world.store.create(operation);
      expect((await world.store.list({}, null, 1)).operations).toEqual([operation]);
    });

    it.each([1, 2, 3, 7, 29, 30, 31, 100])("gives 30 in pages of %i, each once", async (limit) => {
      await fill(numbers(1, 30));
      expect(await walk({}, limit)).toEqual(idsOf(numbers(30, 1)));
    });

    it("has no next page when the last one is exactly full", async () => {
      await fill(numbers(1, 4));
      const first = await world.store.list({}, null, 2);
      const second = await world.store.list({}, first.next, 2);
      expect(second.next).toBeNull();
    });

    it("goes on without a repeat or a gap while newer ones are added", async () => {
      await fill(numbers(1, 20));
      let newest = 20;
      const ids = await walk({}, 3, async () => {
        newest += 2;
        await fill([newest - 1, newest]);
      });
      expect(ids).toEqual(idsOf(numbers(20, 1)));
    });

    it("shows one that is added behind the reader's place in its turn", async () => {
      await fill([10, 9, 8, 2, 1]);
      const ids = await walk({}, 2, async (page) => (page === 0 ? fill([5]) : undefined));
      expect(ids).toEqual(idsOf([10, 9, 8, 5, 2, 1]));
    });

    it("goes on behind a row that is there no more", async () => {
      await fill([3, 1]);
      const answer = await world.store.list({}, { createdAt: made(2).created_at, id: "op_2" }, 10);
      expect(answer.operations.map(({ id }) => id)).toEqual(["op_1"]);
    });

    it("shows a row as it is now, not as it was indexed", async () => {
      const operation = made(1);
      await world.store.create(operation);
      const ended = anOperation({
        ...operation,
        state: "succeeded",
        version: 2,
        ended_at: operation.created_at,
      });
      await world.store.replace(ended, 1);
      expect((await world.store.list({}, null, 10)).operations).toEqual([ended]);
    });

    it.each<[reason: string, filter: OperationFilter, wanted: readonly number[]]>([
      ["state", { state: "failed" }, [6, 3]],
      ["kind", { kind: "server.stop" }, [4, 2]],
      ["connection", { connection: "amsterdam" }, [5]],
      ["bulk job", { bulkJob: "job_1" }, [6, 1]],
      ["two together", { bulkJob: "job_1", state: "failed" }, [6]],
      ["a value that nobody has", { connection: "nowhere" }, []],
      ["a state that does not exist", { state: "sleeping" }, []],
    ])("leaves out what the filter does not name: %s", async (_, filter, wanted) => {
      await world.store.create(made(1, { bulk_job: "job_1" }));
      await world.store.create(made(2, { kind: "server.stop" }));
      await world.store.create(made(3, { state: "failed" }));
      await world.store.create(made(4, { kind: "server.stop", state: "succeeded" }));
      await world.store.create(made(5, { connection: "amsterdam" }));
      await world.store.create(made(6, { bulk_job: "job_1", state: "failed" }));
      expect(await walk(filter, 10)).toEqual(idsOf(wanted));
      expect(await walk(filter, 1)).toEqual(idsOf(wanted));
    });

    it("fills its pages although the filter skips most rows", async () => {
      await fill(numbers(1, 250), (number) => (number % 50 === 0 ? { connection: "rare" } : {}));
      const page = await world.store.list({ connection: "rare" }, null, 3);
      expect(page.operations.map(({ id }) => id)).toEqual(idsOf([250, 200, 150]));
      const rest = await world.store.list({ connection: "rare" }, page.next, 3);
      expect(rest.operations.map(({ id }) => id)).toEqual(idsOf([100, 50]));
      expect(rest.next).toBeNull();
    });

    it("has no next page when only rows that the filter skips are left", async () => {
      await fill(numbers(1, 9), (number) => (number >= 8 ? { connection: "rare" } : {}));
      const page = await world.store.list({ connection: "rare" }, null, 2);
      expect(page.operations).toHaveLength(2);
      expect(page.next).toBeNull();
    });
  });
};
