import type { Connection } from "../../connection.ts";
import { isObject, type JsonObject } from "../../operation/json.ts";
import { nothingBeside, type Foresight, type PlannedCreates } from "../../ports/foresight.ts";
import { foreseeTypes, priceFor, type TypeWish } from "../foresee-types.ts";
import { missingAmong, type NamedThing } from "../named-things.ts";
import { readMarket, type Read } from "../server-market.ts";

const fields = [
  ["image", "images", "image"],
  ["public_ip", "ips", "address"],
  ["security_group", "security_groups", "security group"],
  ["bootscript", "bootscripts", "bootscript"],
] as const;

const thingsIn = (input: JsonObject, of: number): readonly NamedThing[] => {
  const named = fields.flatMap(([field, collection, what]): NamedThing[] => {
    const id = input[field];
    return typeof id === "string" ? [{ of, field: [field], collection, id, what }] : [];
  });
  const volumes = isObject(input["volumes"]) ? Object.entries(input["volumes"]) : [];
  const existing = volumes.flatMap(([place, id]): NamedThing[] => {
    const field = ["volumes", place];
    return typeof id === "string" ? [{ of, field, collection: "volumes", id, what: "volume" }] : [];
  });
  return [...named, ...existing];
};

/** What the older compute API tells of servers before they are made: no quota, and no price but that of the type. */
export const foreseeAtCompute = async (
  creates: readonly PlannedCreates[],
  { region, name }: Pick<Connection, "region" | "name">,
  read: Read,
): Promise<Foresight> => {
  const place = region ?? name;
  const wishes = creates.map(({ input, count }, of): TypeWish => {
    const field = input["type"] === undefined ? "commercial_type" : "type";
    const type = input[field];
    return { of, count, type: typeof type === "string" ? type : "", place, field: [field], choice: 0 };
  });
  const [market, things] = await Promise.all([
    readMarket(place, read),
    missingAmong(
      creates.flatMap(({ input }, of) => thingsIn(input, of)),
      read,
    ),
  ]);
  const markets = new Map([[place, market]]);
  const types = foreseeTypes(wishes, markets);
  return {
    faults: [...types.faults, ...things.faults],
    warnings: [...types.warnings, ...things.warnings],
    quotas: [],
    stock: types.stock,
    costs: wishes.map((wish) => ({ type: priceFor(wish, markets), beside: nothingBeside })),
  };
};
