import * as z from "zod";
import { scheduleEventDataSchema, type ScheduleEventData } from "../../../events/schedule-event.ts";
import type { OperationView } from "../../../lib/operation/view.ts";
import type { Override } from "../../../lib/schedule/override.ts";
import type { Of, Violation } from "../checker.ts";
import type { Entry } from "../history.ts";
import { checkChanges } from "./check-changes.ts";
import { checkCommands } from "./check-commands.ts";
import { checkEnds } from "./check-ends.ts";
import { checkEnforced } from "./check-enforced.ts";
import { checkHands } from "./check-hands.ts";
import { checkNews } from "./check-news.ts";
import { checkPace } from "./check-pace.ts";
import { checkTouched } from "./check-touched.ts";
import type { Ledger } from "./ledger.ts";
import type { LongWorld } from "./long-world.ts";
import { Model } from "./model.ts";
import type { ScheduleOrder } from "./one-run.ts";
import type { Plant } from "./plant.ts";

const eventSchema = z.object({ data: scheduleEventDataSchema });

/** An event about a schedule, as it came first. */
export interface Said {
  readonly at: number;
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly data: ScheduleEventData;
}

/** An edge that an event says was applied to a server by an operation. */
export interface Applied {
  readonly at: number;
  readonly action: "on" | "off";
  readonly because: string;
}

/** An operation that a schedule has asked for. */
export interface Commanded {
  readonly id: string;
  readonly schedule: string;
  readonly server: string;
  readonly action: "on" | "off";
  readonly createdAt: number;
  readonly view: OperationView;
  readonly applied: readonly Applied[];
}

interface Run {
  readonly world: LongWorld;
  readonly plant: Plant;
  readonly ledger: Ledger;
  readonly operations: readonly OperationView[];
  readonly order: ScheduleOrder;
}

const second = 1000;

/** A run that is over, for those who check it: what the provider, the bus and the API say. */
export class ScheduleCase {
  readonly world: LongWorld;
  readonly plant: Plant;
  readonly ledger: Ledger;
  readonly model: Model;
  readonly violations: Violation[] = [];
  readonly operations: readonly OperationView[];
  readonly events: readonly Said[];
  readonly commands: readonly Commanded[];
  readonly isCalm: boolean;
  /** Milliseconds by which clocks may be apart. */
  readonly slack: number;
  /** Milliseconds for which a tick may go on with what it has read. */
  readonly tickLasts: number;
  readonly #sorted: ReadonlyMap<Entry["what"], readonly Entry[]>;
  readonly #states: ReadonlyMap<string, readonly Of<"state">[]>;

  constructor({ world, plant, ledger, operations, order }: Run) {
    this.world = world;
    this.plant = plant;
    this.ledger = ledger;
    this.operations = operations;
    this.isCalm = order.mode === "calm" && (order.crashes ?? []).length === 0;
    this.slack = world.faults.isOn("clock goes back") ? 125 * second : 3 * second;
    this.tickLasts = this.isCalm ? 10 * second : 120 * second;
    this.#sorted = Map.groupBy(world.entries, ({ what }) => what);
    this.#states = Map.groupBy(this.all("state"), ({ server }) => server);
    this.events = this.#events();
    this.model = new Model(ledger, world.now, this.#given());
    this.commands = this.#commands();
  }

  get end(): number {
    return this.world.now;
  }

  get faultsEnd(): number {
    return this.world.settings.faults.until;
  }

  all<What extends Entry["what"]>(what: What): readonly Of<What>[] {
    return (this.#sorted.get(what) ?? []).filter((entry): entry is Of<What> => entry.what === what);
  }

  breaks(invariant: string, explanation: string): void {
    this.violations.push({ invariant, explanation });
  }

  /** How a server stood at the provider at an instant. */
  stateAt(server: string, at: number): string {
    const made = this.ledger.made.get(server);
    if (made === undefined || made.at > at) return "gone";
    const gone = this.ledger.meddled.find((one) => one.server === server && one.what === "deleted");
    if (gone !== undefined && gone.at <= at) return "gone";
    return (this.#states.get(server) ?? []).findLast((entry) => entry.at <= at)?.state ?? made.state;
  }

  /** How it stood in a stretch, one after the other. */
  statesWithin(server: string, from: number, to: number): readonly string[] {
    const later = (this.#states.get(server) ?? []).filter(({ at }) => at > from && at <= to);
    const made = this.ledger.made.get(server);
    const asMade = made !== undefined && made.at > from && made.at <= to ? [made.state] : [];
    return [this.stateAt(server, from), ...asMade, ...later.map(({ state }) => state)];
  }

  /** Whether it stood so at an instant. */
  is(server: string, wanted: "on" | "off", at: number): boolean {
    return this.stateAt(server, at) === (wanted === "on" ? "running" : "stopped");
  }

  #events(): readonly Said[] {
    const found = new Map<string, Said>();
    for (const { at, id, type, sequence, bytes } of this.all("published")) {
      if (!type.startsWith("switchyard.schedule.") || found.has(id)) continue;
      const { data } = eventSchema.parse(JSON.parse(bytes));
      found.set(id, { at, id, type: type.slice("switchyard.".length), sequence, data });
    }
    return [...found.values()];
  }

  /** Notice that was given before a stop that would have come at once: it is told as an override. */
  #given(): readonly Override[] {
    const known = this.ledger.versions.flatMap(({ inputs }) => inputs.overrides);
    return this.events.flatMap(({ data }): Override[] => {
      const { override: made, reason, schedule } = data;
      if (made === null || reason?.endsWith("is announced first") !== true) return [];
      // It is for those whom what was taken back was for; a pause is for all.
      const servers = known.find(({ id }) => reason.startsWith(`${id} `))?.servers ?? null;
      const usual = { servers, select: null, by: "people", cancelled_at: null, extended_by: [] };
      return [{ ...made, ...usual, schedule, reason, created_at: made.from }];
    });
  }

  #commands(): readonly Commanded[] {
    const applied = new Map<string, Applied[]>();
    for (const { type, data } of this.events) {
      if (type !== "schedule.edge_applied" || data.edge === null) continue;
      const { at, action } = data.edge;
      for (const { operation_id: id, because } of data.servers) {
        if (id === null) continue;
        applied.set(id, [...(applied.get(id) ?? []), { at: Date.parse(at), action, because: because ?? "" }]);
      }
    }
    return this.operations
      .flatMap((view): Commanded[] => {
        const { id, schedule, resource, kind, created_at: at } = view;
        if (schedule === null || resource === null) return [];
        const action = kind === "server.start" ? "on" : "off";
        return [
          {
            id,
            schedule,
            server: resource.id,
            action,
            createdAt: Date.parse(at),
            view,
            applied: applied.get(id) ?? [],
          },
        ];
      })
      .toSorted((one, other) => one.createdAt - other.createdAt);
  }
}

/** An instant as people read it. */
export const iso = (at: number): string => new Date(at).toISOString();

/** Holds the invariants of schedules against a run. */
export const check = (under: ScheduleCase): readonly Violation[] => {
  for (const odd of under.ledger.odd) under.breaks("answers", odd);
  if (under.isCalm)
    for (const { name, fault } of under.plant.thrown) under.breaks("thrown", `${name} threw ${fault}`);
  checkCommands(under);
  checkEnds(under);
  checkHands(under);
  checkEnforced(under);
  checkNews(under);
  checkChanges(under);
  checkTouched(under);
  checkPace(under);
  return under.violations;
};
