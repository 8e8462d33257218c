import * as z from "zod";
import type { TypePrice } from "../ports/foresight.ts";
import {
  ProviderDoubt,
  ProviderRefusal,
  type ReadAnswer,
  type ReadItem,
  type ReadRequest,
} from "../ports/provider.ts";
import { readAll } from "../ports/read-all.ts";

export type Read = (request: ReadRequest) => Promise<ReadAnswer>;

/** What a place has to offer: the types of servers with their prices, and how many there are of each. */
export interface Market {
  readonly place: string;
  /** Null where the provider could not be asked; the price is null where it tells none. */
  readonly types: ReadonlyMap<string, TypePrice | null> | null;
  /** Whether a type that is missing does not exist. */
  readonly isWhole: boolean;
  /** The provider's words: `available`, `scarce`, `shortage`. */
  readonly stock: ReadonlyMap<string, string>;
  /** What could not be asked, in sentences. */
  readonly unchecked: readonly string[];
}

const euros = z.number().nonnegative();
const productSchema = z.looseObject({ hourly_price: euros, monthly_price: euros.nullish() });
const stockSchema = z.looseObject({ availability: z.string() });

/** Why the provider could not be asked. @throws whatever is no answer of a provider */
export const whyUnchecked = (error: unknown): string => {
  if (error instanceof ProviderRefusal || error instanceof ProviderDoubt) return error.message;
  throw error;
};

const priceIn = ({ raw }: ReadItem): TypePrice | null => {
  const product = productSchema.safeParse(raw);
  if (!product.success) return null;
  return { hour: product.data.hourly_price, month: product.data.monthly_price ?? null };
};

const stockIn = ({ id, raw }: ReadItem): [string, string][] => {
  const said = stockSchema.safeParse(raw);
  return said.success ? [[id, said.data.availability]] : [];
};

/** What is offered in a place: two lists, read in pages. */
export const readMarket = async (place: string, read: Read): Promise<Market> => {
  const [products, stock] = await Promise.allSettled([
    readAll(read, ["products", "servers"]),
    readAll(read, ["products", "servers", "availability"]),
  ]);
  const unchecked: string[] = [];
  if (products.status === "rejected")
    unchecked.push(`Types and prices in ${place} could not be checked. ${whyUnchecked(products.reason)}`);
  if (stock.status === "rejected")
    unchecked.push(`The stock in ${place} could not be checked. ${whyUnchecked(stock.reason)}`);
  const listed = products.status === "fulfilled" ? products.value : null;
  return {
    place,
    types: listed === null ? null : new Map(listed.items.map((item) => [item.id, priceIn(item)])),
    isWhole: listed?.isWhole ?? false,
    stock: new Map(stock.status === "fulfilled" ? stock.value.items.flatMap(stockIn) : []),
    unchecked,
  };
};
