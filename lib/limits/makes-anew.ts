import { isObject, type JsonObject } from "../operation/json.ts";
import type { Operation } from "../operation/operation.ts";

/** An address that says only its type is made anew; the texts are ids of addresses that exist. */
const makesAddress = (input: JsonObject): boolean => {
  const { public_ips: addresses } = input;
  const isDynamic = input["dynamic_ip_required"] === true || input["dynamic_public_ip"] === true;
  return isDynamic || (Array.isArray(addresses) && addresses.some(isObject));
};

/** A volume without the id of one that exists is made anew, empty or from a snapshot. */
const makesVolume = ({ volumes }: JsonObject): boolean =>
  isObject(volumes) &&
  Object.values(volumes).some(
    (volume) =>
      isObject(volume) && (typeof volume["id"] !== "string" || volume["base_snapshot"] !== undefined),
  );

/** Actions that make an image, or snapshots: they bill. */
const copies = /^(?:backup|snapshot|(?:make|create)[_-]?(?:image|snapshot|backup))$/;

/** Whether a change of something that exists makes something new beside it, which bills by itself. */
export const makesAnew = ({ kind, input }: Pick<Operation, "kind" | "input">): boolean => {
  if (kind === "server.update") return makesAddress(input) || makesVolume(input);
  const { action } = input;
  return kind === "server.action" && typeof action === "string" && copies.test(action);
};
