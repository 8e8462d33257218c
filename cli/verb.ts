import * as z from "zod";
import type { Context } from "./context.ts";
import { misused } from "./failure.ts";

/** A flag of one command: as commander takes it, and what it does. */
export type Flag = readonly [flags: string, does: string, isMany?: "many"];

interface VerbWords {
  /** Name and operands: `get <id>`. */
  readonly usage: string;
  readonly summary: string;
  readonly flags?: readonly Flag[];
  readonly examples?: readonly string[];
}

/** One command that does something. */
export interface Verb extends VerbWords {
  readonly run: (context: Context, operands: readonly string[], options: unknown) => Promise<void>;
}

/** Commands about one thing. */
export interface Group {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
  readonly groups?: readonly Group[];
}

const flagOf = (path: readonly PropertyKey[]): string =>
  `--${String(path[0] ?? "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @throws CliFailure naming the flag */
export const readOptions = <O>(schema: z.ZodType<O>, raw: unknown): O => {
  const read = schema.safeParse(raw);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw misused(`${flagOf(issue?.path ?? [])}: ${issue?.message ?? "is not valid"}`);
};

/** A command whose options are read by a schema before it runs. */
export const verb = <O>(
  words: VerbWords & {
    readonly options: z.ZodType<O>;
    readonly run: (context: Context, operands: readonly string[], options: O) => Promise<void>;
  },
): Verb => {
  const { options: schema, run, ...rest } = words;
  return { ...rest, run: async (context, operands, raw) => run(context, operands, readOptions(schema, raw)) };
};

/** A command without options of its own. */
export const plainVerb = (words: Verb): Verb => words;

/** A whole number from one to as many as there may be. */
export const countOption = (least = 1) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: "must be a whole number" })
    .transform(Number)
    .refine((count) => count >= least, { error: `must be at least ${least}` });

/** A part of a path. @throws CliFailure for none: an empty filter would mean everything */
export const segment = (text: string, what: string): string => {
  if (text.trim() === "") throw misused(`${what} is empty`);
  return encodeURIComponent(text);
};
