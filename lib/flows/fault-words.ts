import type * as z from "zod";

type RawIssue = z.core.$ZodRawIssue;
type RawIssueOf<C extends RawIssue["code"]> = Extract<RawIssue, { readonly code: C }>;

/** What a schema calls its types, as they are written in JSON. Nobody is told more than that about dates and the like. */
const typeWords: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  int: "whole number",
  bigint: "whole number",
  boolean: "boolean",
  null: "null",
  array: "array",
  tuple: "array",
  set: "array",
  object: "object",
  record: "object",
  map: "object",
  date: "time",
};
const typeWord = (expected: string): string => typeWords[expected] ?? "value";

const withArticle = (noun: string): string => {
  if (noun === "null") return noun;
  return /^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`;
};

const listed = (words: readonly string[]): string => [...new Set(words)].join(", ");
const either = (words: readonly string[]): string => [...new Set(words)].join(" or ");

const isInfinite = (input: unknown): boolean => typeof input === "number" && !Number.isFinite(input);

const typeFault = ({ expected, input }: RawIssueOf<"invalid_type">): string => {
  if (expected === "never" || expected === "undefined" || expected === "void") return "must be left out";
  if (input === undefined) return expected === "nonoptional" ? "required" : `required: ${typeWord(expected)}`;
  if (isInfinite(input)) return "must be a finite number";
  return `must be ${withArticle(typeWord(expected))}`;
};

const valueFault = ({ values, input }: RawIssueOf<"invalid_value">): string => {
  const words = values.length === 1 ? String(values[0]) : `one of ${listed(values.map(String))}`;
  return input === undefined ? `required: ${words}` : `must be ${words}`;
};

/** What is counted in a thing of limited size; null where the limit is one of the value itself. */
const unitOf = (origin: string, count: number | bigint): string | null => {
  const units: Readonly<Record<string, readonly [string, string]>> = {
    string: ["character", "characters"],
    array: ["entry", "entries"],
    set: ["entry", "entries"],
    map: ["entry", "entries"],
    object: ["field", "fields"],
    record: ["field", "fields"],
    file: ["byte", "bytes"],
  };
  const unit = units[origin];
  return unit === undefined ? null : Number(count) === 1 ? unit[0] : unit[1];
};

const limitFault = (
  { origin, exact, inclusive }: RawIssueOf<"too_big" | "too_small">,
  limit: number | bigint,
  words: { readonly within: string; readonly beyond: string },
): string => {
  const unit = unitOf(origin, limit);
  const bound = exact === true ? "exactly" : inclusive === false ? words.beyond : words.within;
  if (unit !== null) return `must have ${bound} ${limit} ${unit}`;
  const value = origin === "date" ? new Date(Number(limit)).toISOString() : String(limit);
  return `must be ${exact === true ? "" : `${bound} `}${value}`;
};

const formatWords: Readonly<Record<string, string>> = {
  url: "a URL",
  uuid: "a UUID",
  guid: "a UUID",
  email: "an email address",
  datetime: "a time such as 2026-11-02T08:00:00Z",
  date: "a date such as 2026-11-02",
  time: "a time of day such as 08:00:00",
  duration: "a duration such as PT1H",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  cidrv4: "a range of IPv4 addresses",
  cidrv6: "a range of IPv6 addresses",
  mac: "a MAC address",
  base64: "a base64 text",
  base64url: "a base64url text",
  json_string: "a JSON text",
  e164: "a phone number such as +33123456789",
  jwt: "a JSON Web Token",
};

const formatFault = (issue: RawIssueOf<"invalid_format">): string => {
  const { format, pattern } = issue;
  const part = [issue["prefix"], issue["suffix"], issue["includes"]].find((text) => typeof text === "string");
  if (format === "starts_with") return `must begin with "${part}"`;
  if (format === "ends_with") return `must end with "${part}"`;
  if (format === "includes") return `must contain "${part}"`;
  const word = formatWords[format];
  if (word !== undefined) return `must be ${word}`;
  return pattern === undefined ? "has the wrong form" : `must match ${pattern}`;
};

/** None of several schemas takes it: what each of them would have, or what they say when it is of the right type. */
const unionFault = (issue: RawIssueOf<"invalid_union">): string => {
  const { errors, options, input, inclusive } = issue;
  if (inclusive === false) return "fits more than one of the forms that it can have; say which by its fields";
  if (options !== undefined && options.length > 0) return `must be one of ${listed(options.map(String))}`;
  const first = errors.flatMap((issues) => issues.slice(0, 1));
  const types = first.flatMap((one) =>
    one.code === "invalid_type" && one.path.length === 0 ? [typeWord(one.expected)] : [],
  );
  if (input === undefined) return types.length === 0 ? "required" : `required: ${either(types)}`;
  if (isInfinite(input)) return "must be a finite number";
  if (types.length > 0 && types.length === first.length) return `must be ${either(types.map(withArticle))}`;
  const said = first.filter((one) => one.code !== "invalid_type").map(({ message }) => message);
  return said.length === 0 ? "is none of the forms that it can have" : either(said);
};

const inner = (issues: readonly z.core.$ZodIssue[]): string =>
  issues.length === 0 ? "is not valid" : listed(issues.map(({ message }) => message));

/**
 * Says in our words what a schema has found: what is wrong, and what would be right. For `{ error }` of a parse; words
 * that stand in the schema itself go before. The library's own words must reach nobody: they change with its versions.
 */
export const inOurWords = (issue: RawIssue): string => {
  switch (issue.code) {
    case "invalid_type":
      return typeFault(issue);
    case "invalid_value":
      return valueFault(issue);
    case "too_small":
      return limitFault(issue, issue.minimum, { within: "at least", beyond: "more than" });
    case "too_big":
      return limitFault(issue, issue.maximum, { within: "at most", beyond: "less than" });
    case "invalid_format":
      return formatFault(issue);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return `unknown field: ${listed(issue.keys)}`;
    case "invalid_union":
      return unionFault(issue);
    case "invalid_key":
      return `can't be called that: ${inner(issue.issues)}`;
    case "invalid_element":
      return `holds something wrong: ${inner(issue.issues)}`;
    case "custom":
      return "is not valid";
  }
};
