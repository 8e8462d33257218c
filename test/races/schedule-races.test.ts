import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapCaller } from "../../lib/access/caller.ts";
import { addOverride, cancelOverride } from "../../lib/flows/overrides.ts";
import { RequestRefused } from "../../lib/flows/request-refused.ts";
import { putSchedule } from "../../lib/flows/schedules.ts";
import { snoozeStop } from "../../lib/flows/snooze.ts";
import { snoozeToken } from "../../lib/flows/snooze-token.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { tickSchedules } from "../../lib/flows/tick-schedules.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import { scheduleRequestSchema } from "../../lib/schedule/schedule.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { type Gate, openGate, scheduledGate } from "./gate.ts";
import { RaceWorld } from "./race-world.ts";

const runs = Number(process.env["RACES"] ?? (process.env["MODE"] === "races" ? 5000 : 60));
const stopAt = Date.parse("2026-11-02T19:00:00.000Z");
const signingKey = "a signing key of more than thirty-two bytes";

/** A world with one server under a schedule that is on from 08:00 to 19:00 UTC, some seconds from its stop. */
class ScheduleWorld extends RaceWorld {
  /** Whether a caller was given what it asked for. */
  isGranted = false;

  portsFor(gate: Gate) {
    const secrets = new MemorySecrets(this.clock.through(openGate), {
      "env:KEY": "k",
      "env:SIGN": signingKey,
    });
    return { ...this.portsThrough(gate), secrets, signingKeyReference: "env:SIGN" };
  }

  get phase(): string {
    return this.provider.servers[0]?.phase ?? "gone";
  }

  switchTo(phase: "on" | "off"): void {
    const [server] = this.provider.servers;
    if (server === undefined) throw new Error("there is no server");
    Object.assign(server, { phase, turning: null });
  }

  get stops(): number {
    return this.history.sends.filter(({ what }) => /off/.test(what)).length;
  }

  /** @param ahead milliseconds by which the ticker's clock runs ahead */
  async tick(gate: Gate = openGate, ahead = 0): Promise<void> {
    const ports = this.portsFor(gate);
    const clock = {
      now: () => ports.clock.now() + ahead,
      sleep: (milliseconds: number) => ports.clock.sleep(milliseconds),
    };
    await tickSchedules({ ports: { ...ports, clock }, timeLeft: () => 90_000 });
  }

  async arrange(fields: object, at: number): Promise<void> {
    this.provider.turnMilliseconds = 1500;
    this.provider.addServer(["env=dev"], { phase: "on" });
    this.provider.reading = () => ({
      form: "page",
      items: this.provider.servers.map(({ id, tags }) => ({ id, name: id, tags, raw: null })),
      next: null,
    });
    const request = scheduleRequestSchema.parse({
      connection: "paris",
      select: { tags: ["env=dev"] },
      timezone: "UTC",
      periods: [{ days: ["mon"], from: "08:00", to: "19:00" }],
      ...fields,
    });
    await this.clock.runUntil(putSchedule("office", request, bootstrapCaller, this.portsFor(openGate)));
    this.clock.advance(60_000);
    await this.clock.runUntil(this.tick());
    this.clock.advance(at - this.clock.now());
  }

  /** Minutes go by, with all that is sent carried out. */
  async rest(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await this.clock.runUntil(this.tick());
      const starts = this.queue.starts.splice(0);
      const messages = starts.map((id) => ({
        id,
        body: JSON.stringify({ v: 1, operation_id: id }),
        receiveCount: 1,
      }));
      const turn = this.turnOf(this.ports);
      await this.clock.runUntil(startMessages(messages, turn));
      await this.clock.runUntil(followOperations(turn));
      this.clock.advance(60_000);
    }
  }
}

type Actor = (world: ScheduleWorld, gate: Gate) => Promise<void>;

const unlessRefused = async (world: ScheduleWorld, ask: () => Promise<unknown>): Promise<void> => {
  try {
    await ask();
    world.isGranted = true;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
  }
};

const tick: Actor = (world, gate) => world.tick(gate);
const earlyTick: Actor = (world, gate) => world.tick(gate, 2000);
const hand =
  (...phases: readonly ("on" | "off")[]): Actor =>
  async (world, gate) => {
    for (const phase of phases) {
      await gate.pass(`somebody switches it ${phase}`);
      world.switchTo(phase);
    }
  };
const override: Actor = (world, gate) =>
  unlessRefused(world, async () => {
    const request = {
      state: "on" as const,
      until: new Date(stopAt + 7_200_000).toISOString(),
      reason: "a release",
    };
    await addOverride("office", request, "k", bootstrapCaller, world.portsFor(gate));
  });
