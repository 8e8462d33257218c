import { nearest } from "../operation/nearest.ts";

/** Something that stands in double braces. */
export type Placeholder =
  | { readonly is: "index"; readonly digits: number }
  | { readonly is: "zone" }
  | { readonly is: "date" }
  | { readonly is: "short_id" }
  | { readonly is: "var"; readonly name: string }
  | { readonly is: "row"; readonly column: string };

/** A text in its parts: what stays as it is, and what is put in. */
export type Part = string | Placeholder;

/** What there is to put in, as far as it is known before any row is read. */
export interface Known {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly zone: string | null;
  /** Null: there are no rows. "any": every row has its own fields. */
  readonly columns: readonly string[] | "any" | null;
}

/** A text's parts, or the first thing that is wrong with it. */
export type ReadText =
  | { readonly parts: readonly Part[]; readonly fault: null }
  | { readonly parts: null; readonly fault: string };

const longestName = 100;

const quoted = (name: string): string => {
  const short = name.length <= longestName ? name : `${name.slice(0, longestName - 1).toWellFormed()}…`;
  return `{{${short}}}`;
};

const didYouMean = (name: string, known: readonly string[]): string => {
  const meant = name.length > longestName ? null : nearest(name, known);
  return meant === null ? "" : `; did you mean {{${meant}}}?`;
};

const unknown = (name: string, { vars, columns }: Known): string => {
  const named = Array.isArray(columns) ? columns : [];
  const known = [
    "index",
    "zone",
    "date",
    "short_id",
    ...Object.keys(vars).map((one) => `vars.${one}`),
    ...named.map((one) => `row.${one}`),
  ];
  const hint =
    didYouMean(name, known) || "; there is index, index:03, zone, date, short_id, vars.name, row.column";
  return `${quoted(name)} is no placeholder${hint} (write \\{{ where two braces are meant)`;
};

const rowFault = (name: string, column: string, known: Known): string | null => {
  const { columns } = known;
  if (columns === null) return `${quoted(name)}: there are no rows here`;
  if (columns === "any" || columns.includes(column)) return null;
  return `${quoted(name)}: there is no such column${didYouMean(
    name,
    columns.map((one) => `row.${one}`),
  )}`;
};

const read = (name: string, known: Known): Placeholder | string => {
  const digits = /^index(?::0(?<digits>[1-9]|1\d|20))?$/.exec(name);
  if (digits !== null) return { is: "index", digits: Number(digits.groups?.["digits"] ?? 1) };
  if (name === "date" || name === "short_id") return { is: name };
  if (name === "zone") return known.zone === null ? "{{zone}}: this connection has no zone" : { is: name };
  if (name.startsWith("vars.")) {
    const variable = name.slice(5);
    return Object.hasOwn(known.vars, variable) ? { is: "var", name: variable } : unknown(name, known);
  }
  if (!name.startsWith("row.") || name === "row.") return unknown(name, known);
  const column = name.slice(4);
  return rowFault(name, column, known) ?? { is: "row", column };
};

const token = /\\\{\{|\{\{([^{}]*)\}\}|\{\{/g;

/** Whether there is anything to put in, or an escape to take away. */
export const hasBraces = (text: string): boolean => text.includes("{{");

/** Takes a text apart. `\{{` stands for two braces that begin nothing; braces that only close mean nothing. */
export const readText = (text: string, known: Known): ReadText => {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[0] === "\\{{") parts.push("{{");
    else if (match[1] === undefined)
      return {
        parts: null,
        fault: "has two braces that begin no placeholder; write \\{{ where they are meant",
      };
    else {
      const placeholder = read(match[1].trim(), known);
      if (typeof placeholder === "string") return { parts: null, fault: placeholder };
      parts.push(placeholder);
    }
  }
  parts.push(text.slice(from));
  return { parts: parts.filter((part) => part !== ""), fault: null };
};
