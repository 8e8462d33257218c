import type { ForeseenFault, ForeseenWarning, Foresight, TypePrice } from "../ports/foresight.ts";
import type { Market } from "./server-market.ts";

/** A type that servers of a plan may end up with. */
export interface TypeWish {
  /** The group that it is for, from 0, and how many servers that has. */
  readonly of: number;
  readonly count: number;
  readonly type: string;
  readonly place: string;
  /** Where the input says so. */
  readonly field: readonly string[];
  /** 0: what is asked for; n: the nth alternative. */
  readonly choice: number;
}

type Markets = ReadonlyMap<string, Market>;

/** Whether the type certainly does not exist there. */
export const isMissing = ({ type, place }: TypeWish, markets: Markets): boolean => {
  const market = markets.get(place);
  return market?.types !== null && market?.isWhole === true && !market.types.has(type);
};

export const priceFor = ({ type, place }: TypeWish, markets: Markets): TypePrice | null =>
  markets.get(place)?.types?.get(type) ?? null;

const faultOf = ({ of, field, type, place }: TypeWish): ForeseenFault => ({
  of,
  field,
  detail: `there is no type ${type} in ${place}; products/servers of the connection lists those that there are`,
});

const codes: ReadonlyMap<string, ForeseenWarning["code"]> = new Map([
  ["scarce", "STOCK_SCARCE"],
  ["shortage", "STOCK_SHORTAGE"],
]);

/** What is short, once for each type and place, with the number of servers that are asked for. */
const stockWarnings = (wishes: readonly TypeWish[], markets: Markets): ForeseenWarning[] => {
  const counts = new Map<string, { readonly code: ForeseenWarning["code"]; count: number }>();
  for (const { type, place, count } of wishes.filter(({ choice }) => choice === 0)) {
    const code = codes.get(markets.get(place)?.stock.get(type) ?? "");
    if (code === undefined) continue;
    const what = `${type} in ${place}`;
    const known = counts.get(what) ?? { code, count: 0 };
    known.count += count;
    counts.set(what, known);
  }
  return [...counts].map(([what, { code, count }]) => ({
    code,
    detail:
      code === "STOCK_SHORTAGE"
        ? `${what}: the provider shows a shortage, and ${count} are asked for`
        : `${what}: the provider's stock is scarce, and ${count} are asked for`,
  }));
};

/** What the markets say of the types: those that do not exist, what is short, and the stock of each. Pure. */
export const foreseeTypes = (
  wishes: readonly TypeWish[],
  markets: Markets,
): Pick<Foresight, "faults" | "warnings" | "stock"> => {
  const unchecked = [...markets.values()].flatMap((market) =>
    market.unchecked.map((detail) => ({ code: "UNCHECKED" as const, detail })),
  );
  const stock = wishes.flatMap(({ type, place }): [string, string][] => {
    const word = markets.get(place)?.stock.get(type);
    return word === undefined ? [] : [[`${type} in ${place}`, word]];
  });
  return {
    faults: wishes.filter((wish) => isMissing(wish, markets)).map(faultOf),
    warnings: [...unchecked, ...stockWarnings(wishes, markets)],
    stock: Object.fromEntries(stock.toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
};
