import * as z from "zod";
import { nearest } from "../operation/nearest.ts";
import { inOurWords } from "./fault-words.ts";
import { pointerTo } from "../operation/pointer.ts";
import type { RequestFault } from "./request-refused.ts";

/** The longest name that is compared with others: the work grows with its square. */
const longestCompared = 100;

const unknownField = (key: string, known: readonly string[]): string => {
  const meant = key.length > longestCompared ? null : nearest(key, known);
  return meant === null ? "unknown field" : `unknown field; did you mean "${meant}"?`;
};

/** The form that was probably meant: of those that have no quarrel with the type as a whole, the one that lacks least. */
const meantForm = (errors: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null => {
  const near = errors.filter(
    (issues) => !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
  return (errors.length === 1 ? errors : near).toSorted((one, other) => one.length - other.length)[0] ?? null;
};

const faultsOfIssue = (issue: z.core.$ZodIssue, base: string, known: readonly string[]): RequestFault[] => {
  const place = base + pointerTo(...issue.path.map(String));
  if (issue.code === "unrecognized_keys") {
    // Only the fields of the whole are known here.
    const names = issue.path.length === 0 ? known : [];
    return issue.keys.map((key) => ({
      pointer: place + pointerTo(key),
      detail: unknownField(key, names),
    }));
  }
  if (issue.code === "invalid_union") {
    const form = meantForm(issue.errors) ?? [];
    const lies = form.some(({ path, code }) => path.length > 0 || code === "unrecognized_keys");
    if (lies) return form.flatMap((one) => faultsOfIssue(one, place, known));
  }
  return [{ pointer: place, detail: issue.message }];
};

const fieldsOf = (schema: z.ZodType): string[] =>
  "shape" in schema && typeof schema.shape === "object" ? Object.keys(schema.shape ?? {}) : [];

/** What a schema makes of a value, or everything that is wrong with it. */
export type Reading<T> =
  | { readonly value: T; readonly faults: null }
  | { readonly value: null; readonly faults: readonly RequestFault[] };

/**
 * Reads what somebody sent by a schema. Whatever can be seen from outside is read here, because it is here that the
 * library's words are replaced by ours.
 * @param base pointer to the value, for the places of its faults
 */
export const readBy = <S extends z.ZodType>(schema: S, value: unknown, base = ""): Reading<z.output<S>> => {
  const parsed = schema.safeParse(value, { error: inOurWords });
  if (parsed.success) return { value: parsed.data, faults: null };
  const known = fieldsOf(schema);
  return { value: null, faults: parsed.error.issues.flatMap((issue) => faultsOfIssue(issue, base, known)) };
};
