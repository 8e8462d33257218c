import { beforeEach, describe, expect, it, vi } from "vitest";
import { NotQueued, type Queue } from "../../lib/ports/queue.ts";

/** A queue, and what it holds: ids asked to start, wakes, dead letters. */
export interface QueueWorld {
  readonly queue: Queue;
  readonly starts: () => Promise<readonly string[]>;
  readonly wakes: () => Promise<number>;
  readonly deliveries: () => Promise<number>;
  readonly dead: () => Promise<readonly { readonly body: string; readonly reason: string }[]>;
  /** From now on the queue takes nothing for starting. */
  readonly breakStarts: () => void;
}

/** What every Queue promises. */
export const queueContract = (name: string, open: () => Promise<QueueWorld>): void => {
  describe(`queue: ${name}`, () => {
    let world: QueueWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each([0, 1, 9, 10, 11, 57])("takes %i requests at once", async (count) => {
      const ids = Array.from({ length: count }, (_, index) => `op_${index}`);
      await world.queue.requestStarts(ids);
      expect((await world.starts()).toSorted()).toEqual(ids.toSorted());
    });

    it("may be asked for the same operation again and again", async () => {
      await world.queue.requestStarts(["op_1", "op_1"]);
      await world.queue.requestStarts(["op_1"]);
      expect(await world.starts()).toEqual(["op_1", "op_1", "op_1"]);
    });

    it("names every request that was not taken", async () => {
      world.breakStarts();
      const ids = Array.from({ length: 23 }, (_, index) => `op_${index}`);
      const error: unknown = await world.queue.requestStarts(ids).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(NotQueued);
      expect(error instanceof NotQueued && error.operationIds.toSorted()).toEqual(ids.toSorted());
    });

    it("wakes the follower and nobody else", async () => {
      await world.queue.wakeFollower();
      // A wake may come a moment later, so that the due index has caught up by then.
      await vi.waitFor(async () => expect(await world.wakes()).toBe(1), { timeout: 5000, interval: 200 });
      expect(await world.starts()).toEqual([]);
    });

    it("wakes the deliverer and nobody else", async () => {
      await world.queue.wakeDeliverer();
      await vi.waitFor(async () => expect(await world.deliveries()).toBe(1), {
        timeout: 5000,
        interval: 200,
      });
      expect(await world.wakes()).toBe(0);
      expect(await world.starts()).toEqual([]);
    });

    it.each([
      ["a message that is no JSON", '{"broken', "not JSON"],
      ["text of many scripts", '{"name": "größe 服务器"}', "unknown field größe"],
    ])("sets aside %s with its reason", async (_, body, reason) => {
      await world.queue.setAside(body, reason);
      expect(await world.dead()).toEqual([{ body, reason }]);
      expect(await world.starts()).toEqual([]);
    });
  });
};
