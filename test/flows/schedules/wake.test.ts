import { describe, expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { callBack } from "../../../lib/flows/call-back.ts";
import { signingSecretOf } from "../../../lib/flows/schedule-secret.ts";
import { RequestRefused } from "../../../lib/flows/request-refused.ts";
import { wakeSchedule, type WakeRequest, type Woken } from "../../../lib/flows/wake.ts";
import type { HttpRequest } from "../../../lib/ports/http-client.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;

const asleep = async (count = 2): Promise<TickWorld> => {
  const world = openTickWorld();
  for (let made = 0; made < count; made += 1) world.provider.addServer(["env=dev"], { phase: "off" });
  await world.put("office");
  await world.tickAt(monday("21:00:00"));
  return world;
};

const wake = (world: TickWorld, request: Partial<WakeRequest> = {}, key = "k"): Promise<Woken> => {
  const end = world.clock.now() + 29_000;
  return wakeSchedule("office", { lease: "2h", ...request }, key, bootstrapCaller, {
    ports: world.ports,
    timeLeft: () => end - world.clock.now(),
  });
};

/** Has callbacks called that are due. */
const calls = async (
  world: TickWorld,
  answer: (request: HttpRequest) => number = () => 204,
): Promise<HttpRequest[]> => {
  const made: HttpRequest[] = [];
  const http = {
    send: async (request: HttpRequest) => {
      made.push(request);
      return { status: answer(request), headers: {}, body: "" };
    },
  };
  const ports = { ...world.ports, http };
  await world.clock.runUntil(callBack(ports, world.clock.now() + 60_000));
  return made;
};

describe("a wake", () => {
  it("starts the servers at once, and they go off again when the lease is over", async () => {
    const world = await asleep();
    const { override } = await world.clock.runUntil(wake(world));
    expect(override).toMatchObject({ state: "on", until: "2026-11-02T23:00:00.000Z" });
    expect(world.queue.starts).toHaveLength(2);
    await world.carryOut();
    expect(world.phases()).toEqual(["on", "on"]);
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    expect(world.powers()).toBe(2);
    await world.ticks(monday("22:59:00"), monday("23:05:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it("by 500 callers at once is one start a server, and 500 callbacks", { timeout: 300_000 }, async () => {
    const world = await asleep(3);
    const urls = Array.from({ length: 500 }, (_, index) => `https://example.com/ready/${index}`);
    await world.clock.runUntil(Promise.all(urls.map((callback) => wake(world, { callback }, callback))));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    expect(world.phases()).toEqual(["on", "on", "on"]);
    expect(world.powers()).toBe(3);
    const made = await calls(world);
    expect(new Set(made.map(({ url }) => url)).size).toBe(500);
    expect(made).toHaveLength(500);
    expect(JSON.parse(made[0]?.body ?? "")).toMatchObject({
      schedule: "office",
      ready: true,
      server_count: 3,
    });
    await world.ticks(monday("21:05:00"), monday("21:07:00"));
    expect(await calls(world)).toEqual([]);
  });

  it("makes the lease of those before last longer, and never shorter", async () => {
    const world = await asleep();
    const first = await world.clock.runUntil(wake(world));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:12:00"));
    const longer = await world.clock.runUntil(wake(world, { lease: "4h" }, "k2"));
    const shorter = await world.clock.runUntil(wake(world, { lease: "5m" }, "k3"));
    expect([longer.override.id, shorter.override.id]).toEqual([first.override.id, first.override.id]);
    expect(shorter.override.until).toBe(longer.override.until);
  });

  it("wakes servers anew that somebody has switched off meanwhile", async () => {
    const world = await asleep(1);
    await world.clock.runUntil(wake(world));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    const [server] = world.provider.servers;
    if (server === undefined) throw new Error("there is no server");
    server.phase = "off";
    await world.clock.runUntil(wake(world, {}, "again"));
    await world.carryOut();
    expect(world.phases()).toEqual(["on"]);
  });

  it("may be for some of the servers", async () => {
    const world = await asleep();
    await world.clock.runUntil(wake(world, { servers: ["server-2"] }));
    await world.carryOut();
    expect(world.phases()).toEqual(["off", "on"]);
  });

  it("is refused where the schedule only observes, and with a callback that may not be called", async () => {
    const world = await asleep();
    await expect(world.clock.runUntil(wake(world, { callback: "http://10.0.0.1/x" }))).rejects.toThrow(
      RequestRefused,
    );
    await world.put("office", { mode: "observe" });
    await expect(world.clock.runUntil(wake(world))).rejects.toThrow(/observe/);
    expect(world.queue.starts).toEqual([]);
  });
});

describe("a callback", () => {
  it("is called again when it was not taken, some minutes later, and not for ever", async () => {
    const world = await asleep(1);
    await world.clock.runUntil(wake(world, { callback: "https://example.com/ready" }));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    let made = 0;
    for (let hour = 0; hour < 10; hour += 1) {
      made += (await calls(world, () => 503)).length;
      expect(await calls(world, () => 503)).toEqual([]);
      await world.clock.advance(3_600_000);
    }
    expect(made).toBe(5);
  });

  it("is called once by two deliverers at the same time", async () => {
    const world = await asleep(1);
    await world.clock.runUntil(wake(world, { callback: "https://example.com/ready" }));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    const made = await Promise.all([calls(world), calls(world)]);
    expect(made.flat()).toHaveLength(1);
  });

  it("is signed as webhooks are, with the secret of its schedule", async () => {
    const world = await asleep(1);
    await world.clock.runUntil(wake(world, { callback: "https://example.com/ready" }));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    const [made] = await calls(world);
    if (made === undefined) throw new Error("nobody was called");
    const secret = await world.clock.runUntil(signingSecretOf("office", bootstrapCaller, world.ports));
    const seconds = Number(made.headers["webhook-timestamp"]);
    const id = made.headers["webhook-id"] ?? "";
    expect(id).toMatch(/^wcb_/);
    expect(made.headers["webhook-signature"]).toBe(
      new Webhook(secret).sign(id, new Date(seconds * 1000), made.body ?? ""),
    );
  });

  it("says so when the lease is over and the servers never ran", async () => {
    const world = await asleep(1);
    world.provider.mishaps.power = Array.from(
      { length: 200 },
      () => ({ kind: "refuse", code: "QUOTA_EXCEEDED" }) as const,
    );
    await world.clock.runUntil(wake(world, { lease: "5m", callback: "https://example.com/ready" }));
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:08:00"));
    const made = await calls(world);
    expect(made.map(({ body }) => JSON.parse(body ?? ""))).toMatchObject([{ ready: false }]);
  });
});
