import * as z from "zod";

type Json = z.core.util.JSONType;
type JsonMap = Readonly<Record<string, Json>>;
type Rule = (values: readonly Json[]) => boolean;

const isMap = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a pattern sees at a field: an array counts as its elements, an empty one as absent, nested ones flattened. */
const valuesAt = (value: Json | undefined): readonly Json[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flatMap((element) => valuesAt(element)) : [value];
};

const isScalar = (value: Json): value is string | number | boolean | null =>
  value === null || typeof value !== "object";

/** `*` stands for any characters, none included. */
const wildcard = (pattern: string, text: string): boolean => {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
};

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
  "=": (value, bound) => value === bound,
};

const textRule =
  (test: (text: string) => boolean): Rule =>
  (values) =>
    values.some((value) => typeof value === "string" && test(value));

const affix = (given: Json, test: (text: string, part: string) => boolean): Rule => {
  if (typeof given === "string") return textRule((text) => test(text, given));
  const part = isMap(given) ? given["equals-ignore-case"] : undefined;
  if (typeof part !== "string") throw new Error(`a pattern wants a text, not ${JSON.stringify(given)}`);
  return textRule((text) => test(text.toLowerCase(), part.toLowerCase()));
};

const numericRule = (given: Json): Rule => {
  const tests = z
    .array(z.union([z.string(), z.number()]))
    .min(2)
    .parse(given);
  return (values) =>
    values.some(
      (value) =>
        typeof value === "number" &&
        tests.every((sign, index) => {
          if (index % 2 === 1) return true;
          const bound = tests[index + 1];
          const compare = comparisons[String(sign)];
          if (compare === undefined || typeof bound !== "number")
            throw new Error(`unknown comparison ${sign}`);
          return compare(value, bound);
        }),
    );
};

/** Everything that is there and is none of these; never objects, and never an absent field. */
const anythingButRule = (given: Json): Rule => {
  const refused: Rule = isMap(given) ? ruleOf(given) : equalsAny(valuesAt(given));
  return (values) => values.some((value) => isScalar(value) && !refused([value]));
};

const equalsAny =
  (wanted: readonly Json[]): Rule =>
  (values) =>
    values.some((value) => wanted.includes(value));

/** One element of a pattern's list: a plain value, or a rule such as `{"prefix": "switchyard."}`. */
function ruleOf(element: Json): Rule {
  if (!isMap(element)) return equalsAny([element]);
  const [[name, given] = ["", null], ...more] = Object.entries(element);
  if (more.length > 0) throw new Error(`a rule has one word, not ${Object.keys(element).join(", ")}`);
  switch (name) {
    case "prefix":
      return affix(given, (text, part) => text.startsWith(part));
    case "suffix":
      return affix(given, (text, part) => text.endsWith(part));
    case "wildcard":
      return affix(given, (text, part) => wildcard(part, text));
    case "equals-ignore-case":
      return affix({ "equals-ignore-case": given }, (text, part) => text === part);
    case "exists":
      return (values) => values.some(isScalar) === (given === true);
    case "numeric":
      return numericRule(given);
    case "anything-but":
      return anythingButRule(given);
    default:
      throw new Error(`the rule "${name}" is not known to the embedded bus`);
  }
}

/** Objects inside arrays are looked into one by one. */
const mapsAt = (value: Json | undefined): readonly JsonMap[] =>
  Array.isArray(value) ? value.flatMap((element) => mapsAt(element)) : isMap(value) ? [value] : [];

const matchField = (pattern: Json, value: Json | undefined): boolean => {
  if (Array.isArray(pattern)) {
    const values = valuesAt(value);
    return pattern.some((element) => ruleOf(element)(values));
  }
  if (!isMap(pattern)) throw new Error("a pattern holds lists and objects only");
  const maps = mapsAt(value);
  return maps.length === 0 ? matchPattern(pattern, {}) : maps.some((map) => matchPattern(pattern, map));
};

/**
 * Whether an event fits a pattern of an EventBridge rule: all fields must fit, in each any of the list.
 * @throws Error when the pattern uses what this matcher does not know, so that no rule is silently dead
 */
export function matchPattern(pattern: JsonMap, event: JsonMap): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field !== "$or") return matchField(wanted, Object.hasOwn(event, field) ? event[field] : undefined);
    return Array.isArray(wanted) && wanted.some((choice) => isMap(choice) && matchPattern(choice, event));
  });
}
