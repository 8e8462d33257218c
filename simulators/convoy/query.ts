import { refused } from "./answers.ts";

/** Refuses names of filters or orders that the panel does not have. @throws Refusal 400 */
export const refuseUnknown = (what: string, asked: readonly string[], allowed: readonly string[]): void => {
  const unknown = asked.filter((each) => !allowed.includes(each));
  if (unknown.length > 0) {
    throw refused(
      400,
      `Requested ${what}(s) \`${unknown.join(", ")}\` are not allowed. ` +
        `Allowed ${what}(s) are \`${allowed.join(", ")}\`.`,
    );
  }
};

/** What `filter[name]=one,other` asks for; an empty value asks for nothing, commas separate alternatives. */
export const filtersOf = (query: URLSearchParams): { column: string; texts: string[] }[] =>
  [...query].flatMap(([name, value]) => {
    const column = /^filter\[(.+)\]$/.exec(name)?.[1];
    return column === undefined || value === "" ? [] : [{ column, texts: value.toLowerCase().split(",") }];
  });
