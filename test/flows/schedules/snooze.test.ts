import { describe, expect, it } from "vitest";
import * as z from "zod";
import { snoozeStop } from "../../../lib/flows/snooze.ts";
import { readSnoozeToken, snoozeToken } from "../../../lib/flows/snooze-token.ts";
import { snoozeRoutes } from "../../../lib/http/snooze-routes.ts";
import { httpHandler } from "../../../lib/lambda/http-stack.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;

const announced = async (): Promise<{
  readonly world: TickWorld;
  readonly path: string;
  readonly token: string;
}> => {
  const world = openTickWorld();
  world.provider.addServer(["env=dev"], { phase: "on" });
  world.provider.addServer(["env=dev"], { phase: "off" });
  await world.put("office");
  await world.ticks(monday("18:44:00"), monday("18:47:00"));
  const [notice] = world.said("schedule.stop_announced");
  const path = z.string().parse(notice?.data["snooze_path"]);
  return { world, path, token: path.replace("/snooze/", "") };
};

const answerSchema = z.object({
  statusCode: z.number(),
  body: z.string(),
  headers: z.record(z.string(), z.string()),
});

/** Asks as API Gateway does. */
const ask = async (world: TickWorld, method: string, path: string, accept = "application/json") => {
  const log = Object.assign(world.ports.log, { flush: () => {} });
  const handler = httpHandler(
    async () => ({ ...world.ports, log, apiKeyReference: "env:KEY" }),
    snoozeRoutes,
  );
  const [rawPath = "", rawQueryString = ""] = path.split("?");
  const event = {
    version: "2.0",
    rawPath,
    rawQueryString,
    headers: { accept },
    requestContext: { http: { method, path: rawPath }, requestId: "r" },
    isBase64Encoded: false,
  };
  const answering = handler(event, { getRemainingTimeInMillis: () => 29_000 });
  return answerSchema.parse(await world.clock.runUntil(answering));
};

describe("a notice before a stop", () => {
  it("comes 15 minutes before, once, and names the servers that run", async () => {
    const { world } = await announced();
    await world.ticks(monday("18:47:00"), monday("18:59:00"));
    const notices = world.said("schedule.stop_announced");
    expect(notices).toHaveLength(1);
    expect(notices[0]?.time.slice(11, 16)).toBe("18:45");
    expect(notices[0]?.data).toMatchObject({
      edge: { at: monday("19:00:00"), action: "off" },
      servers: [{ id: "server-1" }],
      server_count: 1,
    });
  });

  it("comes as often as the schedule asks for: not at all with `notice_minutes: 0`", async () => {
    const world = openTickWorld();
    world.provider.addServer(["env=dev"], { phase: "on" });
    await world.put("office", { notice_minutes: 0 });
    await world.ticks(monday("18:44:00"), monday("18:50:00"));
    expect(world.said("schedule.stop_announced")).toEqual([]);
  });

  it("comes late rather than not at all where the stop was moved closer", async () => {
    const { world } = await announced();
    await world.put("office", { periods: [{ days: ["mon"], from: "08:00", to: "18:55" }] });
    await world.ticks(monday("18:48:00"), monday("18:50:00"));
    const edges = world.said("schedule.stop_announced").map(({ data }) => data["edge"]);
    expect(edges).toMatchObject([{ at: monday("19:00:00") }, { at: monday("18:55:00") }]);
  });
});

