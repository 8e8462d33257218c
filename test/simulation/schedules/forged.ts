import {
  plainScheduleData,
  type ScheduleEventData,
  type ScheduleEventType,
} from "../../../events/schedule-event.ts";
import type { OperationView } from "../../../lib/operation/view.ts";
import { inputsOf, type Inputs } from "../../../lib/schedule/inputs.ts";
import { override, schedule } from "../../schedule/fixtures.ts";
import { Chance } from "../chance.ts";
import type { Fact } from "../history.ts";
import { personalityOf } from "../personality.ts";
import { check, ScheduleCase } from "./checker.ts";
import { Ledger } from "./ledger.ts";
import { LongWorld } from "./long-world.ts";
import { Plant } from "./plant.ts";

const second = 1000;
const minute = 60 * second;
const day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const states = { on: ["starting", "running"], off: ["stopping", "stopped"] } as const;
const begunAt = Date.parse("2026-06-01T00:00:00.000Z");

/** An instant of the forged day, `HH:MM` or `HH:MM:SS`, in milliseconds since the epoch. */
export const at = (time: string): number =>
  Date.parse(`2026-06-01T${time.length === 5 ? `${time}:00` : time}.000Z`);
const iso = (instant: number): string => new Date(instant).toISOString();

/**
 * A day of two servers, srv-1 and srv-2, under one schedule, on from 08:00 to 18:00 UTC, as the checker gets it: nothing
 * has run, all of it is written by hand. `settings`: of the schedule.
 */
export class Forged {
  readonly world: LongWorld;
  readonly plant: Plant;
  readonly ledger = new Ledger();
  readonly operations: OperationView[] = [];
  readonly #schedule: ReturnType<typeof schedule>;
  #sequence = 0;

