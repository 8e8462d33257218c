import * as z from "zod";
import { keyOf } from "./marked.ts";
import { resourceSchema } from "./operation.ts";
import type { Sight } from "./orphan-list.ts";
import { instant } from "./time.ts";

/** Something that bears our marker and is neither an orphan nor anybody's that we know of. Nothing is ever done to it. */
export const otherSchema = z.strictObject({
  ...resourceSchema.shape,
  name: z.string().nullable(),
  operation_id: z.string(),
  /** `kept`: tagged to be kept. `unknown_owner`: what its marker names is not on record, or says nothing of it. */
  state: z.enum(["kept", "unknown_owner"]),
  detail: z.string(),
  created_at: z.string().nullable(),
  first_seen_at: z.string(),
});
export type Other = z.infer<typeof otherSchema>;

/** How many are remembered, those that are kept first: rows are held for 30 days, so an old fleet has many of the rest. */
export const mostOthers = 100;
/** Letters of a thing's name that are kept. */
const nameLetters = 100;

const otherOf = (sight: Sight, before: readonly Other[], now: number): Other | null => {
  if (sight.thing === null || sight.by === null) return null;
  const { thing, judgement, by } = sight;
  if (judgement.is !== "kept" && judgement.is !== "unknown_owner") return null;
  const known = before.find((other) => keyOf(other) === keyOf(thing.resource));
  return {
    ...thing.resource,
    name: thing.name?.slice(0, nameLetters).toWellFormed() ?? null,
    operation_id: by,
    state: judgement.is,
    detail: judgement.why,
    created_at: thing.createdAt,
    first_seen_at: known?.first_seen_at ?? instant(now),
  };
};

/** What a sweep's sights leave of them. Those of a type that this sweep could not list stay what they were. Pure. */
export const othersAfter = (
  before: readonly Other[],
  sights: readonly Sight[],
  listed: ReadonlySet<string>,
  now: number,
): Other[] => {
  const seen = new Set(sights.map(({ resource }) => keyOf(resource)));
  const unlisted = before.filter((other) => !listed.has(other.type) && !seen.has(keyOf(other)));
  const found = sights.map((sight) => otherOf(sight, before, now)).filter((other) => other !== null);
  const rank = ({ state }: Other): number => (state === "kept" ? 0 : 1);
  return [...unlisted, ...found]
    .toSorted((one, other) => rank(one) - rank(other) || (keyOf(one) < keyOf(other) ? -1 : 1))
    .slice(0, mostOthers);
};