const snooze: Actor = (world, gate) =>
  unlessRefused(world, () =>
    snoozeStop(
      snoozeToken({ s: "office", a: stopAt, u: stopAt + 7_200_000 }, signingKey),
      world.portsFor(gate),
    ),
  );

interface Pair {
  readonly name: string;
  readonly fields: object;
  /** When the race begins, in milliseconds since the epoch. */
  readonly at: number;
  readonly before?: (world: ScheduleWorld, ports: Ports) => Promise<void>;
  readonly actors: readonly Actor[];
  /** Whether the second of them is sometimes refused. */
  readonly mayLose?: true;
  /** What must hold when everything has come to rest. */
  readonly holds: (world: ScheduleWorld) => void;
}

const pairs: readonly Pair[] = [
  {
    name: "tick/tick",
    fields: {},
    at: stopAt + 500,
    actors: [tick, tick, tick],
    holds: (world) => {
      expect(world.phase).toBe("off");
      expect(world.stops).toBe(1);
    },
  },
  {
    name: "schedule/manual",
    fields: {},
    at: stopAt + 500,
    actors: [tick, hand("off", "on")],
    holds: (world) => {
      // Whoever was last has it; the schedule acts once at its edge, and never again.
      expect(["on", "off"]).toContain(world.phase);
      expect(world.stops).toBeLessThanOrEqual(1);
    },
  },
  {
    name: "override/edge",
    fields: {},
    at: stopAt - 50,
    actors: [tick, override, tick],
    holds: (world) => {
      expect(world.isGranted).toBe(true);
      expect(world.phase).toBe("on");
    },
  },
  {
    name: "override taken back/edge",
    fields: {},
    at: stopAt + 500,
    before: async (_, ports) => {
      const request = {
        state: "on" as const,
        until: new Date(stopAt + 7_200_000).toISOString(),
        reason: "a release",
      };
      await addOverride("office", request, "k", bootstrapCaller, ports);
    },
    actors: [
      tick,
      (world, gate) =>
        unlessRefused(world, async () => {
          const ports = world.portsFor(gate);
          const [one] = (await ports.documents.list("schedule-overrides", null, 1)).documents;
          await cancelOverride("office", one?.name ?? "", bootstrapCaller, ports);
        }),
    ],
    holds: (world) => expect(world.phase).toBe("off"),
  },
  {
    name: "snooze/stop",
    fields: {},
    at: stopAt - 1500,
    actors: [earlyTick, snooze, earlyTick],
    mayLose: true,
    holds: (world) => {
      expect(world.phase).toBe(world.isGranted ? "on" : "off");
      expect(world.stops).toBe(world.isGranted ? 0 : 1);
    },
  },
  {
    name: "enforce/human",
    fields: { mode: "enforce" },
    at: stopAt - 3_600_000,
    before: async (world) => {
      await world.rest(2);
    },
    actors: [tick, hand("off"), tick],
    holds: (world) => expect(world.phase).toBe("on"),
  },
];

describe("a schedule and somebody else at the same time", () => {
  it.each(pairs)(
    "$name: comes to rest as it should, in any order of their calls",
    { timeout: 600_000 },
    async (pair) => {
      const seen = { granted: 0, orders: new Set<string>() };
      const property = fc.asyncProperty(fc.scheduler(), fc.nat({ max: 60 }), async (scheduler, delay) => {
        const world = new ScheduleWorld();
        await world.arrange(pair.fields, pair.at);
        const arranging = pair.before?.(world, world.portsFor(openGate));
        if (arranging !== undefined) await arranging;
        const order: string[] = [];
        const gates = pair.actors.map((_, index) =>
          scheduledGate(scheduler, `actor ${index}`, world.clock, order),
        );
        const begin = async (actor: Actor, index: number): Promise<void> => {
          const gate = gates[index] ?? openGate;
          // The others make many calls before theirs matters.
          for (let chance = 0; chance < (index === 1 ? delay : 0); chance += 1)
            await gate.pass("nothing yet");
          await actor(world, gate);
        };
        await scheduler.waitFor(Promise.all(pair.actors.map(begin)));
        await world.rest(5);
        pair.holds(world);
        if (world.isGranted) seen.granted += 1;
        seen.orders.add(order.join("\n"));
      });
      await fc.assert(property, { numRuns: runs });
      console.info(
        `${pair.name}: ${runs} interleavings, ${seen.orders.size} different, ${seen.granted} granted`,
      );
      expect(seen.orders.size).toBeGreaterThan(2);
      if (pair.mayLose === true) {
        expect(seen.granted).toBeGreaterThan(0);
        expect(seen.granted).toBeLessThan(runs);
      }
    },
  );
});
