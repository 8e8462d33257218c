import type { Connection } from "../connection.ts";
import { atInstant } from "../limits/counters.ts";
import { outsideOf } from "../limits/decide.ts";
import { demandOf } from "../limits/demand.ts";
import { quotaHeldByOthers } from "../limits/reservation.ts";
import { roundedEuros, runningCost, type RunningCost } from "../limits/running-cost.ts";
import { canonicalJson, type JsonObject } from "../operation/json.ts";
import {
  nothingBeside,
  type ForeseenQuota,
  type ForeseenWarning,
  type Foresight,
  type PlannedCreates,
} from "../ports/foresight.ts";
import type { Ports } from "../ports/ports.ts";
import { loadCounters } from "./limit-cell.ts";

export type ForeseePorts = Pick<Ports, "providers" | "cells" | "clock">;

/** Something that an item asks for and certainly can't have. */
export interface ItemFault {
  /** Its place among the inputs, from 0. */
  readonly item: number;
  /** The path inside the input; empty: the item as a whole. */
  readonly field: readonly string[];
  readonly detail: string;
}

export interface PlanWarning {
  readonly code: ForeseenWarning["code"] | "QUOTA" | "PRICE_UNKNOWN" | "PRICE_PARTIAL";
  readonly detail: string;
}

/** A quota of the provider, with what other jobs have reserved of it. */
export interface PlanQuota extends ForeseenQuota {
  readonly reserved: number;
}

/** What a plan of creates is told. Euros without tax, of servers that run; null where one of them has no known price. */
export interface Foreseen {
  readonly faults: readonly ItemFault[];
  readonly warnings: readonly PlanWarning[];
  readonly quotas: readonly PlanQuota[];
  readonly eurPerHourEach: readonly (number | null)[];
  readonly eurPerHour: number | null;
  readonly eurPerMonth: number | null;
  /** `DEV1-S in fr-par-1` → the provider's word; sorted. */
  readonly stock: Readonly<Record<string, string>>;
}

/** Fields that say nothing of what a provider has, in any dialect, and differ from item to item. */
const ofNoMatter: ReadonlySet<string> = new Set([
  "name",
  "hostname",
  "tags",
  "cloud_init",
  "start",
  "protected",
  "account_password",
]);

/** Whether what a provider has may depend on a field. */
export const matters = (field: string): boolean => !ofNoMatter.has(field);

interface Group extends PlannedCreates {
  readonly items: readonly number[];
}

/** The inputs by what matters, in the order of their first items. */
const groupsOf = (inputs: readonly JsonObject[]): readonly Group[] => {
  const groups = new Map<string, { readonly input: JsonObject; readonly items: number[] }>();
  for (const [item, input] of inputs.entries()) {
    const entries = Object.entries(input).filter(([field]) => matters(field));
    const key = canonicalJson(Object.fromEntries(entries));
    const group = groups.get(key) ?? { input: Object.fromEntries(entries), items: [] };
    group.items.push(item);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ input, items }) => ({ input, items, count: items.length }));
};

const nothingTold = (groups: readonly Group[]): Foresight => ({
  faults: [],
  warnings: [
    {
      code: "UNCHECKED",
      detail: "This provider can't be asked about types, images, stock or quota beforehand.",
    },
  ],
  quotas: [],
  stock: {},
  costs: groups.map(() => ({ type: null, beside: nothingBeside })),
});

const demandIn = ({ input }: Group, connection: Connection) =>
  demandOf({ id: "", kind: "server.create", input }, connection);

/** What the connection's own list of types and zones does not allow. */
const outsideFaults = (groups: readonly Group[], connection: Connection): readonly ItemFault[] =>
  groups.flatMap((group) => {
    const demand = demandIn(group, connection);
    const outside =
      connection.limits === undefined || demand === null ? null : outsideOf(connection.limits, demand);
    if (outside === null) return [];
    const field = outside.pointer.startsWith("/input/") ? outside.pointer.split("/").slice(2) : [];
    return group.items.map((item) => ({ item, field, detail: outside.detail }));
  });

const foundFaults = ({ faults }: Foresight, groups: readonly Group[]): readonly ItemFault[] => {
  const once = new Map(faults.map((fault) => [JSON.stringify(fault), fault]));
  return [...once.values()].flatMap(({ of, field, detail }) =>
    (groups[of]?.items ?? []).map((item) => ({ item, field, detail })),
  );
};

