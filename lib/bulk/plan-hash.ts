import type { Json } from "../operation/json.ts";
import { fingerprintOf } from "../operation/operation-id.ts";

/** What a plan was made from. */
export interface PlanParts {
  /** What was asked for, or its digest. */
  readonly input: Json;
  readonly prices: Json;
  /** How much there is of each type: the provider's own class. */
  readonly stock: Json;
}

/** SHA-256 in hex of a plan: another one as soon as input, prices or stock are others, whatever the order of fields. */
export const planHashOf = ({ input, prices, stock }: PlanParts): string =>
  fingerprintOf({ input, prices, stock });
