import * as z from "zod";
import { isPlace, lookUp, placeWords, type Arrival, type Found } from "./arrival.ts";
import { isGlob, isLike, longestGlob } from "./glob.ts";

const scalarSchema = z.union([z.string().max(longestGlob), z.number(), z.boolean(), z.null()], {
  error: `must be a text of at most ${longestGlob} characters, a number, a boolean or null`,
});
type Scalar = z.infer<typeof scalarSchema>;

const valueTypes = ["string", "number", "boolean", "null", "object", "array"] as const;
type ValueType = (typeof valueTypes)[number];

const testSchema = z
  .strictObject({
    /** Whether anything stands there; null counts. */
    exists: z.boolean().exactOptional(),
    /** One of these, letter by letter: no globs. */
    in: z.array(scalarSchema).min(1).max(100).exactOptional(),
    type: z.enum(valueTypes).exactOptional(),
  })
  .refine((test) => Object.keys(test).length > 0, { error: "must say exists, in, or type" });

const mostValues = 100;

/** What must stand at a place: a value or a glob, a list of them, or a test. */
const conditionSchema = z.union([scalarSchema, z.array(scalarSchema).min(1).max(mostValues), testSchema], {
  error: "must be a value, a glob, a list of them, or one of exists, in, type",
});
type Condition = z.infer<typeof conditionSchema>;

const mostConditions = 20;

/** What an arrival must be like, by place: all of it must hold; empty is always so. */
export const whenSchema = z.record(z.string(), conditionSchema).superRefine((when, context) => {
  const places = Object.keys(when);
  for (const place of places)
    if (!isPlace(place))
      context.addIssue({ code: "custom", path: [place], message: `is no place; use ${placeWords}` });
  if (places.length > mostConditions)
    context.addIssue({ code: "custom", path: [], message: `must have at most ${mostConditions} fields` });
});
export type When = z.infer<typeof whenSchema>;

const typeOf = (value: unknown): ValueType | null => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" || type === "object" ? type : null;
};

const isValue = (value: unknown, wanted: Scalar): boolean => {
  if (typeof wanted !== "string" || !isGlob(wanted)) return value === wanted;
  return typeof value === "string" && isLike(value, wanted);
};

const holds = (found: Found, condition: Condition): boolean => {
  if (Array.isArray(condition))
    return found.found && condition.some((wanted) => isValue(found.value, wanted));
  if (typeof condition !== "object" || condition === null)
    return found.found && isValue(found.value, condition);
  const { exists, in: list, type } = condition;
  if (exists !== undefined && found.found !== exists) return false;
  if (list !== undefined && !(found.found && list.some((wanted) => wanted === found.value))) return false;
  return type === undefined || (found.found && typeOf(found.value) === type);
};

/** Whether an arrival is as a rule wants it. A field that is missing is like no value; text, number and boolean differ. */
export const isMatch = (arrival: Arrival, when: When): boolean =>
  Object.entries(when).every(([place, condition]) => holds(lookUp(arrival, place), condition));
