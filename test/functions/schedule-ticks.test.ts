import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { type Installation, machines, openInstallation } from "./installation.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const answerSchema = z.object({ statusCode: z.number(), body: z.string() });
const anySchema = z.record(z.string(), z.unknown());
const context = { getRemainingTimeInMillis: () => 80_000 };

/** Schedules through the deployed handlers: the API, the tick, and what starts and follows operations. */
describe("a schedule at a provider over HTTP", () => {
  let installation: Installation;
  let server = "";

  const ask = async (method: string, path: string, body: unknown = null, key = "k") => {
    const { handler } = await import("../../functions/schedules.ts");
    const event = {
      version: "2.0",
      rawPath: path,
      headers: {
        authorization: "Bearer swy_test",
        "content-type": "application/json",
        "idempotency-key": key,
      },
      requestContext: { http: { method, path }, requestId: "r" },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    };
    const answer = answerSchema.parse(await handler(event, context));
    return {
      status: answer.statusCode,
      body: answer.body === "" ? {} : anySchema.parse(JSON.parse(answer.body)),
    };
  };
  const tick = async (): Promise<void> => {
    const { handler } = await import("../../functions/tick-schedules.ts");
    await handler({ source: "aws.events" }, context);
  };
  const state = (): string | undefined =>
    installation.simulator.control.servers().find(({ id }) => id === server)?.state;
  /** Follows what a tick or a wake has begun to its end. */
  const carryOut = async (): Promise<void> => {
    const { openPorts } = await import("../../lib/wiring.ts");
    const { operations } = await (await openPorts()).operations.list({}, null, 50);
    const open = operations.filter(({ ended_at: at }) => at === null);
    await installation.start(open.map(({ id }) => ({ v: 1, operation_id: id })));
    await installation.follow();
  };

  beforeAll(async () => {
    installation = await openInstallation("scaleway-instance");
    const input = { name: "web", ...machines["scaleway-instance"], tags: ["env=dev"] };
    const made = await installation.run({ connection: "paris", kind: "server.create", input }, "made");
    server = made.resource?.id ?? "";
  });
  afterAll(async () => {
    await installation.stop();
  });

  it("stops and starts a server by an override, wakes it, and says all of it in order", async () => {
    const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const schedule = {
      connection: "paris",
      select: { tags: ["env=dev"] },
      timezone: "UTC",
      periods: [{ days, from: "00:00", to: "24:00" }],
    };
    expect((await ask("PUT", "/v1/schedules/always", schedule)).status).toBeLessThan(300);
    await tick();
    expect(state()).toBe("running");

    const until = new Date(Date.now() + 3_600_000).toISOString();
    const off = await ask(
      "POST",
      "/v1/schedules/always/overrides",
      { state: "off", until, reason: "a pause" },
      "off",
    );
    expect(off.status).toBe(201);
    await tick();
    await carryOut();
    expect(state()).toBe("stopped");

    const woken = await ask("POST", "/v1/schedules/always/wake", { lease: "10m", servers: [server] }, "wake");
    expect(woken.status).toBe(202);
    await carryOut();
    expect(state()).toBe("running");
    await tick();

    const said = installation.events.filter(({ subject }) => subject === "schedule/always");
    expect(said.map(({ sequence }) => sequence)).toEqual(said.map((_, index) => index + 1));
    expect(said.map(({ type }) => type.replace("switchyard.schedule.", ""))).toEqual(
      expect.arrayContaining(["created", "override_added", "edge_applied", "woken"]),
    );
    const { openPorts } = await import("../../lib/wiring.ts");
    const { operations } = await (await openPorts()).operations.list({}, null, 50);
    const own = operations.filter(({ schedule: name }) => name === "always").toReversed();
    expect(own.map(({ kind, state: end }) => [kind, end])).toEqual([
      ["server.stop", "succeeded"],
      ["server.start", "succeeded"],
    ]);
  });

  it("does not know a link that it has not made", async () => {
    expect((await ask("POST", "/snooze/abc.def")).status).toBe(404);
    expect((await ask("GET", "/snooze/abc.def")).status).toBe(404);
  });
});
