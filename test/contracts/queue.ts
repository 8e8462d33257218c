import { beforeEach, describe, expect, it, vi } from "vitest";
import type { StartFromHook } from "../../events/start-from-hook.ts";
import { NotQueued, type Queue } from "../../lib/ports/queue.ts";

/** A queue, and what it holds: ids asked to start, wakes, dead letters. */
export interface QueueWorld {
  readonly queue: Queue;
  readonly starts: () => Promise<readonly string[]>;
  readonly hookWork: () => Promise<readonly StartFromHook[]>;
  readonly wakes: () => Promise<number>;
  readonly deliveries: () => Promise<number>;
  readonly bulkRuns: () => Promise<number>;
  readonly dead: () => Promise<readonly { readonly body: string; readonly reason: string }[]>;
  /** From now on the queue takes nothing for starting. */
  readonly breakStarts: () => void;
}

const workOf = (text: string): StartFromHook => ({
  v: 1,
  hook: "shop",
  rule: "stop",
  key: "id:1",
  request_id: "req-1",
  drafts: [
    {
      connection: "paris",
      kind: "server.update",
      resource: { type: "server", name: "web-1" },
      input: { text },
    },
  ],
});

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

    it.each([
      ["plain text", "web-1"],
      ["many scripts", "größe 服务器 🗼"],
      ["what no message of SQS may hold", "\ufffe \uffff \u0001 \u007f"],
      ["as much text as is put aside", "x".repeat(199_000)],
    ])("keeps the work of a webhook with %s in it, whole", async (_, text) => {
      await world.queue.requestHookWork(workOf(text));
      expect(await world.hookWork()).toEqual([workOf(text)]);
    });

    it("says that it did not keep the work of a webhook", async () => {
      world.breakStarts();
      await expect(world.queue.requestHookWork(workOf("web-1"))).rejects.toBeInstanceOf(NotQueued);
      expect(await world.hookWork()).toEqual([]);
    });

    it("wakes the follower and nobody else", async () => {
      await world.queue.wakeFollower();
      // A wake may come a moment later, so that the due index has caught up by then.
      await vi.waitFor(async () => expect(await world.wakes()).toBe(1), { timeout: 5000, interval: 200 });
      expect(await world.starts()).toEqual([]);
    });

    it("wakes the runner of bulk jobs and nobody else", async () => {
      await world.queue.wakeBulkRunner();
      await vi.waitFor(async () => expect(await world.bulkRuns()).toBe(1), {
        timeout: 5000,
        interval: 200,
      });
      expect(await world.deliveries()).toBe(0);
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
