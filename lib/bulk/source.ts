import type * as z from "zod";
import type { BulkRequest, BulkVars, Delimiter } from "../../events/bulk-request.ts";
import type { Json, JsonObject } from "../operation/json.ts";
import type { Kind } from "../operation/kind.ts";
import type { Fault } from "../operation/pointer.ts";
import type { BulkLimits } from "./bulk-limits.ts";

/** A body: in one text of whole characters, or in pieces as they come; bytes may be cut anywhere. */
export type Pieces = string | Iterable<Uint8Array | string>;

/** A thing that a selector found at plan time. */
export interface FrozenResource {
  readonly id: string;
  readonly name?: string;
}

/** Where the items of a job come from. */
export type BulkSource =
  | { readonly form: "count"; readonly count: number; readonly template: JsonObject }
  | { readonly form: "rows"; readonly rows: readonly Json[]; readonly template: JsonObject }
  | { readonly form: "items"; readonly items: readonly Json[]; readonly defaults: JsonObject }
  | {
      readonly form: "csv";
      readonly pieces: Pieces;
      /** Null: found from the header line. */
      readonly delimiter: Delimiter | null;
      /** Null: the columns are the fields of the input. */
      readonly template: JsonObject | null;
    }
  | { readonly form: "jsonl"; readonly pieces: Pieces; readonly template: JsonObject | null }
  | {
      readonly form: "resources";
      readonly resources: readonly FrozenResource[];
      readonly input: JsonObject;
    };

/** What the items are for, and what may be put into them. */
export interface ItemContext {
  readonly kind: Kind;
  /** `KindOffer.input`: it says what is a number and what a text. */
  readonly schema: z.ZodType;
  readonly jobId: string;
  /** `{{zone}}`; null where the connection has none. */
  readonly zone: string | null;
  /** `{{date}}`: YYYY-MM-DD in UTC, fixed at plan time. */
  readonly date: string;
  readonly vars: BulkVars;
  /** `{{index}}` of the first item. */
  readonly start: number;
  /**
   * What is wrong with one item's input and resource, as its operation would be refused: pointers from the operation's
   * root, `/input/type`, `/resource`.
   */
  readonly check: (input: JsonObject, resourceId: string | null) => readonly Fault[];
  /** Left out: the usual ones. */
  readonly limits?: Partial<BulkLimits>;
}

/** The form of a JSON body; null for a selector, which the provider's list must turn into resources first. */
export const sourceOf = (body: BulkRequest): BulkSource | null => {
  const { count, rows, template = {}, items, defaults = {} } = body;
  if (count !== undefined) return { form: "count", count, template };
  if (rows !== undefined) return { form: "rows", rows, template };
  return items === undefined ? null : { form: "items", items, defaults };
};
