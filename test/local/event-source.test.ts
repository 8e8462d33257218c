import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type EventSourceOptions,
  failedOf,
  type SqsEvent,
  startEventSource,
} from "../../local/event-source.ts";
import { redrive } from "../../scripts/redrive.ts";
import { type QueueWorld, startQueueWorld } from "./queue-world.ts";

const listen = (
  world: QueueWorld,
  invoke: (event: SqsEvent) => Promise<unknown>,
  more: Partial<EventSourceOptions> = {},
) => {
  const source = startEventSource({
    client: world.client,
    queueUrl: world.workUrl,
    queueArn: world.workArn,
    batchSize: 10,
    maximumConcurrency: 2,
    partialFailures: true,
    invoke,
    report: () => {},
    ...more,
  });
  onTestFinished(() => source.stop());
  return source;
};

const bodies = (event: SqsEvent): readonly string[] => event.Records.map(({ body }) => body);

describe("which messages of a batch failed", () => {
  const ids = ["a", "b"];
  test.each([
    ["an empty list is a success of all", { batchItemFailures: [] }, []],
    ["no list is a success of all", {}, []],
    ["null for the list is a success of all", { batchItemFailures: null }, []],
    ["nothing at all is a success of all", undefined, []],
    ["null is a success of all", null, []],
    ["a named message fails alone", { batchItemFailures: [{ itemIdentifier: "b" }] }, ["b"]],
    ["a name that is not in the batch fails all", { batchItemFailures: [{ itemIdentifier: "x" }] }, ids],
    ["an empty name fails all", { batchItemFailures: [{ itemIdentifier: "" }] }, ids],
    ["a null name fails all", { batchItemFailures: [{ itemIdentifier: null }] }, ids],
    ["a key that is misspelt fails all", { batchItemFailures: [{ itemIdentifer: "a" }] }, ids],
    ["an answer of another kind fails all", "done", ids],
  ])("%s", (_reason, answer, failed) => {
    expect([...failedOf(answer, ids, true)]).toEqual(failed);
  });

  test("without partial failures the answer does not matter", () => {
    expect([...failedOf({ batchItemFailures: [{ itemIdentifier: "a" }] }, ids, false)]).toEqual([]);
  });
});

describe("a queue that feeds a function", () => {
  test("a record looks as Lambda makes it", async () => {
    const world = await startQueueWorld({ visibilitySeconds: 30, maxReceiveCount: 5 });
    const events: SqsEvent[] = [];
    listen(world, async (event) => {
      events.push(event);
    });
    const messageId = await world.send("hello");
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]?.Records[0]).toMatchObject({
      messageId,
      body: "hello",
      attributes: { ApproximateReceiveCount: "1" },
      eventSource: "aws:sqs",
      eventSourceARN: world.workArn,
      awsRegion: "eu-west-1",
    });
    await vi.waitFor(async () => expect(await world.count(world.workUrl)).toBe(0));
  });

  test("only the messages that failed come again", async () => {
    const world = await startQueueWorld({ visibilitySeconds: 1, maxReceiveCount: 5 });
    for (const body of ["good-1", "bad", "good-2"]) await world.send(body);
    const seen: string[] = [];
    listen(world, async (event) => {
      seen.push(...bodies(event));
      const failed = event.Records.filter(
        ({ body, attributes }) => body === "bad" && attributes["ApproximateReceiveCount"] === "1",
      );
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });
    await vi.waitFor(async () => expect(await world.count(world.workUrl)).toBe(0), 5_000);
    expect(seen.toSorted()).toEqual(["bad", "bad", "good-1", "good-2"]);
  });

  test("an error that is thrown fails the whole batch, and all of it comes again", async () => {
    const world = await startQueueWorld({ visibilitySeconds: 1, maxReceiveCount: 5 });
    for (const body of ["one", "two"]) await world.send(body);
    const seen: string[] = [];
    const reported: string[] = [];
    let fail = true;
    listen(
      world,
      async (event) => {
        seen.push(...bodies(event));
        if (fail) throw new Error("the first time nothing works");
      },
      { maximumConcurrency: 1, report: (message) => reported.push(message) },
    );
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    fail = false;
    await vi.waitFor(async () => expect(await world.count(world.workUrl)).toBe(0), 5_000);
    expect(seen.toSorted()).toEqual(["one", "one", "two", "two"]);
    expect(reported).toContain("a batch failed as a whole");
  });

  test("a poisoned message ends among the dead letters, the others do not, and redrive sends it back", async () => {
    const world = await startQueueWorld({ visibilitySeconds: 1, maxReceiveCount: 2 });
    for (const body of ["poison", "fine"]) await world.send(body);
    const handled: string[] = [];
    let mended = false;
    listen(world, async ({ Records }) => {
      const failed = Records.filter(({ body }) => body === "poison" && !mended);
      handled.push(...Records.filter((record) => !failed.includes(record)).map(({ body }) => body));
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });
    await vi.waitFor(async () => expect(await world.count(world.deadUrl)).toBe(1), 8_000);
    expect(handled).toEqual(["fine"]);
    expect(await world.count(world.workUrl)).toBe(0);

    mended = true;
    expect(await redrive(world.client, world.deadUrl, world.workUrl)).toBe(1);
    await vi.waitFor(() => expect(handled).toEqual(["fine", "poison"]));
    expect(await world.count(world.deadUrl)).toBe(0);
  });

  test("a batch has no more messages than asked for, and no more batches run at the same time", async () => {
    const world = await startQueueWorld({ visibilitySeconds: 30, maxReceiveCount: 5 });
    for (let number = 0; number < 20; number += 1) await world.send(String(number));
    let running = 0;
    let most = 0;
    let largest = 0;
    const seen = new Set<string>();
    listen(
      world,
      async (event) => {
        running += 1;
        most = Math.max(most, running);
        largest = Math.max(largest, event.Records.length);
        await sleep(30);
        for (const body of bodies(event)) seen.add(body);
        running -= 1;
      },
      { batchSize: 3, maximumConcurrency: 2 },
    );
    await vi.waitFor(() => expect(seen.size).toBe(20), 5_000);
    expect(most).toBe(2);
    expect(largest).toBe(3);
  });

  test("to stop, it waits for the batch that has begun and leaves the rest in the queue", async () => {
    const world = await startQueueWorld({ visibilitySeconds: 30, maxReceiveCount: 5 });
    const begun = Promise.withResolvers<void>();
    let ended = false;
    const source = listen(world, async () => {
      begun.resolve();
      await sleep(100);
      ended = true;
    });
    await world.send("one");
    await begun.promise;
    await source.stop();
    expect(ended).toBe(true);
    await world.send("two");
    await sleep(100);
    expect(await world.count(world.workUrl)).toBe(1);
  });
});
