import type { Connection } from "../connection.ts";
import { alternativesOf } from "../operation/choice.ts";
import type { JsonObject } from "../operation/json.ts";
import { creates } from "../operation/kind.ts";
import type { Operation } from "../operation/operation.ts";
import { makesAnew } from "./makes-anew.ts";

/** A zone or a type that a request names, and where. */
export interface Named {
  /** Null: it names none. */
  readonly name: string | null;
  /** JSON Pointer from the body's root. */
  readonly pointer: string;
}

/** What a request would cause, as far as limits are concerned. Power-offs and deletes cause nothing. */
export interface Demand {
  /** The operation that it would become: the same in every repeat. */
  readonly by: string;
  readonly makesSomething: boolean;
  readonly makesServer: boolean;
  /** Every zone in which it may end up, its alternatives included. */
  readonly zones: readonly Named[];
  /** Every type of server that it may end up with. */
  readonly types: readonly Named[];
}

const typeIn = (input: JsonObject): Named => {
  const field =
    input["type"] === undefined && input["commercial_type"] !== undefined ? "commercial_type" : "type";
  const name = input[field];
  return { name: typeof name === "string" ? name : null, pointer: `/input/${field}` };
};

const typesOf = (input: JsonObject): readonly Named[] => [
  typeIn(input),
  ...alternativesOf(input).flatMap(({ type }, index) =>
    type === undefined ? [] : [{ name: type, pointer: `/input/fallback/${index}/type` }],
  ),
];

const zonesOf = (
  input: JsonObject,
  { zone, region }: Pick<Connection, "zone" | "region">,
): readonly Named[] => [
  { name: zone ?? region ?? null, pointer: "/connection" },
  ...alternativesOf(input).flatMap(({ zone: other }, index) =>
    other === undefined ? [] : [{ name: other, pointer: `/input/fallback/${index}/zone` }],
  ),
];

/** What limits have to say about an operation; null when they have nothing to. */
export const demandOf = (
  { id, kind, input }: Pick<Operation, "id" | "kind" | "input">,
  connection: Pick<Connection, "zone" | "region">,
): Demand | null => {
  if (!creates(kind)) {
    const makesSomething = makesAnew({ kind, input });
    const type = kind === "server.update" ? typeIn(input) : null;
    // Another type costs like a new server of it, in the place where the server is.
    const types = type === null || type.name === null ? [] : [type];
    if (!makesSomething && types.length === 0) return null;
    return { by: id, makesSomething, makesServer: false, zones: [], types };
  }
  const makesServer = kind === "server.create";
  const hasPlace = makesServer || kind === "volume.create";
  return {
    by: id,
    makesSomething: true,
    makesServer,
    zones: hasPlace ? zonesOf(input, connection) : [],
    types: makesServer ? typesOf(input) : [],
  };
};
