import { describe, expect, test } from "vitest";
import { type EngineCounts, EngineTally } from "../../bench/engine-counts.ts";

const asked = (action: string, body: unknown, status = 200) => ({
  action,
  status,
  body: Buffer.from(JSON.stringify(body)),
});
const put = (pk: string, dueAt: number | null = null, status = 200) =>
  asked(
    "PutItem",
    {
      Item: {
        pk: { S: pk },
        sk: { S: "x" },
        ...(pk.startsWith("OP#") && !pk.endsWith("led") ? { list_shard: { S: "3" } } : {}),
        ...(dueAt === null ? {} : { due_shard: { S: "3" }, due_at: { N: String(dueAt) } }),
      },
    },
    status,
  );

describe("writes to the table", () => {
  const cases: [pk: string, kind: keyof EngineCounts, because: string][] = [
    ["OP#op_1", "rowWrites", "an operation"],
    ["CELL#follower", "leaseWrites", "the right to follow"],
    ["CELL#budget/paris", "budgetWrites", "the pace of a connection"],
    ["FEED", "feedAppends", "a chunk of events"],
    ["CELL#sequence:paris/server/1", "otherWrites", "anything else"],
  ];
  test.each(cases)("of %s count as %s: %s", (pk, kind) => {
    const tally = new EngineTally();
    tally.table(put(pk));
    expect(tally.counts).toMatchObject({ [kind]: 1, refusedWrites: 0, tableReads: 0 });
  });

  test("that were refused count apart", () => {
    const tally = new EngineTally();
    tally.table(put("OP#op_1", 5, 400));
    expect(tally.counts).toMatchObject({ rowWrites: 0, indexWrites: 0, refusedWrites: 1 });
  });

  test("are told from reads", () => {
    const tally = new EngineTally();
    for (const action of ["GetItem", "BatchGetItem", "Query"]) tally.table(asked(action, {}));
    expect(tally.counts).toMatchObject({ rowWrites: 0, tableReads: 3 });
  });
});

const moves: [places: (number | null)[], writes: number, because: string][] = [
  [[5], 2, "one entry by age, one where it is due"],
  [[null], 1, "nothing is due"],
  [[5, 5], 2, "the place is the same"],
  [[5, 6], 4, "an entry that moves is removed and put"],
  [[5, null], 3, "the entry is removed"],
  [[5, null, 7], 4, "and put again"],
  [[null, null], 1, "there was nothing to remove"],
];
test.each(moves)("a row that is due at %j costs %d index writes: %s", (places, writes) => {
  const tally = new EngineTally();
  for (const place of places) tally.table(put("OP#op_1", place));
  expect(tally.counts).toMatchObject({ rowWrites: places.length, indexWrites: writes });
});

test("what is named together has one entry in the index by age, and rows that are named there have none", () => {
  const tally = new EngineTally();
  tally.table(asked("PutItem", { Item: { pk: { S: "ROLL#1" }, sk: { S: "x" }, list_shard: { S: "ROLL" } } }));
  for (const pk of ["OP#1-led", "OP#2-led"]) tally.table(put(pk));
  expect(tally.counts).toMatchObject({ rowWrites: 2, otherWrites: 1, indexWrites: 1 });
});

test("requests of functions and of Lambda's pollers are told apart, events are counted one by one", () => {
  const tally = new EngineTally();
  for (const action of ["SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessageBatch"]) {
    tally.queue(asked(action, {}));
  }
  tally.bus(asked("PutEvents", { Entries: [{}, {}, {}] }));
  expect(tally.counts).toMatchObject({ queueSends: 2, queuePolls: 2, busRequests: 1, busEvents: 3 });
});
