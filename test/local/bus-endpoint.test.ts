import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { expect, onTestFinished, test, vi } from "vitest";
import { type BusEvent, type BusRule, startBus } from "../../local/bus-endpoint.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";

const openBus = async (rules: readonly BusRule[]) => {
  const reported: string[] = [];
  const bus = await startBus({ busName: "main", rules, report: (message) => reported.push(message) });
  const client = new EventBridgeClient({
    region: localRegion,
    endpoint: bus.endpoint,
    credentials: localCredentials,
  });
  onTestFinished(async () => {
    client.destroy();
    await bus.stop();
  });
  return { client, reported };
};

const entry = (type: string, detail = "{}") => ({
  EventBusName: "main",
  Source: "switchyard.local",
  DetailType: type,
  Detail: detail,
  Time: new Date("2026-11-21T10:00:00Z"),
});

test("an event goes to each rule that matches, and to no other", async () => {
  const created: BusEvent[] = [];
  const all: BusEvent[] = [];
  const { client } = await openBus([
    { pattern: { "detail-type": [{ suffix: ".created" }] }, deliver: async (event) => created.push(event) },
    { pattern: { source: ["switchyard.local"] }, deliver: async (event) => all.push(event) },
  ]);
  const answer = await client.send(
    new PutEventsCommand({ Entries: [entry("server.created", '{"a":1}'), entry("server.running")] }),
  );
  expect(answer.FailedEntryCount).toBe(0);
  expect(answer.Entries?.map(({ EventId }) => typeof EventId)).toEqual(["string", "string"]);
  expect(created).toEqual([
    {
      version: "0",
      id: answer.Entries?.[0]?.EventId,
      "detail-type": "server.created",
      source: "switchyard.local",
      account: "000000000000",
      time: "2026-11-21T10:00:00Z",
      region: "eu-west-1",
      resources: [],
      detail: { a: 1 },
    },
  ]);
  expect(all).toHaveLength(2);
});

test.each([
  ["a detail that is not JSON", { ...entry("x"), Detail: "{" }],
  ["a detail that is no object", { ...entry("x"), Detail: "[]" }],
  ["a bus that is not this one", { ...entry("x"), EventBusName: "other" }],
  ["no source", { ...entry("x"), Source: "" }],
])("%s is not taken, and the others of the call are", async (_reason, bad) => {
  const { client } = await openBus([]);
  const answer = await client.send(new PutEventsCommand({ Entries: [bad, entry("good")] }));
  expect(answer.FailedEntryCount).toBe(1);
  expect(answer.Entries?.map(({ EventId }) => EventId !== undefined)).toEqual([false, true]);
});

test("more than ten entries are refused as a whole", async () => {
  const { client } = await openBus([]);
  const Entries = Array.from({ length: 11 }, () => entry("x"));
  await expect(client.send(new PutEventsCommand({ Entries }))).rejects.toThrow("1 to 10");
});

test("a target that fails is reported and does not fail the publisher", async () => {
  const deliver = () => Promise.reject(new Error("down"));
  const { client, reported } = await openBus([{ pattern: {}, deliver }]);
  expect((await client.send(new PutEventsCommand({ Entries: [entry("x")] }))).FailedEntryCount).toBe(0);
  await vi.waitFor(() => expect(reported).toEqual(["an event did not reach its target"]));
});
