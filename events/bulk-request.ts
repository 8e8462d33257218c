import * as z from "zod";
import { isObject, jsonObjectSchema, jsonSchema, type Json } from "../lib/operation/json.ts";
import { kindSchema } from "../lib/operation/kind.ts";
import { strictFaultsOf } from "../lib/operation/strict-json.ts";

/** More items than any limit allows: a number that is certainly a slip is refused before anything is made of it. */
const mostItems = 1_000_000;

/**
 * A row or an item as JSON brought it. Its depth was looked at by whoever read the text; that it is an object, and its
 * fields, are looked at with its kind, so that what is wrong with one hides nothing that is wrong with another.
 */
const looseObject = z.custom<Json>().meta({ type: "object", additionalProperties: true });

const textList = z.array(z.string().min(1).max(255)).min(1).max(10_000);

/** Which servers are meant: all of `tags`, none of `not_tags`, one of `names` (globs), one of `ids`. */
export const bulkSelectSchema = z
  .strictObject({
    tags: textList.exactOptional(),
    names: textList.exactOptional(),
    ids: textList.exactOptional(),
    not_tags: textList.exactOptional(),
  })
  .refine(({ tags, names, ids }) => [tags, names, ids].some((list) => list !== undefined), {
    error: "must name tags, names or ids: nothing is never taken for everything",
  });
export type BulkSelect = z.infer<typeof bulkSelectSchema>;

const variable = z.union([z.string().max(1000), z.number(), z.boolean()], {
  error: "must be a text, a number or a boolean",
});
const varsSchema = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,39}$/, {
    error: "must begin with a letter and hold at most 40 letters, digits, _ and -",
  }),
  variable,
);
export type BulkVars = z.infer<typeof varsSchema>;

const percentPattern = /^(?:100|\d{1,2}(?:\.\d{1,2})?)%$/;
const count = z.int().min(1).max(mostItems);
const priority = z.int().min(1).max(10);
const maxParallel = z.int().min(1).max(10_000);
const failureWords = { error: 'must be a number of items, or a part of those that have ended such as "10%"' };
const maxFailures = z.union(
  [z.int().min(0).max(mostItems), z.string().regex(percentPattern, failureWords)],
  failureWords,
);
const euros = z.number().positive().max(10_000_000);
const start = z.int().min(0).max(1_000_000_000);
const batchScope = z
  .string()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}+$/u, { error: "must not hold control characters" });
const onStop = z.enum(["leave", "rollback"]);

/** How a job is run. The same in a JSON body and in the query of a CSV or JSONL post. */
const optionFields = {
  /** 1 (last) to 10 (first). */
  priority: priority.default(5),
  /** Items that run at once, at most. */
  max_parallel: maxParallel.exactOptional(),
  /** The job stops when more than so many have failed: a number, or a part of those that have ended. */
  max_failures: maxFailures.exactOptional(),
  /** Whether the valid items start although others are not. */
  skip_invalid: z.boolean().default(false),
  /** Jobs of one scope make nothing twice: an item whose key an earlier one has is skipped. */
  batch_scope: batchScope.exactOptional(),
  /** What becomes of what was made when the job stops early. */
  on_stop: onStop.default("leave"),
  max_eur_per_hour: euros.exactOptional(),
  max_eur_per_month: euros.exactOptional(),
  /** For kinds that delete: how many items at most. */
  max_deletes: count.exactOptional(),
  /** `{{vars.x}}` */
  vars: varsSchema.default({}),
  /** `{{index}}` of the first item. */
  start: start.default(1),
};

const forms = [
  ["count", "count with template"],
  ["rows", "rows with template"],
  ["items", "items"],
  ["select", "select"],
] as const;

/** Which field needs which other one, and what to say where it stands alone. */
const companions = [
  ["template", ["count", "rows"], "stands beside count or rows; leave it out, or give one of them"],
  ["defaults", ["items"], "is laid under items; leave it out, or give items"],
  ["input", ["select"], "stands beside select; give items their input themselves"],
] as const;

type FormFields = Readonly<Record<string, unknown>>;

