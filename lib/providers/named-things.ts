import type { ForeseenFault, ForeseenWarning } from "../ports/foresight.ts";
import { ProviderRefusal } from "../ports/provider.ts";
import { saysGone } from "./scaleway-refusal.ts";
import { whyUnchecked, type Read } from "./server-market.ts";

/** Something that exists and that an input names by its id. */
export interface NamedThing {
  /** The group that names it, from 0, and where in its input. */
  readonly of: number;
  readonly field: readonly string[];
  /** The collection that it is in. */
  readonly collection: string;
  readonly id: string;
  /** What it is, for people. */
  readonly what: string;
}

/** Different things that one plan asks after. */
const mostAsked = 20;

/**
 * Whether it is missing. A 404 without the provider's own word for it may come from a gateway: a reader takes it for
 * "there is none", but nobody's plan is refused for it.
 */
const isMissing = (error: unknown): boolean => saysGone(error) && !(error.cause instanceof ProviderRefusal);

/** Which of the things do not exist. Each is read once, however many name it, and no more than a few are. */
export const missingAmong = async (
  things: readonly NamedThing[],
  read: Read,
): Promise<{ readonly faults: readonly ForeseenFault[]; readonly warnings: readonly ForeseenWarning[] }> => {
  const byPath = new Map<string, NamedThing[]>();
  for (const thing of things) {
    const path = `${thing.collection}/${thing.id}`;
    const alike = byPath.get(path) ?? [];
    alike.push(thing);
    byPath.set(path, alike);
  }
  const all = [...byPath.values()];
  const warnings: ForeseenWarning[] = [];
  const looked = await Promise.all(
    all.slice(0, mostAsked).map(async (alike) => {
      const { collection, id, what } = alike[0] ?? { collection: "", id: "", what: "" };
      try {
        await read({ path: [collection, id], filters: {}, limit: 1, cursor: null });
        return [];
      } catch (error) {
        if (isMissing(error)) return alike;
        const detail = `Whether the ${what} ${id} exists could not be checked. ${whyUnchecked(error)}`;
        warnings.push({ code: "UNCHECKED", detail });
        return [];
      }
    }),
  );
  if (all.length > mostAsked) {
    const detail = `${all.length - mostAsked} of ${all.length} things that are named by their ids were not looked for.`;
    warnings.push({ code: "UNCHECKED", detail });
  }
  const faults = looked
    .flat()
    .map(({ of, field, what, id }) => ({ of, field, detail: `there is no ${what} ${id} at the provider` }));
  return { faults, warnings };
};
