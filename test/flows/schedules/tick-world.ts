import type { SwitchyardEvent } from "../../../events/event.ts";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { followOperations } from "../../../lib/flows/follow-operations.ts";
import { putSchedule } from "../../../lib/flows/schedules.ts";
import type { TickPorts } from "../../../lib/flows/tick-ports.ts";
import { tickSchedules } from "../../../lib/flows/tick-schedules.ts";
import type { Operation } from "../../../lib/operation/operation.ts";
import type { Ports } from "../../../lib/ports/ports.ts";
import {
  ProviderRefusal,
  type ReadAnswer,
  type ReadItem,
  type ReadRequest,
} from "../../../lib/ports/provider.ts";
import { scheduleRequestSchema } from "../../../lib/schedule/schedule.ts";
import { MemorySecrets } from "../../memory/memory-secrets.ts";
import { openFlowWorld } from "../flow-world.ts";

/** Monday to Friday, 08:00 to 19:00 in UTC, for all servers that bear the tag. */
export const officeHours = {
  connection: "paris",
  select: { tags: ["env=dev"] },
  timezone: "UTC",
  periods: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "19:00" }],
};

export type TickWorldPorts = TickPorts & Pick<Ports, "bus"> & { readonly allowsLoopbackEndpoints: boolean };

const pageOf = (items: readonly ReadItem[], { limit, cursor }: ReadRequest): ReadAnswer => {
  const from = cursor === null ? 0 : Number(cursor);
  const end = from + limit;
  return { form: "page", items: items.slice(from, end), next: end < items.length ? String(end) : null };
};

/** The ticks as shipped, on ports in memory and a virtual clock (it begins on Monday 2026-11-02 at 08:00 UTC). */
export const openTickWorld = (more: Parameters<typeof openFlowWorld>[1] = {}) => {
  const world = openFlowWorld(1000, more);
  const { clock, provider } = world;
  const ports: TickWorldPorts = {
    ...world.ports,
    secrets: new MemorySecrets(clock, {
      "env:KEY": "k",
      "env:SIGN": "a signing key of more than thirty-two bytes",
    }),
    signingKeyReference: "env:SIGN",
    allowsLoopbackEndpoints: true,
  };
  const lists: string[] = [];
  provider.reading = (request) => {
    lists.push(request.path.join("/"));
    if (request.path[0] !== "servers") return { form: "page", items: [], next: null };
    const items = provider.servers.map(({ id, tags, phase, createdAt }) => ({
      id,
      name: id,
      tags,
      state: phase,
      raw: { id, creation_date: new Date(createdAt).toISOString() },
    }));
    const [, id] = request.path;
    if (id === undefined) return pageOf(items, request);
    const item = items.find((one) => one.id === id);
    if (item === undefined)
      throw new ProviderRefusal("RESOURCE_NOT_FOUND", "no such server", { status: 404 });
    return { form: "item", item };
  };
  const begin = async (using: TickWorldPorts): Promise<void> => {
    const end = clock.now() + 90_000;
    await tickSchedules({ ports: using, timeLeft: () => end - clock.now() });
  };
  const carryOut = async (): Promise<void> => {
    for (const id of world.ports.queue.starts.splice(0)) await world.start(id);
    await clock.runUntil(followOperations(world.turn()));
  };
  return {
    clock,
    ports,
    provider,
    queue: world.ports.queue,
    lists,
    begin,
    carryOut,
    /** One tick at an instant. */
    tickAt: async (at: string, using = ports): Promise<void> => {
      if (Date.parse(at) > clock.now()) await clock.advanceTo(Date.parse(at));
      await clock.runUntil(begin(using));
    },
    /** A tick each minute in `[from, to)`, with what it sends carried out. */
    ticks: async (from: string, to: string): Promise<void> => {
      for (let at = Date.parse(from); at < Date.parse(to); at += 60_000) {
        if (at > clock.now()) await clock.advanceTo(at);
        await clock.runUntil(begin(ports));
        await carryOut();
      }
    },
    put: async (name: string, fields: object = {}): Promise<void> => {
      const request = scheduleRequestSchema.parse({ ...officeHours, ...fields });
      await clock.runUntil(putSchedule(name, request, bootstrapCaller, ports));
    },
    /** Calls that switch a server. */
    powers: (): number => provider.calls.filter((call) => call === "power").length,
    phases: (): readonly string[] => provider.servers.map(({ phase }) => phase),
    operations: async (): Promise<readonly Operation[]> =>
      (await ports.operations.list({}, null, 1000)).operations.toReversed(),
    /** Events of schedules that are out, each once. */
    said: (type?: string): readonly SwitchyardEvent[] => {
      const once = new Map(world.bus.published.map((event) => [event.id, event]));
      return [...once.values()].filter(
        (event) =>
          event.subject.startsWith("schedule/") &&
          (type === undefined || event.type === `switchyard.${type}`),
      );
    },
  };
};
export type TickWorld = ReturnType<typeof openTickWorld>;