  constructor(settings: Record<string, unknown> = {}) {
    const faults = { on: new Map<never, never>(), until: begunAt, only: null };
    const usual = { seed: 1, faults, crashes: [], landsWithin: minute, orphans: null, tracing: false };
    this.world = new LongWorld({ ...usual, withoutRules: new Set<never>() }, begunAt);
    const chance = new Chance(1).split("dialect");
    this.plant = new Plant(this.world, personalityOf(chance, { forced: "scaleway-instance" }));
    const periods = [{ days: day, from: "08:00", to: "18:00" }];
    const made = schedule({ select: { tags: ["env=a"] }, timezone: "UTC", periods, ...settings });
    this.#schedule = { ...made, updated_at: iso(begunAt), created_at: iso(begunAt) };
    this.version("schedule", at("00:00:10"), { schedules: [this.#schedule] });
    this.event("schedule.created", at("00:00:12"));
    for (const id of ["srv-1", "srv-2"])
      this.ledger.made.set(id, { at: begunAt, state: "stopped", tags: ["env=a"] });
    this.world.now = at("23:00");
  }

  /** Somebody has changed what decides. */
  version(what: string, answered: number, change: Partial<Inputs>, more: { override?: string } = {}): void {
    const about = { asked: answered - second, answered, what, schedule: "office", ...more };
    this.ledger.change(about, (inputs) => inputsOf({ ...inputs, ...change }));
  }

  /** An exception that was made and told. */
  except(state: "on" | "off", from: string, until: string): void {
    const made = override({ id: "ovr_1", state, from: iso(at(from)), until: iso(at(until)) });
    this.version("override", at(from) + second, { overrides: [made] });
    const { id } = made;
    this.event("schedule.override_added", at(from) + 20 * second, {
      override: { id, state, from: made.from, until: made.until },
    });
  }

  record(instant: number, fact: Fact): void {
    const { entries } = this.world;
    const place = entries.findLastIndex((entry) => entry.at <= instant) + 1;
    entries.splice(place, 0, { ...fact, at: instant });
  }

  event(type: ScheduleEventType, instant: number, data: Partial<ScheduleEventData> = {}): void {
    this.#sequence += 1;
    this.publish(`evt_${this.#sequence}`, type, instant, this.#sequence, data);
  }

  publish(
    id: string,
    type: ScheduleEventType,
    instant: number,
    sequence: number,
    data: Partial<ScheduleEventData> = {},
  ): void {
    const bytes = JSON.stringify({ data: plainScheduleData(this.#schedule, data) });
    const usual = { what: "published", subject: "schedule/office", operation: "" } as const;
    this.record(instant, { ...usual, id, type: `switchyard.${type}`, sequence, bytes });
  }

  /** Something that names servers. */
  says(
    type: ScheduleEventType,
    instant: number,
    edge: { readonly at: string; readonly action: "on" | "off" } | null,
    named: Readonly<Record<string, string | null>>,
    because = "",
  ): void {
    const servers = Object.entries(named).map(([id, operation]) => ({
      id,
      name: id,
      operation_id: operation,
      because,
    }));
    const about = edge === null ? null : { at: iso(at(edge.at)), local: edge.at, action: edge.action };
    this.event(type, instant, { edge: about, servers, server_count: servers.length });
  }

  /** An operation of the schedule, that goes well; @returns its id */
  operation(
    server: string,
    action: "on" | "off",
    instant: number,
    state: OperationView["state"] = "succeeded",
  ): string {
    const id = `op_${this.operations.length + 1}`;
    this.operations.push({
      id,
      kind: action === "on" ? "server.start" : "server.stop",
      connection: "paris",
      state,
      done: true,
      resource: { type: "server", id: server },
      tags: [],
      task: null,
      steps: [],
      next_look_at: null,
      error: null,
      bulk_job: null,
      schedule: "office",
      created_at: iso(instant),
      updated_at: iso(instant),
      ended_at: iso(instant + 8 * second),
    });
    return id;
  }

  /** A call reaches the provider, and the server turns. */
  turns(server: string, to: "on" | "off", instant: number): void {
    this.ledger.calls.push({ at: instant, server, to, wasTaken: true });
    const [first, last] = states[to];
    this.record(instant, { what: "state", server, state: first });
    this.record(instant + 4 * second, { what: "state", server, state: last });
  }

  /** What an edge asks for is done and told: an operation, a call, an event. */
  command(
    server: string,
    action: "on" | "off",
    edge: string,
    made: number,
    because = "by its periods",
  ): string {
    const id = this.operation(server, action, made);
    this.turns(server, action, made + 2 * second);
    this.says("schedule.edge_applied", made + 3 * second, { at: edge, action }, { [server]: id }, because);
    return id;
  }

  /** Somebody switches a server at the provider. */
  hand(server: string, to: "on" | "off", instant: number): void {
    this.ledger.hands.push({ at: instant, server, to, how: "provider" });
    this.record(instant, { what: "state", server, state: states[to][1] });
  }

  /** Both servers start at 08:00 and stop at 18:00, as they should. `without`: what is left out. */
  day(without: readonly string[] = []): this {
    for (const [action, edge] of [
      ["on", "08:00"],
      ["off", "18:00"],
    ] as const)
      for (const server of ["srv-1", "srv-2"])
        if (!without.includes(`${action} ${server}`))
          this.command(server, action, edge, at(edge) + 20 * second);
    return this;
  }

  /** Numbers of the invariants that are broken. */
  broken(): readonly string[] {
    const { world, plant, ledger, operations } = this;
    const under = new ScheduleCase({ world, plant, ledger, operations, order: { seed: 1, mode: "swarm" } });
    return [...new Set(check(under).map(({ invariant }) => invariant))];
  }

  /** All that is wrong, in words. */
  words(): readonly string[] {
    const { world, plant, ledger, operations } = this;
    const under = new ScheduleCase({ world, plant, ledger, operations, order: { seed: 1, mode: "swarm" } });
    return check(under).map(({ invariant, explanation }) => `${invariant}: ${explanation}`);
  }
}
