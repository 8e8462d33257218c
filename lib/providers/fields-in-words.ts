import type { ProviderDetail } from "../operation/problem.ts";

const mostFields = 3;
const longest = 200;

/** Whether a message has the words of a field already, and tells which one it is. */
const isSaid = (said: string, name: string, words: string): boolean => {
  const label = (name.split(".").at(-1) ?? name).replaceAll("_", " ");
  return said.includes(words.replace(/\.$/, "")) && said.replaceAll("_", " ").includes(label);
};

/** Words as a sentence, with one full stop. */
const asSentence = (words: string): string => words.trim().replace(/\.?$/, ".");

/**
 * What the provider says and, behind it, what it says of the first three fields, where it does not say so anyway:
 * `Validation Error. image: value is not a UUID.`
 */
export const withFieldWords = (said: string, { fields = {} }: ProviderDetail): string =>
  [
    said,
    ...Object.entries(fields)
      .slice(0, mostFields)
      .flatMap(([name, words]) => {
        const [first = ""] = words;
        if (first === "" || isSaid(said, name, first)) return [];
        const clipped = first.length > longest ? `${first.slice(0, longest).toWellFormed()}…` : first;
        return [asSentence(`${name.slice(0, longest).toWellFormed()}: ${clipped}`)];
      }),
  ].join(" ");
