import type { JsonObject } from "../operation/json.ts";

/** Servers of a plan that differ in nothing that a provider is asked about. */
export interface PlannedCreates {
  readonly input: JsonObject;
  readonly count: number;
}

/** What certainly can't be made as it is asked for. */
export interface ForeseenFault {
  /** Which of the groups, from 0. */
  readonly of: number;
  /** The path inside the input: `["fallback", "0", "type"]`. */
  readonly field: readonly string[];
  readonly detail: string;
}

/** What a plan is told that stands in nobody's way. `UNCHECKED`: the provider could not be asked. */
export interface ForeseenWarning {
  readonly code: "STOCK_SCARCE" | "STOCK_SHORTAGE" | "UNCHECKED";
  readonly detail: string;
}

/** A quota of the provider that the plan touches. */
export interface ForeseenQuota {
  /** Under which reservations count it. */
  readonly key: string;
  /** The provider's own name for it. */
  readonly name: string;
  /** What it counts, for people: a type of server. */
  readonly counts: string;
  readonly zone: string;
  readonly limit: number;
  readonly used: number;
  readonly wanted: number;
}

/** Euros as the provider says them. */
export interface TypePrice {
  readonly hour: number;
  /** Null where it says none. */
  readonly month: number | null;
}

/** What bills beside a server of a group. */
export interface Beside {
  /** Gigabytes (10^9) of new block volumes whose size is known. */
  readonly gigabytes: number;
  /** New public IPv4 addresses. */
  readonly addresses: number;
  /** Whether that is all of it: an image may decide on the size of its volume. */
  readonly isWhole: boolean;
}

export const nothingBeside: Beside = { gigabytes: 0, addresses: 0, isWhole: true };

/** What one server of a group costs. */
export interface ForeseenCost {
  /** Of its type; null where the provider does not tell. */
  readonly type: TypePrice | null;
  readonly beside: Beside;
}

/** What a provider tells before anything is made. */
export interface Foresight {
  readonly faults: readonly ForeseenFault[];
  readonly warnings: readonly ForeseenWarning[];
  readonly quotas: readonly ForeseenQuota[];
  /** The provider's word for what it has: `DEV1-S in fr-par-1` → `available`. */
  readonly stock: Readonly<Record<string, string>>;
  /** In the order of the groups. */
  readonly costs: readonly ForeseenCost[];
}