const withReserved = async (
  { quotas }: Foresight,
  connection: Connection,
  ports: ForeseePorts,
  job: string | null,
): Promise<readonly PlanQuota[]> => {
  if (quotas.length === 0) return [];
  const { counters } = await loadCounters(connection, ports);
  const { reservations } = atInstant(counters, ports.clock.now());
  return quotas.map((quota) => ({ ...quota, reserved: quotaHeldByOthers(reservations, job, quota.key) }));
};

const quotaWarnings = (quotas: readonly PlanQuota[]): readonly PlanWarning[] =>
  quotas.flatMap(({ counts, zone, limit, used, reserved, wanted }): PlanWarning[] => {
    const free = Math.max(0, limit - used - reserved);
    if (wanted <= free) return [];
    const others = reserved === 0 ? "" : `, reserved by other jobs ${reserved}`;
    const detail = `${counts} in ${zone}, limit ${limit}, in use ${used}${others}: ${wanted - free} of ${wanted} do not fit`;
    return [{ code: "QUOTA", detail }];
  });

interface Priced {
  readonly group: Group;
  readonly type: string | null;
  readonly cost: RunningCost | null;
}

const pricesOf = (
  foresight: Foresight,
  groups: readonly Group[],
  connection: Connection,
): readonly Priced[] =>
  groups.map((group, of) => {
    const type = demandIn(group, connection)?.types[0]?.name ?? null;
    const told = foresight.costs[of] ?? { type: null, beside: nothingBeside };
    return { group, type, cost: runningCost(type, told, connection.prices) };
  });

const priceWarnings = (priced: readonly Priced[]): readonly PlanWarning[] => {
  const unknown = new Set(priced.flatMap(({ type, cost }) => (cost === null ? [type ?? "no type"] : [])));
  const isPartial = priced.some(({ cost }) => cost?.isWhole === false);
  const list = [...unknown].slice(0, 10).join(", ");
  const unpriced: PlanWarning = {
    code: "PRICE_UNKNOWN",
    detail: `The price of servers of these types is not known: ${list}${unknown.size > 10 ? ", …" : ""}. Neither the provider tells it nor the connection (prices.types).`,
  };
  const partial: PlanWarning = {
    code: "PRICE_PARTIAL",
    detail:
      "Volumes or public addresses cost more than is counted here: their price is not known (prices.volume_gb_hour, prices.ipv4_hour of the connection), or the image decides on their size.",
  };
  return [...(unknown.size > 0 ? [unpriced] : []), ...(isPartial ? [partial] : [])];
};

const total = (priced: readonly Priced[], unit: "hour" | "month"): number | null => {
  let sum = 0;
  for (const { group, cost } of priced) {
    if (cost === null) return null;
    sum += cost[unit] * group.count;
  }
  return roundedEuros(sum);
};

/**
 * What can be told of creates before any is begun: what does not exist, stock, quota, price. Costs a few reads at the
 * provider, however many inputs there are; what can't be checked is a warning.
 * @param inputs checked inputs of `server.create`
 * @param job whose own reservation does not count
 */
export const foreseeCreates = async (
  connection: Connection,
  inputs: readonly JsonObject[],
  ports: ForeseePorts,
  job: string | null = null,
): Promise<Foreseen> => {
  const groups = groupsOf(inputs);
  const provider = ports.providers.provider(connection);
  const foresight = inputs.length === 0 ? null : ((await provider.foresee?.(groups)) ?? nothingTold(groups));
  const told = foresight ?? { faults: [], warnings: [], quotas: [], stock: {}, costs: [] };
  const quotas = await withReserved(told, connection, ports, job);
  const priced = pricesOf(told, groups, connection);
  const each = new Map(priced.flatMap(({ group, cost }) => group.items.map((item) => [item, cost])));
  return {
    faults: [...outsideFaults(groups, connection), ...foundFaults(told, groups)].toSorted(
      (one, other) => one.item - other.item,
    ),
    warnings: [...told.warnings, ...quotaWarnings(quotas), ...priceWarnings(priced)],
    quotas,
    eurPerHourEach: inputs.map((_, item) => {
      const cost = each.get(item) ?? null;
      return cost === null ? null : roundedEuros(cost.hour);
    }),
    eurPerHour: total(priced, "hour"),
    eurPerMonth: total(priced, "month"),
    stock: told.stock,
  };
};
