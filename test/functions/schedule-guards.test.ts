import { createServer, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const addressSchema = z.object({ port: z.number() });
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
};

/** Guards and exceptions through the deployed handlers, with a receiver on this machine. */
describe("what may veto and freeze schedules, at a provider over HTTP", () => {
  let world: ScheduleWorld;
  let port = 0;
  let reply = { status: 200, body: '{"busy": true, "reason": "a build runs"}' };
  const asked: { readonly headers: IncomingMessage["headers"]; readonly body: string }[] = [];
  const receiver = createServer((request, response) => {
    const take = async (): Promise<void> => {
      asked.push({ headers: request.headers, body: await textOf(request) });
      response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.body);
    };
    void take();
  });

  const always = (busy: object) => ({
    connection: "paris",
    select: { tags: ["env=dev"] },
    timezone: "UTC",
    periods: [{ days, from: "00:00", to: "24:00" }],
    guards: { busy_check: busy },
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    port = addressSchema.parse(receiver.address()).port;
    // As the embedded stack sets them: then a receiver may be on this machine.
    const local = { SWITCHYARD_DEPLOYMENT: "local", SWITCHYARD_ALLOW_PRIVATE_ENDPOINTS: "1" };
    world = await openScheduleWorld(undefined, local);
  });
  afterAll(async () => {
    await world.stop();
    receiver.close();
  });

  it.each([
    ["an inner address", { url: "https://10.0.0.1/busy" }, "/guards/busy_check/url"],
    ["plain http elsewhere", { url: "http://example.com/busy" }, "/guards/busy_check/url"],
    ["longer than ten seconds", { url: "https://example.com", timeout: "11s" }, "/guards/busy_check/timeout"],
  ])("refuses what may not be asked when it is saved: %s", async (_name, busy, pointer) => {
    const { status, body } = await world.ask("PUT", "/v1/schedules/always", always(busy));
    expect(status).toBe(422);
    expect(JSON.stringify(body["errors"])).toContain(pointer);
  });

  it("refuses probes that can't be made: plain http elsewhere, and a port that there is not", async () => {
    await world.ask("PUT", "/v1/schedules/db", { ...always({ url: "https://example.com" }), guards: {} });
    for (const ready of ["http://db.example.com/health", "https://192.168.0.1/health", "tcp:70000"]) {
      const needs = [{ schedule: "db", ready }];
      const asks = { ...always({ url: "https://example.com" }), needs };
      const { status, body } = await world.ask("PUT", "/v1/schedules/app", asks);
      expect([ready, status]).toEqual([ready, 422]);
      expect(JSON.stringify(body["errors"])).toContain("/needs/0");
    }
    await world.ask("DELETE", "/v1/schedules/db");
  });

  it("a veto delays a stop with its reason, which explain shows; then it is stopped", async () => {
    const url = `http://127.0.0.1:${port}/busy`;
    expect((await world.ask("PUT", "/v1/schedules/always", always({ url }))).status).toBeLessThan(300);
    await world.tick();
    expect(asked).toEqual([]);
    const exception = { state: "off", for: "1h", reason: "a pause" };
    expect((await world.ask("POST", "/v1/schedules/always/overrides", exception)).status).toBe(201);
    await world.tick();
    await world.carryOut();
    expect(world.state()).toBe("running");
    const explained = await world.ask("GET", `/v1/schedules/always/explain?server=${world.server}`);
    expect(explained.body).toMatchObject({
      desired: "off",
      delayed: { action: "off", because: "busy_check says that it is busy: a build runs" },
      unknown: [],
    });
    const { body } = await world.ask("GET", "/v1/schedules/always/signing-secret");
    const [first] = asked;
    if (first === undefined) throw new Error("nobody was asked");
    const headers = Object.fromEntries(
      Object.entries(first.headers).map(([name, value]) => [name, String(value)]),
    );
    expect(new Webhook(z.string().parse(body["secret"])).verify(first.body, headers)).toMatchObject({
      schedule: "always",
      servers: [{ id: world.server }],
    });
    reply = { status: 200, body: '{"busy": false}' };
    const { openPorts } = await import("../../lib/wiring.ts");
    const { makeDue } = await import("../../lib/flows/schedule-store.ts");
    await makeDue(await openPorts());
    await world.tick();
    await world.carryOut();
    expect(world.state()).toBe("stopped");
  });

  it("a freeze of all is made, shown as paused, listed and taken back", async () => {
    const request = { state: "freeze", for: "2h", reason: "an audit" };
    const made = await world.ask("POST", "/v1/overrides", request);
    expect(made).toMatchObject({ status: 201, body: { state: "freeze", servers: null } });
    expect((await world.ask("GET", "/v1/schedules/always")).body["paused"]).toBe(true);
    const listed = await world.ask("GET", "/v1/schedules/always/overrides");
    expect(JSON.stringify(listed.body)).toContain(z.string().parse(made.body["id"]));
    const explained = await world.ask("GET", `/v1/schedules/always/explain?server=${world.server}`);
    expect(explained.body).toMatchObject({ desired: "any", chain: [{ rule: "freeze" }] });
    expect((await world.ask("DELETE", `/v1/overrides/${String(made.body["id"])}`)).status).toBe(204);
    expect((await world.ask("GET", "/v1/schedules/always")).body["paused"]).toBe(false);
    const window = { state: "on", kind: "maintenance", for: "1h", reason: "backup" };
    expect((await world.ask("POST", "/v1/schedules/always/overrides", window)).body).toMatchObject({
      kind: "maintenance",
    });
  });

  it("the past is explained by the version of then", async () => {
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await world.ask("PUT", "/v1/schedules/always", {
      ...always({ url: "https://example.com" }),
      default: "any",
    });
    const then = await world.ask("GET", `/v1/schedules/always/explain?server=${world.server}&at=${before}`);
    expect(then.body).toMatchObject({ schedules: [{ name: "always", version: 1 }] });
    const now = await world.ask("GET", `/v1/schedules/always/explain?server=${world.server}`);
    expect(now.body).toMatchObject({ schedules: [{ name: "always", version: 2 }], tz: process.versions.tz });
  });
});
