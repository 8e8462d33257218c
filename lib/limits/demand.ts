import type { Connection } from "../connection.ts";
import { alternativesOf } from "../operation/choice.ts";
import type { JsonObject } from "../operation/json.ts";
import { creates } from "../operation/kind.ts";
import type { Operation } from "../operation/operation.ts";

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
  if (kind === "server.update") {
    const type = typeIn(input);
    // Another type costs like a new server of it, in the place where the server is.
    return type.name === null
      ? null
      : { by: id, makesSomething: false, makesServer: false, zones: [], types: [type] };
  }
  if (!creates(kind)) return null;
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
