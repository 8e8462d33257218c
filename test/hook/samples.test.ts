import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openHookWorld, receivedIn } from "./hook-world.ts";

const folder = join(import.meta.dirname, "../../events/samples/hooks");
const sampleSchema = z.strictObject({
  about: z.string(),
  now: z.string(),
  secrets: z.record(z.string(), z.string()),
  name: z.string(),
  hook: z.json(),
  servers: z.array(z.strictObject({ id: z.string(), name: z.string(), tags: z.array(z.string()) })),
  event: z.looseObject({ rawPath: z.string(), headers: z.record(z.string(), z.string()) }),
  expected: z.array(z.json()),
});

const files = readdirSync(folder);
/** Their rules name servers by name or tag. */
const lookedFor = new Set([
  "alertmanager-primary-down.json",
  "github-pull-request-closed.json",
  "grafana-budget-spent.json",
]);
const sampleOf = (file: string) => sampleSchema.parse(JSON.parse(readFileSync(join(folder, file), "utf8")));

const worldOf = async (file: string) => {
  const sample = sampleOf(file);
  const world = openHookWorld();
  expect(world.clock.now()).toBe(Date.parse(sample.now));
  for (const [reference, value] of Object.entries(sample.secrets)) world.secrets.values.set(reference, value);
  world.provider.answer = {
    form: "page",
    items: sample.servers.map((server) => ({ ...server, raw: { ...server } })),
    next: null,
  };
  expect((await world.put(sample.name, sample.hook)).status).toBe(201);
  return { world, sample };
};

describe("the sample webhooks, each a whole HTTP event as the gateway hands it over", () => {
  it("are all of those that the documents tell of", () => {
    expect(files.toSorted()).toEqual([
      "alertmanager-primary-down.json",
      "github-pull-request-closed.json",
      "github-pull-request-opened.json",
      "grafana-budget-spent.json",
      "shop-order-paid.json",
    ]);
  });

  it.each(files)("%s starts what it says, and a repeat starts nothing more", async (file) => {
    const { world, sample } = await worldOf(file);
    const first = receivedIn(await world.send(sample.event, "POST", sample.event.rawPath));
    expect(first.pending !== undefined).toBe(lookedFor.has(file));
    expect(world.provider.reads).toEqual([]);
    expect(await world.work()).toEqual([]);
    const { operations: ids, ...rest } =
      first.pending === undefined ? first : receivedIn(await world.send(sample.event));
    expect(rest).toEqual({});
    const started = await Promise.all(ids.map((id) => world.operations.load(id)));
    expect(
      started.map((operation) => ({
        connection: operation?.connection,
        kind: operation?.kind,
        resource: operation?.resource,
        input: operation?.input,
      })),
    ).toMatchObject(sample.expected);
    expect(world.queue.starts).toEqual(first.operations);
    const writes = world.writes();
    expect(receivedIn(await world.send(sample.event)).operations).toEqual(ids);
    expect(world.writes()).toBe(writes);
  });

  it.each(files)("%s is refused under any other secret", async (file) => {
    const { world, sample } = await worldOf(file);
    for (const reference of Object.keys(sample.secrets)) {
      world.secrets.values.set(reference, "whsec_b3RoZXI=");
      world.secrets.forget(reference);
    }
    expect((await world.send(sample.event)).status).toBe(401);
    expect(world.queue.starts).toEqual([]);
  });
});
