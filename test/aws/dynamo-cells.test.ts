import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableClient } from "../../lib/aws/clients.ts";
import { DynamoCells } from "../../lib/aws/dynamo-cells.ts";
import { type LosingProxy, startLosingProxy } from "../losing-proxy.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { dynaliteEngine, tableEngine } from "../table-engine.ts";

describe("a lost reply", () => {
  const engine = tableEngine(dynaliteEngine);
  let proxy: LosingProxy;
  beforeAll(async () => {
    proxy = await startLosingProxy(engine.settings().endpoints?.dynamodb ?? "");
  });
  afterAll(() => proxy.stop());

  it("does not make our own save count as somebody else's", async () => {
    const client = tableClient({ ...engine.settings(), endpoints: { dynamodb: proxy.endpoint } });
    const table = await engine.freshTable();
    const clock = new VirtualClock({ automatic: true });
    const cells = new DynamoCells({ client, table, clock, randomness: new SeededRandomness(1) });
    proxy.loseReplies("PutItem");
    expect(await cells.save("a", "mine", 0)).toBe(true);
    expect(proxy.carried.get("PutItem")).toBe(2);
    proxy.loseReplies("PutItem", 2);
    expect(await cells.save("a", "mine again", 1)).toBe(true);
    expect(await cells.load("a")).toEqual({ version: 2, value: "mine again" });
    client.destroy();
  });
});