describe("the link of a notice", () => {
  it("keeps the servers on for two hours, and the stop comes then", async () => {
    const { world, path } = await announced();
    const { statusCode, body } = await ask(world, "POST", path);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ schedule: "office", until: monday("21:00:00"), snoozed: true });
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.powers()).toBe(0);
    await world.ticks(monday("20:44:00"), monday("21:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
    expect(world.said("schedule.stop_announced")).toHaveLength(2);
  });

  it("does nothing when it is only looked at, as previews of links do", async () => {
    const { world, path } = await announced();
    expect((await ask(world, "GET", path)).statusCode).toBe(200);
    expect((await ask(world, "HEAD", path)).statusCode).toBe(200);
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it("is a page with a button for a browser, which nothing from elsewhere can be put into", async () => {
    const { world, path } = await announced();
    const { body, headers } = await ask(world, "GET", `${path}?utm_source=mail`, "text/html,*/*");
    expect(body).toContain('<form method="post"><button');
    expect(headers["Content-Security-Policy"]).toContain("default-src 'none'");
    expect(headers["Referrer-Policy"]).toBe("no-referrer");
  });

  it("works once", async () => {
    const { world, path } = await announced();
    await ask(world, "POST", path);
    const again = await ask(world, "POST", path);
    expect(again.statusCode).toBe(409);
    expect(again.body).toContain("SNOOZE_USED");
    expect(world.said("schedule.override_added").length).toBeLessThanOrEqual(1);
  });

  it("is no good any more when the stop has come", async () => {
    const { world, path } = await announced();
    await world.clock.advanceTo(Date.parse(monday("19:00:00")));
    expect((await ask(world, "POST", path)).statusCode).toBe(410);
    await world.ticks(monday("19:00:01"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it.each([
    [
      "another stop in it",
      (token: string) => {
        const [, signature = ""] = token.split(".");
        const body = Buffer.from(JSON.stringify({ s: "office", a: 4e12, u: 5e12 })).toString("base64url");
        return `${body}.${signature}`;
      },
    ],
    [
      "a signature of somebody else",
      (token: string) => {
        const [body = ""] = token.split(".");
        const own = readSnoozeToken(token, "a signing key of more than thirty-two bytes");
        const [, signature = ""] = snoozeToken(
          own ?? { s: "office", a: 1, u: 2 },
          "another key, also longer than 32 bytes",
        ).split(".");
        return `${body}.${signature}`;
      },
    ],
    ["no signature", (token: string) => token.split(".")[0] ?? ""],
    ["a signature that is cut", (token: string) => token.slice(0, -1)],
    ["something behind it", (token: string) => `${token}.x`],
    ["a signature in another spelling", (token: string) => `${token}==`],
    ["nothing but noise", () => "%F0%9F%98%80"],
  ])("is not believed with %s", async (_what, forge) => {
    const { world, token } = await announced();
    const { statusCode } = await ask(world, "POST", `/snooze/${forge(token)}`);
    expect(statusCode).toBe(404);
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it(
    "and the stop: either wins, never both, whoever is first at whatever moment",
    { timeout: 300_000 },
    async () => {
      const wins = { stop: 0, snooze: 0 };
      const moments = [0, 999, 1000, 1001].flatMap((wait) =>
        Array.from({ length: 12 }, (_, turns) => ({ wait, turns })),
      );
      for (const { wait, turns } of moments) {
        const { world, token } = await announced();
        await world.tickAt(monday("18:58:00"));
        await world.clock.advanceTo(Date.parse(monday("18:59:58")));
        // The clock of the ticker runs ahead, so that it looks at the servers, and stops them, while the link is still good.
        const ahead = {
          now: () => world.clock.now() + 2000,
          sleep: (time: number) => world.clock.sleep(time),
        };
        const snoozing = async (): Promise<boolean> => {
          await world.clock.sleep(wait);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          return snoozeStop(token, world.ports).then(
            () => true,
            () => false,
          );
        };
        const [isSnoozed] = await world.clock.runUntil(
          Promise.all([snoozing(), world.begin({ ...world.ports, clock: ahead })]),
        );
        await world.carryOut();
        await world.ticks(monday("19:01:00"), monday("19:04:00"));
        wins[isSnoozed ? "snooze" : "stop"] += 1;
        const where = `after ${wait} ms and ${turns} turns`;
        expect(world.phases(), where).toEqual(isSnoozed ? ["on", "off"] : ["off", "off"]);
        expect(world.powers(), where).toBe(isSnoozed ? 0 : 1);
      }
      expect(wins.snooze).toBeGreaterThan(0);
      expect(wins.stop).toBeGreaterThan(0);
    },
  );
});
