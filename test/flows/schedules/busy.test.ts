import { describe, expect, it } from "vitest";
import * as z from "zod";
import { Webhook } from "standardwebhooks";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { explainServer } from "../../../lib/flows/schedule-questions.ts";
import { signingSecretOf } from "../../../lib/flows/schedule-secret.ts";
import { HttpUnclear, type HttpRequest } from "../../../lib/ports/http-client.ts";
import { openTickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;
const url = "https://ci.example.com/busy?token=hidden";

type Reply = { readonly status: number; readonly body: string } | Error;

/** A schedule whose stops somebody may veto, and what is asked of them. */
const guarded = async (check: object = {}, servers = 1, fields: object = {}) => {
  const world = openTickWorld();
  for (let made = 0; made < servers; made += 1) world.provider.addServer(["env=dev"], { phase: "on" });
  const asked: HttpRequest[] = [];
  let reply: Reply = { status: 200, body: '{"busy": false}' };
  const outside = {
    send: async (request: HttpRequest) => {
      asked.push(request);
      if (reply instanceof Error) throw reply;
      return { headers: {}, ...reply };
    },
  };
  Object.assign(world.ports, { outside });
  await world.put("office", { guards: { busy_check: { url, ...check } }, ...fields });
  return {
    ...world,
    asked,
    answer: (next: Reply): void => {
      reply = next;
    },
    reasons: (): readonly unknown[] =>
      world
        .said("schedule.server_delayed")
        .flatMap(({ data }) => z.array(z.looseObject({ because: z.unknown() })).parse(data["servers"]))
        .map(({ because }) => because),
  };
};

const lockedUp = new HttpUnclear("no answer came in time");

describe("a busy check", () => {
  it("is asked before a stop, which is done when nobody is busy", async () => {
    const world = await guarded();
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off"]);
    expect(world.asked).toHaveLength(1);
    expect(JSON.parse(world.asked[0]?.body ?? "")).toMatchObject({
      type: "busy_check",
      schedule: "office",
      action: "off",
      servers: [{ id: "server-1" }],
    });
  });

  it("is never asked before a start", async () => {
    const world = await guarded();
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    await world.ticks("2026-11-03T07:59:00.000Z", "2026-11-03T08:03:00.000Z");
    expect(world.phases()).toEqual(["on"]);
    expect(world.asked).toHaveLength(1);
  });

  it.each<[string, Reply, string]>([
    ["busy", { status: 200, body: '{"busy": true, "reason": "a build\\nruns"}' }, "a build runs"],
    ["busy, by id", { status: 200, body: '{"busy": ["server-1"]}' }, "busy_check says that it is busy"],
    ["409", { status: 409, body: "" }, "busy_check says that it is busy"],
    ["423 with a reason", { status: 423, body: '{"busy": true, "reason": "locked"}' }, "locked"],
    ["no answer, and fails closed", lockedUp, "no answer came in time), and fails closed"],
    ["an answer of 500, and fails closed", { status: 500, body: "" }, "answered with 500"],
    ["a page of a proxy, and fails closed", { status: 200, body: "<html>" }, "does not say"],
  ])("puts the stop off, says why, and is asked again: %s", async (_name, reply, words) => {
    const world = await guarded();
    world.answer(reply);
    await world.ticks(monday("18:59:00"), monday("19:05:00"));
    expect(world.powers()).toBe(0);
    expect(world.reasons()).toEqual([expect.stringContaining(words)]);
    const explained = explainServer("office", "server-1", null, bootstrapCaller, world.ports);
    const { delayed } = await world.clock.runUntil(explained);
    expect(delayed).toMatchObject({ action: "off", because: expect.stringContaining(words) });
    expect(world.asked.length).toBeGreaterThan(2);
    world.answer({ status: 204, body: "" });
    await world.ticks(monday("19:05:00"), monday("19:08:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it.each<[string, Reply]>([
    ["no answer", lockedUp],
    ["an answer of 500", { status: 500, body: "" }],
  ])("fails open where the schedule says so, and that is said of the stop: %s", async (_name, reply) => {
    const world = await guarded({ on_failure: "open" });
    world.answer(reply);
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off"]);
    const [applied] = world.said("schedule.edge_applied");
    expect(JSON.stringify(applied?.data)).toContain("fails open");
  });

  it("asks once for a page, and only those are kept on that are busy", async () => {
    const world = await guarded({}, 3);
    world.answer({ status: 200, body: '{"busy": ["server-2"], "reason": "a build"}' });
    await world.ticks(monday("18:59:00"), monday("19:01:00"));
    expect(world.phases()).toEqual(["off", "on", "off"]);
    expect(world.asked).toHaveLength(1);
  });

  it("asks nobody twice in a tick who has not answered once", async () => {
    const world = await guarded({}, 250);
    world.answer(lockedUp);
    await world.tickAt(monday("18:59:00"));
    await world.tickAt(monday("19:00:01"));
    expect(world.asked.length).toBeLessThan(4);
    expect(world.queue.starts).toEqual([]);
  });

  it("asks for no longer than it says, and at most ten seconds", async () => {
    const quick = await guarded({ timeout: "3s" });
    await quick.ticks(monday("18:59:00"), monday("19:02:00"));
    expect(quick.asked[0]?.timeoutMilliseconds).toBe(3000);
    const usual = await guarded();
    await usual.ticks(monday("18:59:00"), monday("19:02:00"));
    expect(usual.asked[0]?.timeoutMilliseconds).toBe(10_000);
  });

  it("a stop that is no longer wanted when nobody is busy any more is not done", async () => {
    const world = await guarded({}, 1, { catch_up: { percent: 100 } });
    world.answer({ status: 409, body: "" });
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    await world.tickAt("2026-11-03T08:00:01.000Z");
    world.answer({ status: 204, body: "" });
    await world.ticks("2026-11-03T08:01:00.000Z", "2026-11-03T08:05:00.000Z");
    expect(world.powers()).toBe(0);
  });

  it("nobody is asked where the schedule only observes, or there is no time left", async () => {
    const observing = await guarded({}, 1, { mode: "observe" });
    await observing.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(observing.asked).toEqual([]);
    expect(observing.said("schedule.edge_observed")).toHaveLength(1);
    const without = await guarded();
    Object.assign(without.ports, { outside: undefined });
    await without.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(without.powers()).toBe(0);
  });

  it("is signed as webhooks are, with the schedule's own secret, and tells no secret to anybody", async () => {
    const world = await guarded();
    world.answer(lockedUp);
    await world.ticks(monday("18:59:00"), monday("19:02:00"));
    const secret = await world.clock.runUntil(signingSecretOf("office", bootstrapCaller, world.ports));
    const [request] = world.asked;
    if (request === undefined) throw new Error("nobody was asked");
    const now = Number(request.headers["webhook-timestamp"]);
    expect(Math.abs(now - Date.parse(monday("19:00:00")) / 1000)).toBeLessThan(60);
    const expected = new Webhook(secret).sign(
      request.headers["webhook-id"] ?? "",
      new Date(now * 1000),
      request.body ?? "",
    );
    expect(request.headers["webhook-signature"]).toBe(expected);
    const told = JSON.stringify(world.said());
    expect(told).not.toContain("hidden");
    expect(told).not.toContain(secret.slice(6));
  });

  it("goes unsigned where the signing key can't be read", async () => {
    const world = await guarded();
    Object.assign(world.ports, { signingKeyReference: "env:NOWHERE" });
    await world.ticks(monday("18:59:00"), monday("19:02:00"));
    expect(Object.keys(world.asked[0]?.headers ?? {})).not.toContain("webhook-signature");
    expect(world.phases()).toEqual(["off"]);
  });
});
