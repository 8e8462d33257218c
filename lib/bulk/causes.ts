import type { ItemNumbers } from "./item-numbers.ts";
import { most, short, type Cause } from "./job.ts";
import type { Why } from "./mark.ts";
import type { Tally } from "./tally.ts";

/** The code of all those for which the list of causes has no place. */
const otherCode = "OTHER";

/** Errors of one cause, as the API shows them. */
export interface ErrorGroup {
  readonly code: string;
  readonly count: number;
  /** What the last one said. */
  readonly message: string;
  /** Some of the items. */
  readonly names: readonly string[];
}

const without = (causes: readonly Cause[], item: number): Cause[] =>
  causes.map((cause) =>
    cause.examples.some((example) => example.item === item)
      ? { ...cause, examples: cause.examples.filter((example) => example.item !== item) }
      : cause,
  );

/** Index of a cause that no item has any more; -1 when all are in use. */
const unused = (causes: readonly Cause[], codes: ItemNumbers, total: number): number => {
  const used = new Set<number>();
  for (let item = 0; item < total; item += 1) used.add(codes.at(item));
  return causes.findIndex(({ code }, index) => code !== otherCode && !used.has(index + 1));
};

interface Place {
  readonly index: number;
  readonly code: string;
}

/** Where a code is put, and under which code. The last place is kept for all those that find none. */
const placeOf = (code: string, causes: readonly Cause[], codes: ItemNumbers, total: number): Place => {
  const known = causes.findIndex((cause) => cause.code === code);
  if (known >= 0) return { index: known, code };
  if (causes.length < (code === otherCode ? most.causes : most.causes - 1))
    return { index: causes.length, code };
  const free = unused(causes, codes, total);
  return free >= 0 ? { index: free, code } : placeOf(otherCode, causes, codes, total);
};

/**
 * The causes after an item got a reason (null: it has none any more, because it is tried again). Writes the item's
 * number into `codes`.
 */
export const withCause = (
  causes: readonly Cause[],
  codes: ItemNumbers,
  { item, why, total }: { readonly item: number; readonly why: Why | null; readonly total: number },
): Cause[] => {
  const next = codes.at(item) === 0 ? [...causes] : without(causes, item);
  codes.set(item, 0);
  if (why === null) return next;
  const { index, code } = placeOf(short(why.code, most.name), next, codes, total);
  codes.set(item, index + 1);
  const examples = next[index]?.code === code ? next[index].examples : [];
  const example = { item, name: short(why.name, most.name) };
  next[index] = {
    code,
    message: short(why.message),
    examples: examples.length < most.examples ? [...examples, example] : examples,
  };
  return next;
};

/** The errors of the items that failed or need attention, the most frequent first; the counts add up to theirs. */
export const errorGroups = (
  causes: readonly Cause[],
  codes: ItemNumbers,
  letters: Tally,
): readonly ErrorGroup[] => {
  const counts = new Map<number, number>();
  for (const item of letters.items("f", "a"))
    counts.set(codes.at(item), (counts.get(codes.at(item)) ?? 0) + 1);
  const groups = [...counts].map(([number, count]) => {
    const cause = causes[number - 1];
    const names = cause?.examples.map(({ name }) => name) ?? [];
    return { code: cause?.code ?? otherCode, count, message: cause?.message ?? "", names };
  });
  return groups.toSorted((one, other) => other.count - one.count || (one.code < other.code ? -1 : 1));
};
