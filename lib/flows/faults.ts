import type * as z from "zod";
import type { RequestFault } from "./request-refused.ts";

/** One segment of a JSON Pointer (RFC 6901). */
const segment = (key: PropertyKey): string => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;

const pointerOf = (base: string, path: readonly PropertyKey[]): string => base + path.map(segment).join("");

/** The distance of two words in single-letter changes, for "did you mean". */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

/** The word of `known` that is nearest to `word`, when it is near enough to be a slip of the hand. */
export const nearest = (word: string, known: readonly string[]): string | null => {
  const best = known
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .toSorted((a, b) => a.far - b.far)[0];
  return best !== undefined && best.far <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : null;
};

/** A fault in words that say what to do. */
const wordsOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return `required: ${issue.expected}`;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  return issue.message;
};

const faultsOfIssue = (issue: z.core.$ZodIssue, base: string, known: readonly string[]): RequestFault[] => {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const hint = meant === null ? "" : `; did you mean "${meant}"?`;
      return { pointer: pointerOf(base, [...issue.path, key]), detail: `unknown field${hint}` };
    });
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const first = issue.errors.flat()[0];
    if (first !== undefined && issue.errors.length === 1)
      return faultsOfIssue(first, pointerOf(base, issue.path), known);
  }
  return [{ pointer: pointerOf(base, issue.path), detail: wordsOf(issue) }];
};

/** Everything that a schema found, each fault at its place. `known` are field names to compare slips with. */
export const faultsOf = (error: z.ZodError, base: string, known: readonly string[]): RequestFault[] =>
  error.issues.flatMap((issue) => faultsOfIssue(issue, base, known));
