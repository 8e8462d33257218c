import { isObject, type JsonObject } from "../../operation/json.ts";
import type { Beside } from "../../ports/foresight.ts";
import { isUuid } from "./choices.ts";
import { isBlockType } from "./translate.ts";

const gigabyte = 1_000_000_000;

/** New block volumes in gigabytes; null stands for one whose size the provider decides on. */
const blockVolumesOf = (input: JsonObject): readonly (number | null)[] => {
  const volumes = isObject(input["volumes"]) ? input["volumes"] : {};
  const hasLabel = typeof input["image"] === "string" && !isUuid(input["image"]);
  const places = new Set([...(input["image"] === undefined ? [] : ["0"]), ...Object.keys(volumes)]);
  return [...places].flatMap((place) => {
    const volume = isObject(volumes[place]) ? volumes[place] : {};
    // A label makes a block volume of its root, an id a local one, unless the root says otherwise.
    const isRootOfLabel = place === "0" && hasLabel && volume["volume_type"] === undefined;
    if (volume["id"] !== undefined || !(isRootOfLabel || isBlockType(volume["volume_type"]))) return [];
    return [typeof volume["size"] === "number" ? volume["size"] / gigabyte : null];
  });
};

/** Addresses that exist bill already. Where none is named the server gets one of its own, unless the input says no. */
const addressesOf = (input: JsonObject): number => {
  const { public_ips: asked } = input;
  const named = Array.isArray(asked) ? asked : [];
  if (named.length > 0)
    return named.filter((address) => isObject(address) && address["type"] === "routed_ipv4").length;
  return input["dynamic_ip_required"] === false || input["public_ip"] !== undefined ? 0 : 1;
};

/** What bills beside the server itself. Local volumes are in the price of its type. */
export const besideOf = (input: JsonObject): Beside => {
  const volumes = blockVolumesOf(input);
  return {
    gigabytes: volumes.reduce((sum: number, size) => sum + (size ?? 0), 0),
    addresses: addressesOf(input),
    isWhole: !volumes.includes(null),
  };
};
