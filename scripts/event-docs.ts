import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { eventCatalogue, type EventEntry } from "../events/catalogue.ts";
import { dropFormatPattern } from "../lib/http/json-schema.ts";
import { alignedTable } from "./markdown-table.ts";

/** What a field of `data` may hold, in few words. */
const shownSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
});
const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()).default([]),
});

const wordsOf = (schema: unknown): string => {
  const { type, enum: words, anyOf, items } = shownSchema.parse(schema);
  if (anyOf !== undefined) return anyOf.map(wordsOf).join(" or ");
  if (words !== undefined && words.length <= 8) return words.map((word) => `\`${String(word)}\``).join(", ");
  if (type === "array") return `list of ${items === undefined ? "anything" : wordsOf(items)}`;
  return typeof type === "string" ? type : (type ?? ["anything"]).join(" or ");
};

const fieldsOf = (data: EventEntry["data"]): string => {
  const made = z.toJSONSchema(data, { io: "output", unrepresentable: "any", override: dropFormatPattern });
  const { properties, required } = objectSchema.parse(made);
  return alignedTable(
    ["field of `data`", "holds"],
    Object.entries(properties).map(([name, schema]) => [
      `\`${name}\``,
      `${wordsOf(schema)}${required.includes(name) ? "" : " (may be left out)"}`,
    ]),
  );
};

/** JSON as the formatter wants it: a list of texts on one line. */
const prettyJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll(
    /\[\s+((?:"[^"]*",\s+)*"[^"]*")\s+\]/g,
    (_whole, texts: string) => `[${texts.replaceAll(/,\s+/g, ", ")}]`,
  );

const entryPart = ({ type, description, example }: EventEntry): string =>
  [`### \`${type}\``, description, `\`\`\`json\n${prettyJson(example)}\n\`\`\``].join("\n\n");

const familyPart = (entries: readonly EventEntry[]): string[] => {
  const [first] = entries;
  if (first === undefined) return [];
  const title = first.type.split(".").slice(1, -1).join(".");
  return [`## \`${title}.*\``, fieldsOf(first.data), ...entries.map(entryPart)];
};

const index = (): string =>
  alignedTable(
    ["type", "says", "since"],
    eventCatalogue.map(({ type, description, since }) => [`\`${type}\``, description, since]),
  );

const introduction = [
  "# Events",
  "Made from `events/catalogue.ts` by `npm run docs:events`; `GET /v1/event-types`, the JSON Schemas at `GET /schemas/{type}/v1` (no key needed) and the `webhooks` of `/openapi.json` come from the same data. Change the catalogue, not this file.",
  "Every event is a CloudEvent 1.0 in structured form, on the bus (`detail`, with the type as `detail-type`), at `GET /v1/events`, and as the body of a webhook. It comes at least once: `id` is the same in every repeat, so drop what you have seen. `sequence` grows by one per `subject`, without a gap: whoever has 3 and gets 5 has missed 4, and `GET /v1/events?after={id of 3}` gives it. `dataschema` is the `$id` of the schema of `data`. Fields may be added to `data`; none is taken away within `v1`. An event has at most 20 KB and never holds a secret.",
];

/** Text of docs/events.md. */
export const eventDocs = (): string => {
  const families = [...Map.groupBy(eventCatalogue, ({ data }) => data).values()];
  return `${[...introduction, index(), ...families.flatMap(familyPart)].join("\n\n")}\n`;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(join(resolve(import.meta.dirname, ".."), "docs/events.md"), eventDocs());
