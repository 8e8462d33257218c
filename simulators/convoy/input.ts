import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { readJson } from "../wire.ts";
import { invalidInput } from "./answers.ts";

const fields = z.record(z.string(), z.unknown());

/** The fields of a body, unchecked. */
export type Input = z.infer<typeof fields>;

/**
 * The input of a call, as the panel's framework sees it: a body that is not declared as JSON, or is none, counts as
 * empty; texts are trimmed, and an empty text is null.
 */
export const readInput = async (context: Context<SimulatorEnv>): Promise<Input> => {
  if (!(context.req.header("Content-Type") ?? "").includes("json")) {
    return {};
  }
  const body = fields.safeParse((await readJson(context))?.value).data ?? {};
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, tidied(value)]));
};

const tidied = (value: unknown): unknown => {
  if (typeof value === "string") {
    return value.trim() === "" ? null : value.trim();
  }
  return Array.isArray(value) ? value.map(tidied) : value;
};

/** A rule for one field: what is wrong with its value, or undefined. `absent` rules run when there is none, too. */
export interface Rule {
  absent: boolean;
  complaint(value: unknown, attribute: string, input: Input): string | undefined;
}

/** Rules by field; `disks.*.size` stands for the field of every item. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;

const rule = (holds: (value: unknown) => boolean, message: (attribute: string) => string): Rule => ({
  absent: false,
  complaint: (value, attribute) => (holds(value) ? undefined : message(attribute)),
});

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

const isNumeric = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));

const neededWhen = (needed: (input: Input) => boolean, why: string): Rule => ({
  absent: true,
  complaint: (value, attribute, input) =>
    isGiven(value) || !needed(input) ? undefined : `The ${attribute} field is required${why}.`,
});

export const required: Rule = neededWhen(() => true, "");

export const requiredIf = (other: string, value: unknown): Rule =>
  neededWhen((input) => input[other] === value, ` when ${attributeOf(other)} is ${String(value)}`);

export const requiredWith = (other: string): Rule =>
  neededWhen((input) => isGiven(input[other]), ` when ${attributeOf(other)} is present`);

/** There, if only as null. */
export const present: Rule = {
  absent: true,
  complaint: (value, attribute) =>
    value === undefined ? `The ${attribute} field must be present.` : undefined,
};

/** Lets null pass whatever the other rules of the field say. */
export const nullable: Rule = { absent: false, complaint: () => undefined };

export const oneOf = (values: readonly unknown[]): Rule =>
  rule(
    (value) => values.includes(value),
    (attribute) => `The selected ${attribute} is invalid.`,
  );

/** A number (or its text) of a row that exists. */
export const existing = (exists: (id: number) => boolean): Rule =>
  rule(
    (value) => isNumeric(value) && exists(Number(value)),
    (attribute) => `The selected ${attribute} is invalid.`,
  );

export const numeric = rule(isNumeric, (attribute) => `The ${attribute} must be a number.`);

export const integer = rule(
  (value) => isNumeric(value) && Number.isInteger(Number(value)),
  (attribute) => `The ${attribute} must be an integer.`,
);

/** True, false, 0, 1, and the last two as texts. */
export const boolean = rule(
  (value) => [true, false, 0, 1, "0", "1"].some((each) => each === value),
  (attribute) => `The ${attribute} field must be true or false.`,
);

export const string = rule(
  (value) => typeof value === "string",
  (attribute) => `The ${attribute} must be a string.`,
);

export const array = rule(Array.isArray, (attribute) => `The ${attribute} must be an array.`);

export const ipAddress = rule(
  (value) => z.union([z.ipv4(), z.ipv6()]).safeParse(value).success,
  (attribute) => `The ${attribute} must be a valid IP address.`,
);

export const minLength = (characters: number): Rule =>
  rule(
    (value) => String(value).length >= characters,
    (attribute) => `The ${attribute} must be at least ${characters} characters.`,
  );

export const maxLength = (characters: number): Rule =>
  rule(
    (value) => String(value).length <= characters,
    (attribute) => `The ${attribute} must not be greater than ${characters} characters.`,
  );

export const maxItems = (items: number): Rule =>
  rule(
    (value) => !Array.isArray(value) || value.length <= items,
    (attribute) => `The ${attribute} must not have more than ${items} items.`,
  );

export const atLeast = (least: number): Rule =>
  rule(
    (value) => Number(value) >= least,
    (attribute) => `The ${attribute} must be at least ${least}.`,
  );

export const atMost = (most: number): Rule =>
  rule(
    (value) => Number(value) <= most,
    (attribute) => `The ${attribute} must not be greater than ${most}.`,
  );

/** A field as the messages call it: `node_id` is `node id`, `lockIps` is `lock ips`. */
const attributeOf = (field: string): string =>
  field
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("_", " ")
    .toLowerCase();

const itemOf = (value: unknown, step: string): unknown => {
  if (Array.isArray(value)) {
    return value[Number(step)];
  }
  return fields.safeParse(value).data?.[step];
};

/** Every place that a pattern stands for: `disks.*.size` is `disks.0.size`, `disks.1.size`, … */
const placesOf = (pattern: string, input: Input): { place: string; value: unknown }[] => {
  let places: { place: string; value: unknown }[] = [{ place: "", value: input }];
  for (const step of pattern.split(".")) {
    places = places.flatMap(({ place, value }) => {
      const steps = step === "*" ? (Array.isArray(value) ? [...value.keys()].map(String) : []) : [step];
      return steps.map((each) => ({
        place: place === "" ? each : `${place}.${each}`,
        value: itemOf(value, each),
      }));
    });
  }
  return places;
};

/**
 * Checks an input by the rules.
 *
 * @throws Refusal 422 with the messages of every field.
 */
export const checkInput = (input: Input, rules: Rules): void => {
  const errors: Record<string, string[]> = {};
  for (const [pattern, ofField] of Object.entries(rules)) {
    for (const { place, value } of placesOf(pattern, input)) {
      if (value === null && ofField.includes(nullable)) {
        continue;
      }
      const applied = value === undefined ? ofField.filter(({ absent }) => absent) : ofField;
      const complaints = applied
        .map((each) => each.complaint(value, attributeOf(place), input))
        .filter((complaint) => complaint !== undefined);
      if (complaints.length > 0) {
        errors[place] = complaints;
      }
    }
  }
  if (Object.keys(errors).length > 0) {
    throw invalidInput(errors);
  }
};