const checkForm = (body: FormFields, context: z.RefinementCtx): void => {
  const has = (name: string): boolean => body[name] !== undefined;
  const fault = (path: readonly string[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  const given = forms.filter(([name]) => has(name));
  const choice = `one of ${forms.map(([, words]) => words).join("; ")}`;
  if (given.length === 0) fault([], `says nothing to do: give ${choice}`);
  if (given.length > 1) fault([], `has ${given.map(([name]) => name).join(" and ")}: give ${choice}`);
  if ((has("count") || has("rows")) && !has("template"))
    fault(["template"], "required: the input of every item, with placeholders such as {{index}}");
  if (given.length !== 1) return;
  for (const [name, beside, words] of companions) if (has(name) && !beside.some(has)) fault([name], words);
};

/**
 * Body of `POST /v1/bulk-jobs` and `POST /v1/bulk-plans` in JSON. `template`, `defaults`, `input` and each of `items` are
 * the operation's input, checked against the dialect's catalogue after this; `key` and `resource_id` may stand beside
 * its fields.
 */
export const bulkRequestSchema = z
  .strictObject({
    connection: z.string(),
    kind: kindSchema,
    count: count.exactOptional(),
    rows: z.array(looseObject).min(1, { error: "holds no rows" }).exactOptional(),
    template: jsonObjectSchema.exactOptional(),
    items: z.array(looseObject).min(1, { error: "holds no items" }).exactOptional(),
    defaults: jsonObjectSchema.exactOptional(),
    select: bulkSelectSchema.exactOptional(),
    input: jsonObjectSchema.exactOptional(),
    ...optionFields,
  })
  .superRefine(checkForm)
  .meta({ id: "BulkRequest" });
export type BulkRequest = z.infer<typeof bulkRequestSchema>;

/** Options of a job, whatever form it came in. */
export type BulkOptions = Pick<BulkRequest, keyof typeof optionFields>;

const numberText = z
  .string()
  .regex(/^-?\d{1,15}(?:\.\d{1,9})?$/, { error: "must be a number" })
  .transform(Number);
const booleanText = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((text) => text === "true");
const maxFailuresText = z
  .string()
  .transform((text) => (/^\d{1,9}$/.test(text) ? Number(text) : text))
  .pipe(maxFailures);

/** JSON in a parameter: refused is what is refused in a body. */
const jsonText = z.string().transform((text, context): Json => {
  const refuse = (message: string): never => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  try {
    const [fault] = strictFaultsOf(text).faults;
    const value = jsonSchema.safeParse(JSON.parse(text));
    if (fault !== undefined)
      return refuse(`${fault.pointer === "" ? "the text" : fault.pointer} ${fault.detail}`);
    return value.success ? value.data : refuse("must be JSON");
  } catch {
    return refuse('must be a JSON object, such as {"name": "web-{{index}}"}');
  }
});
const objectText = jsonText.refine((value) => isObject(value), { error: "must be a JSON object" });

/** What may stand between two cells of a line. */
export const delimiters = { comma: ",", semicolon: ";", tab: "\t" } as const;
export type Delimiter = (typeof delimiters)[keyof typeof delimiters];

const delimiterText = z
  .enum([",", ";", "\t", "\\t", "comma", "semicolon", "tab"], {
    error: "must be comma, semicolon or tab",
  })
  .transform((word): Delimiter => {
    switch (word) {
      case "comma":
      case "semicolon":
      case "tab":
        return delimiters[word];
      case "\\t":
        return delimiters.tab;
      case ",":
      case ";":
      case "\t":
        return word;
    }
  });

/** Query of the same routes where the body is CSV or JSONL; the options as texts, `template` and `vars` as JSON. */
export const bulkQuerySchema = z.strictObject({
  connection: z.string(),
  kind: kindSchema,
  /** With it, the columns are what `{{row.column}}` takes; without it, they are the fields of the input. */
  template: objectText.pipe(jsonObjectSchema).exactOptional(),
  /** CSV only; left out: found from the header line. */
  delimiter: delimiterText.exactOptional(),
  priority: numberText.pipe(priority).default(5),
  max_parallel: numberText.pipe(maxParallel).exactOptional(),
  max_failures: maxFailuresText.exactOptional(),
  skip_invalid: booleanText.default(false),
  batch_scope: batchScope.exactOptional(),
  on_stop: onStop.default("leave"),
  max_eur_per_hour: numberText.pipe(euros).exactOptional(),
  max_eur_per_month: numberText.pipe(euros).exactOptional(),
  max_deletes: numberText.pipe(count).exactOptional(),
  vars: objectText.pipe(varsSchema).default({}),
  start: numberText.pipe(start).default(1),
});
export type BulkQuery = z.infer<typeof bulkQuerySchema>;
