import { nothingBeside, type Foresight, type PlannedCreates } from "../../ports/foresight.ts";
import { listOf } from "../input-parts.ts";
import { missingAmong, type NamedThing } from "../named-things.ts";
import type { Read } from "../server-market.ts";

/** The document has no types, no stock, no quota, no prices and no images: only volumes can be looked for. */
export const foreseeAtV1 = async (creates: readonly PlannedCreates[], read: Read): Promise<Foresight> => {
  const volumes = creates.flatMap(({ input }, of) =>
    listOf(input["volumes"]).map((id, index): NamedThing => {
      return { of, field: ["volumes", String(index)], collection: "volumes", id, what: "volume" };
    }),
  );
  return {
    ...(await missingAmong(volumes, read)),
    quotas: [],
    stock: {},
    costs: creates.map(() => ({ type: null, beside: nothingBeside })),
  };
};
