import * as z from "zod";
import type { JsonObject } from "./json.ts";
import type { Operation } from "./operation.ts";

/** What an entry of `fallback` may say: everything else stays as it was asked for. */
const alternativeSchema = z.looseObject({ type: z.string().optional(), zone: z.string().optional() });
const alternativesSchema = z.looseObject({ fallback: z.array(alternativeSchema).optional() });
type Alternative = z.infer<typeof alternativeSchema>;

/** What may be tried when the provider has none of what was asked for, in that order. */
export const alternativesOf = (input: JsonObject): readonly Alternative[] =>
  alternativesSchema.safeParse(input).data?.fallback ?? [];

/** Whether the input has another choice behind the one that is tried. */
export const hasNextChoice = ({ input, choice }: Pick<Operation, "input" | "choice">): boolean =>
  choice < alternativesOf(input).length;

/** The choice as the API shows it: its number, and what it changes. */
export const choiceSchema = z.strictObject({
  number: z.number().int().nonnegative(),
  type: z.string().exactOptional(),
  zone: z.string().exactOptional(),
});
type Choice = z.infer<typeof choiceSchema>;

/** Which choice stands; null where the request names no alternatives. */
export const choiceOf = ({ input, choice }: Pick<Operation, "input" | "choice">): Choice | null => {
  const alternatives = alternativesOf(input);
  if (alternatives.length === 0) return null;
  const { type, zone } = alternatives[choice - 1] ?? {};
  return {
    number: choice,
    ...(type === undefined ? {} : { type }),
    ...(zone === undefined ? {} : { zone }),
  };
};
