import { mostNamed, plainScheduleData, type ScheduleEventType } from "../../events/schedule-event.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import { zoneOf, type Schedule } from "../schedule/schedule.ts";
import type { Told } from "../schedule/seen-server.ts";
import { localText } from "../schedule/wall-time.ts";
import type { ToSay } from "./schedule-events.ts";

/** What is said of one server. */
interface Named {
  readonly id: string;
  readonly name: string | null;
  readonly operation_id: string | null;
  readonly because: string | null;
}

/** A server, as news name it. */
export const named = (
  { id, name }: Pick<Named, "id" | "name">,
  operation: string | null,
  because: string | null,
): Named => ({ id, name, operation_id: operation, because });

/** Something to be said of servers about one edge. */
interface Group {
  readonly event: ScheduleEventType;
  readonly at: number | null;
  readonly action: "on" | "off" | null;
  readonly servers: Named[];
  count: number;
  because: string | null;
}

/** Reasons of which each is news of its own. What counts minutes is the same reason all the while. */
const byReason = new Set<ScheduleEventType>([
  "schedule.server_delayed",
  "schedule.server_left_alone",
  "schedule.drifted",
]);

const reasonsOf = (servers: readonly Named[]): string =>
  fingerprintOf(servers.map(({ id, because }) => [id, (because ?? "").replaceAll(/\d+/g, "#")])).slice(0, 16);

const keyOf = (event: ScheduleEventType, { at, action }: Pick<Group, "at" | "action">): string =>
  `${event}\n${at}\n${action}`;

/** What a tick has to say of a schedule: one event for all servers of an edge. */
export class TickNews {
  readonly #groups = new Map<string, Group>();

  /** Something about one server. */
  add(event: ScheduleEventType, edge: Pick<Group, "at" | "action">, server: Named): void {
    const group = this.#group(event, edge);
    group.count += 1;
    if (group.servers.length < mostNamed) group.servers.push(server);
  }

  /** Something about the schedule as a whole. */
  tell({ event, at, action, because }: Pick<Told, "event" | "at" | "action" | "because">): void {
    this.#group(event, { at, action }).because = because;
  }

  /** Why it came to what was said of servers before; nothing where nothing was. */
  explain({ event, at, action, because }: Pick<Told, "event" | "at" | "action" | "because">): void {
    const group = this.#groups.get(keyOf(event, { at, action }));
    if (group !== undefined) group.because = because;
  }

  #group(event: ScheduleEventType, { at, action }: Pick<Group, "at" | "action">): Group {
    const key = keyOf(event, { at, action });
    const group = this.#groups.get(key) ?? { event, at, action, servers: [], count: 0, because: null };
    this.#groups.set(key, group);
    return group;
  }

  /**
   * The events. `turn` names the work that they come from: repeated after a death, it says nothing twice.
   */
  toSay(schedule: Schedule, turn: string): readonly ToSay[] {
    const zone = zoneOf(schedule);
    return [...this.#groups.values()].map(({ event, at, action, servers, count, because }): ToSay => {
      const edge =
        at === null || action === null ? null : { at: instant(at), local: localText(zone, at), action };
      const also = [event, at, action, schedule.version, turn, ""].join("/");
      // A turn that is gone on with may name more servers than it did before.
      const each = servers.map(({ id, operation_id: operation }) => `${also}${id}/${operation ?? ""}`);
      const once = byReason.has(event) ? `${also}${reasonsOf(servers)}` : each;
      return {
        type: event,
        data: plainScheduleData(schedule, { edge, servers, server_count: count, reason: because }),
        once: once.length === 0 ? also : once,
        also,
      };
    });
  }
}
