import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { eventSchema, type SwitchyardEvent } from "../../events/event.ts";
import { busClient } from "../../lib/aws/clients.ts";
import { EventBridgeBus } from "../../lib/aws/eventbridge-bus.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";
import { busContract, type BusWorld } from "../contracts/bus.ts";
import { anEvent } from "../operations.ts";
import { type AwsEndpoint, startAwsEndpoint } from "./aws-endpoint.ts";

const entrySchema = z.strictObject({
  EventBusName: z.literal("switchyard-test"),
  Source: z.string(),
  DetailType: z.string(),
  Detail: z.string(),
  Time: z.number(),
});
type Entry = z.infer<typeof entrySchema>;
const requestSchema = z.strictObject({ Entries: z.array(entrySchema).min(1).max(10) });

const sizeOf = (entry: Entry): number =>
  14 +
  Buffer.byteLength(entry.Source) +
  Buffer.byteLength(entry.DetailType) +
  Buffer.byteLength(entry.Detail);

let endpoint: AwsEndpoint;
let bus: EventBridgeBus;
let calls: Entry[][] = [];
let taken: SwitchyardEvent[] = [];
let refused = new Set<string>();
let brokenFrom = Number.POSITIVE_INFINITY;

const answer = (entries: readonly Entry[]) => {
  const results = entries.map((entry) => {
    const event = eventSchema.parse(JSON.parse(entry.Detail));
    if (refused.has(event.id)) return { ErrorCode: "InternalFailure", ErrorMessage: "Try again." };
    taken.push(event);
    return { EventId: `aws-${event.id}` };
  });
  return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
};

beforeAll(async () => {
  endpoint = await startAwsEndpoint((action, body) => {
    if (action !== "PutEvents") return { status: 400, body: { __type: "UnknownOperationException" } };
    const { Entries: entries } = requestSchema.parse(body);
    if (calls.length >= brokenFrom) return { status: 400, body: { __type: "ValidationException" } };
    calls.push(entries);
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > 262_144)
      return {
        status: 400,
        body: { __type: "ValidationException", message: "Total size exceeds the limit." },
      };
    return { status: 200, body: answer(entries) };
  });
  const settings = { region: localRegion, credentials: localCredentials };
  bus = new EventBridgeBus(
    busClient({ ...settings, endpoints: { events: endpoint.endpoint } }),
    "switchyard-test",
  );
});
afterAll(() => endpoint.stop());
beforeEach(() => {
  calls = [];
  taken = [];
  refused = new Set();
  brokenFrom = Number.POSITIVE_INFINITY;
});

busContract("EventBridge", async (): Promise<BusWorld> => ({
  bus,
  taken: () => taken,
  refuse: (ids) => {
    refused = new Set(ids);
  },
  breakDown: () => {
    brokenFrom = 0;
  },
}));

describe("EventBridge's own words", () => {
  it("are type, source, time and the event as detail", async () => {
    const event = anEvent({ source: "switchyard/demo", type: "switchyard.server.running" });
    await bus.publish([event]);
    expect(calls).toEqual([
      [
        {
          EventBusName: "switchyard-test",
          Source: "switchyard/demo",
          DetailType: "switchyard.server.running",
          Detail: JSON.stringify(event),
          Time: Date.parse(event.time) / 1000,
        },
      ],
    ]);
  });
});

describe("the limits of one call", () => {
  const events = (count: number, bytes: number): SwitchyardEvent[] =>
    Array.from({ length: count }, (_, index) =>
      anEvent({ id: `evt_${index}`, data: { text: "x".repeat(bytes) } }),
    );

  it.each([
    [10, 10, [10]],
    [11, 10, [10, 1]],
    [25, 10, [10, 10, 5]],
    [5, 100_000, [2, 2, 1]],
  ])("make of %i events of %i bytes calls of %j", async (count, bytes, sizes) => {
    await bus.publish(events(count, bytes));
    expect(calls.map((entries) => entries.length)).toEqual(sizes);
  });

  it("let an event that is too big fail alone", async () => {
    const [first, second, third] = events(3, 10);
    const big = anEvent({ id: "evt_big", data: { text: "x".repeat(300_000) } });
    const all = [first, big, second, third].filter((event) => event !== undefined);
    expect(await bus.publish(all)).toEqual(["evt_big"]);
    expect(taken).toHaveLength(3);
  });
});

describe("a bus that stops answering", () => {
  it("takes what it took: the rest is named and nothing is thrown", async () => {
    brokenFrom = 1;
    const all = Array.from({ length: 25 }, (_, index) => anEvent({ id: `evt_${index}` }));
    const missed = await bus.publish(all);
    expect(missed).toEqual(all.slice(10).map(({ id }) => id));
  });
});
