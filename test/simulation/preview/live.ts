import { apply } from "../../../lib/schedule/apply.ts";
import { millisecondsOf } from "../../../lib/schedule/elapsed.ts";
import type { Schedule } from "../../../lib/schedule/schedule.ts";
import type { Command, SeenServer } from "../../../lib/schedule/seen-server.ts";
import { staggerOf } from "../../../lib/schedule/settings.ts";
import { freshScheduleState, type ScheduleState, type ServerState } from "../../../lib/schedule/state.ts";
import type { Fleet, Group } from "./fleet.ts";

const minute = 60_000;
const none = new Map<string, never>();

/** One schedule between its ticks. */
interface Line {
  readonly schedule: Schedule;
  readonly group: Group;
  readonly stored: Map<string, ServerState>;
  state: ScheduleState;
  due: number | null;
}

/** A command, and the tick that has sent it. */
export interface SentCommand extends Command {
  readonly tick: number;
}

/** What a run of the live decision has done. */
export interface LiveRun {
  readonly commands: readonly SentCommand[];
  readonly ticks: number;
  /** Decisions about single servers. */
  readonly decisions: number;
  /** What was sent at another time than it should have been, or told where nothing should be. */
  readonly complaints: readonly string[];
}

/** A fleet whose schedules tick at the instants that each tick names as the next. Commands take effect at once. */
class LiveFleet {
  readonly #fleet: Fleet;
  readonly #servers: Map<string, SeenServer>;
  readonly #lines: Line[];
  /** What somebody does by hand, in order. */
  readonly #hands: { readonly at: number; readonly server: string; readonly state: "on" | "off" }[];
  readonly commands: SentCommand[] = [];
  readonly complaints: string[] = [];
  ticks = 0;
  decisions = 0;

  constructor(fleet: Fleet, initial: ReadonlyMap<string, "on" | "off">) {
    this.#fleet = fleet;
    const all = fleet.groups.flatMap((group) => group.servers.map((id) => ({ id, group })));
    this.#servers = new Map(
      all.map(({ id, group }) => {
        const selectable = { id, name: id, tags: [...tagsOf(group)], connection: group.connection };
        return [id, { ...selectable, phase: initial.get(id) ?? "off" }];
      }),
    );
    const applied_until = new Date(fleet.from - 1).toISOString();
    this.#lines = fleet.groups.flatMap((group) =>
      [group.base, ...(group.overlay === null ? [] : [group.overlay.schedule])].map((schedule) => ({
        schedule,
        group,
        stored: new Map<string, ServerState>(),
        state: { ...freshScheduleState, applied_until },
        due: fleet.from,
      })),
    );
    this.#hands = fleet.inputs.holds
      .map(({ server, state, from }) => ({ at: Date.parse(from), server, state }))
      .toSorted((one, other) => other.at - one.at);
  }

  run(): LiveRun {
    for (let line = this.#next(); line !== null; line = this.#next()) this.#tick(line, line.due ?? 0);
    const { commands, ticks, decisions, complaints } = this;
    return { commands, ticks, decisions, complaints };
  }

  #next(): Line | null {
    let first: Line | null = null;
    for (const line of this.#lines)
      if (line.due !== null && line.due < this.#fleet.to && (first === null || line.due < (first.due ?? 0)))
        first = line;
    return first;
  }

  #set(id: string, phase: "on" | "off"): void {
    const server = this.#servers.get(id);
    if (server !== undefined) this.#servers.set(id, { ...server, phase });
  }

  #tick(line: Line, now: number): void {
    for (let hand = this.#hands.at(-1); hand !== undefined && hand.at <= now; hand = this.#hands.at(-1)) {
      this.#set(hand.server, hand.state);
      this.#hands.pop();
    }
    const { schedule, group, state, stored } = line;
    const servers = group.servers.flatMap((id) => this.#servers.get(id) ?? []);
    const applied = apply(this.#fleet.inputs, schedule.name, state, servers, stored, none, now);
    if (applied === null) throw new Error(`There is no schedule ${schedule.name}.`);
    this.ticks += 1;
    if (applied.due) this.decisions += servers.length;
    line.state = applied.next;
    for (const [id, next] of applied.nextServers) stored.set(id, next);
    for (const command of applied.commands) this.#take(line, command, now);
    for (const { event, because } of applied.told)
      if (event !== "schedule.edge_applied") this.complaints.push(`${schedule.name}: ${event}: ${because}`);
    line.due = applied.nextDue();
  }

  #take({ group, schedule }: Line, command: Command, now: number): void {
    const { server, action, at, sendAt } = command;
    this.commands.push({ ...command, tick: now });
    const state = action === "start" ? "on" : "off";
    const isOneSided = group.lasting === "none";
    this.#set(server, isOneSided ? (state === "on" ? "off" : "on") : state);
    const spread = millisecondsOf(staggerOf(schedule.stagger).spread);
    const isInTime =
      sendAt >= at && sendAt < at + Math.max(spread, 1) && now >= sendAt && now < sendAt + minute;
    if (!isInTime)
      this.complaints.push(`${server}: sent at ${now}, to be sent at ${sendAt}, of the edge of ${at}`);
  }
}

const tagsOf = ({ base }: Group): readonly string[] =>
  (base.select.tags ?? []).flatMap((tag) => (typeof tag === "string" ? [tag] : tag));

/** Runs a fleet to its end, on a clock that goes from one due tick to the next. */
export const runLive = (fleet: Fleet, initial: ReadonlyMap<string, "on" | "off">): LiveRun =>
  new LiveFleet(fleet, initial).run();
