import { isObject, type Json } from "../operation/json.ts";
import type { Inputs } from "../schedule/inputs.ts";
import { type Readiness, neededBy, neededOverall } from "../schedule/needs.ts";
import { needsOf, type Schedule } from "../schedule/schedule.ts";
import type { Need } from "../schedule/settings.ts";
import { selects } from "../schedule/selector.ts";
import type { Around } from "../schedule/seen-server.ts";
import { inParallel } from "./in-parallel.ts";
import { startedAt } from "./roll-back.ts";
import { learnEnds } from "./server-ends.ts";
import type { Page, Visitor } from "./server-pages.ts";
import type { ServerRows } from "./server-rows.ts";
import type { TickPorts } from "./tick-ports.ts";
import { tickKeyOf, type TickState } from "./tick-state.ts";

/** Servers whose ports are probed, at most: of more than that, these are asked. */
const mostProbed = 50;

const addressOf = (value: Json | undefined): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((one) => addressOf(one));
  return isObject(value) && typeof value["address"] === "string" ? [value["address"]] : [];
};

/** Public addresses of a server, as its own object shows them. */
const addressesOf = (raw: Json): readonly string[] =>
  isObject(raw) ? [...new Set([...addressOf(raw["public_ip"]), ...addressOf(raw["public_ips"])])] : [];

/** How all servers of a schedule stand, that others need or wait for. */
export class Standing implements Visitor {
  readonly schedule: Schedule;
  failure: unknown = undefined;
  total = 0;
  /** Servers that run. */
  on = 0;
  /** Servers that are neither on nor off. */
  moving = 0;
  /** Whether a start of one has failed. */
  hasFailed = false;
  readonly servers: { readonly id: string; readonly name: string | null; readonly isOn: boolean }[] = [];
  /** One address each of servers that may have to be probed. */
  readonly addresses: string[] = [];
  /** Servers that an edge has started, and when that edge was; null: those that are off. */
  readonly starts: { readonly id: string; readonly at: number | null }[] = [];
  readonly #only: readonly string[] | null;
  readonly #rows: ServerRows;
  readonly #ports: TickPorts;

  readonly #keepsStarts: boolean;

  /**
   * @param only ids of servers; null: all that the schedule selects
   * @param keepsStarts whether it is to be known which of them an edge has started
   */
  constructor(
    schedule: Schedule,
    only: readonly string[] | null,
    rows: ServerRows,
    ports: TickPorts,
    keepsStarts = false,
  ) {
    this.#keepsStarts = keepsStarts;
    this.schedule = schedule;
    this.#only = only;
    this.#rows = rows;
    this.#ports = ports;
  }

  async visit({ listed, looks }: Page): Promise<void> {
    const own = listed.filter(
      ({ server }) =>
        selects(this.schedule.select, server) && (this.#only === null || this.#only.includes(server.id)),
    );
    const ids = own.map(({ server }) => server.id);
    await this.#rows.load(ids);
    await learnEnds(ids, this.#rows, this.#ports);
    const sights = await looks.first(ids);
    for (const { item, server } of own) {
      const phase = sights.get(server.id)?.observation.phase ?? "unknown";
      if (phase === "gone") continue;
      const { operation } = this.#rows.row(server.id);
      this.total += 1;
      if (phase === "on") this.on += 1;
      else if (phase !== "off" && phase !== "standby") this.moving += 1;
      this.hasFailed ||= phase !== "on" && operation?.action === "on" && operation.error !== null;
      const started = this.#keepsStarts ? startedAt(this.#rows.row(server.id), this.#ports) : null;
      if (started !== null || (this.#keepsStarts && phase === "off"))
        this.starts.push({ id: server.id, at: started });
      if (this.servers.length < mostProbed * 2)
        this.servers.push({ id: server.id, name: server.name, isOn: phase === "on" });
      const [address] = addressesOf(item.raw);
      if (address !== undefined && this.addresses.length < mostProbed) this.addresses.push(address);
    }
  }

  get isOn(): boolean {
    return this.on === this.total;
  }

  /** Under which name ticks know its schedule. */
  get key(): string {
    return tickKeyOf(this.schedule);
  }
}

const probed = async (standing: Standing, ready: string, { prober }: TickPorts): Promise<Readiness> => {
  if (prober === undefined) return "waiting";
  const port = /^tcp:(\d+)$/.exec(ready)?.[1];
  if (port === undefined) return (await prober.answers(ready)) ? "ready" : "waiting";
  // Where a server shows no public address there is nothing that may be asked.
  if (standing.addresses.length < Math.min(standing.total, mostProbed)) return "unprobed";
  const answers = await inParallel(standing.addresses, 10, (address) =>
    prober.connects(address, Number(port)),
  );
  return answers.every(Boolean) ? "ready" : "waiting";
};

/** Whether somebody has said that they are ready since they were last started. */
const isSaidReady = ({ ready_at: at, state }: TickState): boolean =>
  at !== null && (state.last_edge?.action !== "on" || Date.parse(at) >= Date.parse(state.last_edge.at));

const readinessOf = async (
  need: Need,
  standing: Standing | undefined,
  tick: TickState | undefined,
  ports: TickPorts,
): Promise<Readiness> => {
  if (standing === undefined || standing.failure !== undefined) return "waiting";
  if (standing.hasFailed) return "failed";
  if (!standing.isOn) return "waiting";
  if (need.ready === "running" || standing.total === 0) return "ready";
  if (need.ready !== "callback") return probed(standing, need.ready, ports);
  return tick !== undefined && isSaidReady(tick) ? "ready" : "waiting";
};

/** Whether what was started for it may have to be stopped again. */
export const rollsBack = (schedule: Schedule): boolean =>
  needsOf(schedule).some(({ onFailure }) => onFailure === "rollback");

/** Names of schedules of which has to be known how they stand, before this one's servers are decided about. */
export const namesAround = (schedule: Schedule, inputs: Inputs): readonly string[] => [
  ...needsOf(schedule).map((need) => need.schedule),
  ...(rollsBack(schedule) ? neededOverall(schedule.name, inputs.schedules) : []),
  ...neededBy(schedule.name, inputs.schedules),
];

/** What goes on around the servers of a schedule. */
export const aroundOf = async (
  schedule: Schedule,
  inputs: Inputs,
  known: {
    readonly standings: ReadonlyMap<string, Standing>;
    readonly ticks: ReadonlyMap<string, TickState>;
  },
  ports: TickPorts,
): Promise<Omit<Around, "openOperation">> => {
  const { standings, ticks } = known;
  const needs = await inParallel(
    needsOf(schedule),
    5,
    async (need): Promise<readonly [string, Readiness]> => [
      need.schedule,
      await readinessOf(need, standings.get(need.schedule), ticks.get(need.schedule), ports),
    ],
  );
  const dependents = neededBy(schedule.name, inputs.schedules).map(
    (name): readonly [string, "on" | "off"] => {
      const standing = standings.get(name);
      // Whatever can't be seen counts as on: what it needs is not taken from it.
      const isOff =
        standing !== undefined && standing.failure === undefined && standing.on + standing.moving === 0;
      return [name, isOff ? "off" : "on"];
    },
  );
  return { needs: new Map(needs), neededBy: new Map(dependents) };
};
