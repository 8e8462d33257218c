import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { orphanEventSchema } from "../../events/orphan-event.ts";
import { operationEventSchema } from "../../events/operation-event.ts";
import { serverEventSchema } from "../../events/server-event.ts";
import { openInstallation, type Installation } from "../functions/installation.ts";

const folder = join(import.meta.dirname, "../../events/samples");
const sample = (name: string, replace: Readonly<Record<string, string>> = {}): unknown => {
  let text = readFileSync(join(folder, name), "utf8");
  for (const [word, by] of Object.entries(replace)) text = text.replaceAll(word, by);
  return JSON.parse(text);
};
const context = { getRemainingTimeInMillis: () => 60_000 };
const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.unknown()),
  body: z.string(),
});

describe("the sample events, invoked as AWS invokes", () => {
  let installation: Installation;
  const used = new Set<string>();
  const event = (name: string, replace: Readonly<Record<string, string>> = {}): unknown => {
    used.add(name);
    return sample(name, replace);
  };

  beforeAll(async () => {
    installation = await openInstallation("scaleway-instance");
  });
  afterAll(async () => {
    await installation.stop();
  });

  it("an HTTP request is accepted, and the same one again is a replay", async () => {
    const { handler } = await import("../../functions/api.ts");
    const first = answerSchema.parse(await handler(event("api-create-server.json"), context));
    const again = answerSchema.parse(await handler(event("api-create-server.json"), context));
    expect([first.statusCode, again.statusCode]).toEqual([202, 202]);
    expect(JSON.parse(again.body).id).toBe(JSON.parse(first.body).id);
    expect(again.headers).toMatchObject({ "Idempotent-Replayed": "true" });
  });

  it("a start runs, and the bad message beside it is set aside", async () => {
    const { handler } = await import("../../functions/start-operation.ts");
    const id = await installation.accept(
      {
        connection: "paris",
        kind: "server.create",
        input: { name: "web-1", type: "DEV1-S", image: "ubuntu_noble", tags: ["env=dev"], start: true },
      },
      "sample-order-1",
    );
    const answer = await handler(event("queue-two-starts-one-bad.json", { OPERATION_ID: id }), context);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect((await installation.operation(id)).state).toBe("following");
    expect(await installation.deadLetters()).toMatchObject([
      { body: "this is not JSON", reason: expect.stringContaining("not JSON") },
    ]);
  });

  it("a request from an outside sender starts at once", async () => {
    const { handler } = await import("../../functions/start-operation.ts");
    expect(await handler(event("queue-request-from-outside.json"), context)).toEqual({
      batchItemFailures: [],
    });
    expect(installation.simulator.control.servers().map(({ name }) => name)).toContain("queued-1");
  });

  it.each(["clock-minute.json", "queue-wake.json"])("%s follows everything to its end", async (name) => {
    const { handler } = await import("../../functions/follow-operations.ts");
    expect(await handler(event(name), context)).toEqual({ batchItemFailures: [] });
    expect(installation.simulator.control.servers().every(({ state }) => state === "running")).toBe(true);
  });

  it("the clock looks for orphans, and there are none", async () => {
    const { handler } = await import("../../functions/sweep-orphans.ts");
    const before = installation.events.length;
    expect(await handler(event("clock-minute.json"), context)).toEqual({ batchItemFailures: [] });
    expect(installation.events.length).toBe(before);
  });

  it("an event about an orphan is as its schema says", () => {
    expect(orphanEventSchema.safeParse(event("bus-orphan-found.json")).error).toBeUndefined();
  });

  it("everything that was published is as its schema says", () => {
    expect(installation.events.length).toBeGreaterThanOrEqual(10);
    for (const said of installation.events) {
      const schema = said.type.startsWith("switchyard.server.") ? serverEventSchema : operationEventSchema;
      expect(schema.safeParse(said).error).toBeUndefined();
    }
  });

  it("no sample is left out", () => {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).toSorted()).toEqual([...used].toSorted());
  });
});
