import { type Attribute, type Item, textOf } from "./table-units.ts";

/** What the names and values of a request's expressions stand for. */
export interface Words {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Attribute>>;
}

/** An expression that this table does not understand. */
class NotUnderstood extends Error {
  constructor(text: string) {
    super(`The metered table does not understand "${text}".`);
    this.name = "NotUnderstood";
  }
}

const compared = (one: Attribute, sign: string, other: Attribute): boolean => {
  const isNumber = "N" in one && "N" in other;
  const [left, right] = [textOf(one) ?? "", textOf(other) ?? ""];
  const order = isNumber
    ? Number(left) - Number(right)
    : Buffer.compare(Buffer.from(left), Buffer.from(right));
  switch (sign) {
    case "=":
      return order === 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    default:
      throw new NotUnderstood(sign);
  }
};

const isTerm = (term: string, item: Item | null, { names, values }: Words): boolean => {
  const nameOf = (word: string): string => names[word] ?? word;
  const missing = /^attribute_not_exists\((?<name>[#\w]+)\)$/.exec(term)?.groups?.["name"];
  if (missing !== undefined) return item?.[nameOf(missing)] === undefined;
  const parts = /^(?<name>[#\w]+) (?<sign>[<>=]+) (?<value>:\w+)$/.exec(term)?.groups;
  const value = values[parts?.["value"] ?? ""];
  if (parts === undefined || value === undefined) throw new NotUnderstood(term);
  const standing = item?.[nameOf(parts["name"] ?? "")];
  return standing !== undefined && compared(standing, parts["sign"] ?? "", value);
};

/** Whether the item is as the expression says: terms, AND, OR, and brackets around whole ORs. */
export const holds = (expression: string, item: Item | null, words: Words): boolean => {
  const brackets: string[] = [];
  const flat = expression.replaceAll(/(?<!\w)\((?<inner>(?:[^()]|\([^()]*\))*)\)/g, (_, inner: string) => {
    brackets.push(inner);
    return `[${brackets.length - 1}]`;
  });
  const isSide = (term: string): boolean => {
    const bracket = /^\[(?<number>\d+)\]$/.exec(term)?.groups?.["number"];
    return bracket === undefined
      ? isTerm(term, item, words)
      : holds(brackets[Number(bracket)] ?? "", item, words);
  };
  return flat.split(" OR ").some((side) => side.split(" AND ").every((term) => isSide(term.trim())));
};
