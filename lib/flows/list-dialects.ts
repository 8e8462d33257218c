import * as z from "zod";
import type { JsonObject } from "../operation/json.ts";
import { kindSchema, type Kind } from "../operation/kind.ts";
import { stepNameSchema } from "../operation/operation.ts";
import { endOf, type Signs } from "../operation/step-end.ts";
import type { Dialect, Inability, KindOffer, PlannedStep } from "../ports/provider.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { collectionViewOf, collectionViewSchema } from "./list-connections.ts";
import { notFound } from "./request-refused.ts";

const stepViewSchema = z.strictObject({
  name: stepNameSchema,
  end: z.string().meta({ description: "How its end is seen." }),
  when: z.string().exactOptional().meta({ description: "For which input; always, where it is left out." }),
});

const kindViewSchema = z.strictObject({
  kind: kindSchema,
  resource_type: z.string().nullable(),
  input: z.record(z.string(), z.unknown()).meta({ description: "JSON Schema of `input`." }),
  example: z.record(z.string(), z.unknown()),
  steps: z.array(stepViewSchema),
  money: z
    .string()
    .exactOptional()
    .meta({ description: "What goes on costing, or costs more than it seems." }),
  note: z.string().exactOptional(),
});

/** A dialect as the API and the docs show it. */
export const dialectViewSchema = z
  .strictObject({
    name: z.string(),
    system: z.string(),
    documents: z.array(z.string()),
    kinds: z.array(kindViewSchema),
    collections: z.array(collectionViewSchema),
    cannot: z.array(z.strictObject({ what: z.string(), why: z.string() })),
    assumed: z.array(z.string()),
  })
  .meta({ id: "DialectDescription" });
export type DialectView = z.infer<typeof dialectViewSchema>;
export type KindView = DialectView["kinds"][number];
type StepView = z.infer<typeof stepViewSchema>;

/** `input` of a kind as JSON Schema; the way of making it is the caller's, since it is slow to load. */
export type SchemaMaker = (input: KindOffer["input"]) => Record<string, unknown>;

const keyOf = ({ name, goal }: PlannedStep): string => `${name} ${goal}`;

/**
 * All steps that a kind can have, in their order. A step of the plain input that a variant lacks says "unless"; one that
 * only a variant has stands behind the step that it follows there.
 */
const stepsOf = (
  { input: schema, steps, example = {}, variants = [] }: KindOffer,
  signs: Signs,
): StepView[] => {
  /** With what the schema adds by itself. */
  const whole = (input: JsonObject): JsonObject => schema.safeParse(input).data ?? input;
  const plain = steps(whole(example));
  const others = variants.map(({ input, when }) => ({ when, steps: steps(whole({ ...example, ...input })) }));
  const all = plain.map((step) => {
    const without = others.filter((other) => !other.steps.some((one) => keyOf(one) === keyOf(step)));
    return {
      step,
      when: without.length === 0 ? null : `unless ${without.map(({ when }) => when).join(" or ")}`,
    };
  });
  for (const { when, steps: theirs } of others) {
    for (const [index, step] of theirs.entries()) {
      const known = all.find((one) => keyOf(one.step) === keyOf(step));
      if (known !== undefined) {
        // Met in an earlier variant, not in the plain input: both are named.
        if (known.when?.startsWith("when ") === true) known.when = `${known.when} or ${when}`;
        continue;
      }
      const before = theirs[index - 1];
      const at = before === undefined ? -1 : all.findIndex((one) => keyOf(one.step) === keyOf(before));
      all.splice(before === undefined ? all.length : at + 1, 0, { step, when: `when ${when}` });
    }
  }
  const viewOf = (step: PlannedStep): StepView => ({ name: step.name, end: endOf(step, signs) });
  return all.map(({ step, when }) => (when === null ? viewOf(step) : Object.assign(viewOf(step), { when })));
};

const kindViewOf = (
  kind: Kind,
  offer: KindOffer,
  { signs = {} }: Dialect,
  schemaOf: SchemaMaker,
): KindView => ({
  kind,
  resource_type: offer.resourceType,
  input: schemaOf(offer.input),
  example: { ...offer.example },
  steps: stepsOf(offer, signs),
  ...(offer.money === undefined ? {} : { money: offer.money }),
  ...(offer.note === undefined ? {} : { note: offer.note }),
});

/** The catalogue of a dialect: everything that validation, OpenAPI and docs say of it comes from the same data. */
export const dialectViewOf = (dialect: Dialect, schemaOf: SchemaMaker): DialectView => ({
  name: dialect.name,
  system: dialect.system ?? dialect.name,
  documents: [...(dialect.documents ?? [])],
  kinds: [...dialect.kinds].map(([kind, offer]) => kindViewOf(kind, offer, dialect, schemaOf)),
  collections: dialect.collections.map(collectionViewOf),
  cannot: (dialect.cannot ?? []).map(({ what, why }) => ({ what, why })),
  assumed: [...(dialect.assumed ?? [])],
});

const isAbout = (kind: Kind, { what }: Inability): boolean =>
  what
    .split(/,\s*/)
    .some((word) => word === kind || (word.endsWith(".*") && kind.startsWith(word.slice(0, -1))));

/** Why a dialect can't do what it doesn't offer; null where it does not say. */
export const inabilityOf = (kind: Kind, { cannot = [] }: Dialect): Inability | null =>
  cannot.find((one) => isAbout(kind, one)) ?? null;

/** All dialects, in the order of their names. @throws RequestRefused for a cursor that is not ours */
export const listDialects = (
  cursor: string | null,
  limit: number,
  dialects: readonly DialectView[],
): Listing<DialectView> => {
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ d: z.string() })).d;
  const behind = dialects
    .filter(({ name }) => name > after)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const items = behind.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: behind.length > limit && last !== undefined ? cursorOf({ d: last.name }) : null,
  };
};

/** One dialect. @throws RequestRefused 404 */
export const showDialect = (name: string, dialects: readonly DialectView[]): DialectView => {
  const dialect = dialects.find((one) => one.name === name);
  if (dialect === undefined) throw notFound(`Dialect ${name.slice(0, 64)}`);
  return dialect;
};
