import type { Connection } from "../../connection.ts";
import { alternativesOf } from "../../operation/choice.ts";
import { isObject, type Json, type JsonObject } from "../../operation/json.ts";
import { ProviderRefusal } from "../../ports/provider.ts";
import { without } from "../input-parts.ts";
import { quotaNameOf, type Usage } from "./quota.ts";

/** A create with one of its choices made. */
export interface Order {
  readonly zone: string;
  readonly type: string;
  /** The input with that choice in it and without the others. */
  readonly input: JsonObject;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const isUuid = (value: Json | undefined): value is string =>
  typeof value === "string" && uuid.test(value);

const textOr = (value: Json | undefined, other: string): string =>
  typeof value === "string" ? value : other;

/** The nth choice of an input: 0 is what was asked for, n the nth entry of `fallback` laid over it. */
export const orderOf = (input: JsonObject, choice: number, home: string): Order => {
  const alternative = choice === 0 ? undefined : alternativesOf(input)[choice - 1];
  const asked = textOr(input["type"] ?? input["commercial_type"], "");
  const type = alternative?.type ?? asked;
  return {
    zone: alternative?.zone ?? home,
    type,
    input: { ...without(input, ["fallback", "commercial_type"]), type },
  };
};

/** Every zone in which a create of the connection may be sent, its own first: where it is searched for as well. */
export const zonesOf = ({ zone, fallback_zones: others }: Connection): string[] => [
  ...new Set([zone ?? "", ...(others ?? [])]),
];

/** What belongs to one zone and so can't be asked for in another. */
const zonal = ["image", "security_group", "placement_group", "public_ip"] as const;

const zonalIn = (input: JsonObject): string | null => {
  const named = zonal.find((field) => isUuid(input[field]));
  if (named !== undefined) return named;
  const addresses = input["public_ips"];
  if (Array.isArray(addresses) && addresses.some(isUuid)) return "public_ips";
  const volumes = Object.values(isObject(input["volumes"]) ? input["volumes"] : {});
  const isThere = (volume: Json): boolean =>
    isObject(volume) && (volume["id"] !== undefined || volume["base_snapshot"] !== undefined);
  return volumes.some(isThere) ? "volumes" : null;
};

/**
 * What a connection does not allow in `fallback`. A zone must be named by the connection (`fallback_zones`), because a
 * create in doubt is searched for in the connection's zones before anything is sent again, and only there.
 */
export const checkFallback = (
  connection: Connection,
  input: JsonObject,
): { pointer: string; detail: string } | null => {
  const allowed = zonesOf(connection);
  for (const [index, { zone }] of alternativesOf(input).entries()) {
    if (zone === undefined || zone === connection.zone) continue;
    const pointer = `/input/fallback/${index}/zone`;
    if (!allowed.includes(zone)) {
      const detail = `must be one of the connection's zones: ${allowed.join(", ")}; others are added with fallback_zones`;
      return { pointer, detail };
    }
    const field = zonalIn(input);
    if (field !== null) {
      const detail = `${field} names something by an id of ${connection.zone ?? "its zone"}, which ${zone} does not have; leave one of the two out${field === "image" ? ", or give a label as image" : ""}`;
      return { pointer, detail };
    }
  }
  return null;
};

/** The stock says that there is none: nothing is sent. */
export const noStock = ({ type, zone }: Order): ProviderRefusal =>
  new ProviderRefusal("OUT_OF_STOCK", `No stock of ${type} in ${zone}: the provider shows a shortage.`, {
    status: 200,
    type: "out_of_stock",
    message: "availability: shortage",
  });

/** What is used up, in the words of every such refusal: `DEV1-S in fr-par-1, limit 22, in use 22`. */
const quotaWords = ({ type, zone }: Order, { limit, used }: Usage): string =>
  `${type} in ${zone}, limit ${limit}, in use ${used}`;

/** The quota is used up for certain: nothing is sent. */
export const noQuota = (order: Order, usage: Usage): ProviderRefusal =>
  new ProviderRefusal("QUOTA_EXCEEDED", `The quota is used up: ${quotaWords(order, usage)}.`, {
    status: 200,
    type: "quotas_exceeded",
    fields: { [quotaNameOf(order.type)]: [`limit ${usage.limit}, in use ${usage.used}`] },
  });

/** What the provider's refusal tells of the quota. That of anything but servers is named: an address, a snapshot. */
const toldQuota = ({ provider }: ProviderRefusal): readonly string[] =>
  Object.entries(provider.fields ?? {}).flatMap(([what, said]) =>
    /server/i.test(what) ? said : said.map((each) => `${each} (${what})`),
  );

/**
 * A refused create in words that name what was asked for, and the limit: as the refusal tells it, else as the quota does.
 */
export const explained = (
  error: ProviderRefusal,
  { type, zone }: Order,
  limit: number | null,
): ProviderRefusal => {
  const { code, provider, retryAfterSeconds } = error;
  const options = { cause: error, retryAfterSeconds };
  if (code === "OUT_OF_STOCK") {
    return new ProviderRefusal(code, `No stock of ${type} in ${zone}. ${error.message}`, provider, options);
  }
  if (code === "QUOTA_EXCEEDED") {
    const told = toldQuota(error);
    const limits = told.length > 0 || limit === null ? told : [`limit ${limit}`];
    const what = [`${type} in ${zone}`, ...limits].join(", ");
    return new ProviderRefusal(code, `The quota is used up: ${what}. ${error.message}`, provider, options);
  }
  return error;
};
