import * as z from "zod";

/** A line of the report, in the contract's columns. */
export const reportLineSchema = z.looseObject({
  key: z.string().nullish(),
  name: z.string().nullish(),
  state: z.string(),
  code: z.string().nullish(),
  message: z.string().nullish(),
  request_id: z.string().nullish(),
});
export type ReportLine = z.infer<typeof reportLineSchema>;

/** What several items failed of. */
export interface Cause {
  readonly code: string;
  readonly message: string;
  readonly names: readonly string[];
  readonly request: string | null;
}

const nameOf = ({ name, key }: ReportLine): string => name ?? key ?? "?";

/** The same words about another item are the same cause. */
const withoutName = (message: string, name: string): string =>
  name.length < 2 ? message : message.replaceAll(name, "…");

/** Failed items by what they failed of, the most frequent first. */
export const causesOf = (lines: readonly ReportLine[]): Cause[] => {
  const causes = new Map<
    string,
    { code: string; message: string; names: string[]; request: string | null }
  >();
  for (const line of lines) {
    const name = nameOf(line);
    const code = line.code ?? line.state.toUpperCase();
    const message = withoutName(line.message ?? "", name);
    const at = `${code}\n${message}`;
    const cause = causes.get(at) ?? { code, message, names: [], request: null };
    cause.names.push(name);
    cause.request ??= line.request_id ?? null;
    causes.set(at, cause);
  }
  return [...causes.values()].toSorted((a, b) => b.names.length - a.names.length);
};

const mostNamed = 5;

/** `demo-web-23, -24, -25`: what a name begins with like the one before is not said again. */
export const namesText = (names: readonly string[]): string => {
  const shown = names.slice(0, mostNamed);
  const words = shown.map((name, index) => {
    const before = shown[index - 1];
    const cut = name.lastIndexOf("-");
    const isAlike =
      before !== undefined && cut > 0 && before.slice(0, before.lastIndexOf("-")) === name.slice(0, cut);
    return isAlike ? name.slice(cut) : name;
  });
  const more = names.length - shown.length;
  return more > 0 ? `${words.join(", ")} and ${more} more` : words.join(", ");
};
