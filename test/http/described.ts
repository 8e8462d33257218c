import * as z from "zod";
import { openApiDocument } from "../../lib/http/openapi.ts";
import { routes } from "../../lib/http/routes.ts";
import type { Answered } from "./answered.ts";
import { smallDialect } from "./small-dialect.ts";

const answerSchema = z.object({
  headers: z.record(z.string(), z.unknown()).default({}),
  content: z.record(z.string(), z.object({ schema: z.json() })),
});
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), answerSchema) })),
  ),
  components: z.object({ schemas: z.record(z.string(), z.json()) }),
});

/** The document as anybody gets it: JSON and nothing else. */
export const documentJson = z
  .record(z.string(), z.json())
  .parse(JSON.parse(JSON.stringify(openApiDocument(routes, [smallDialect]))));
const described = documentSchema.parse(documentJson);

const pathOf = (path: string): string | null => {
  const asked = path.split("/");
  const fitting = Object.keys(described.paths).filter((template) => {
    const parts = template.split("/");
    return (
      parts.length === asked.length &&
      parts.every((part, index) => part === asked[index] || (part.startsWith("{") && asked[index] !== ""))
    );
  });
  return fitting.toSorted((a, b) => a.split("{").length - b.split("{").length)[0] ?? null;
};

const schemas = new Map<string, z.ZodType>();
const schemaOf = (name: string, schema: z.core.util.JSONType): z.ZodType => {
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const text = JSON.stringify({ allOf: [schema], $defs: described.components.schemas });
  const made = z.fromJSONSchema(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
  schemas.set(name, made);
  return made;
};

/** Headers that need no words at each answer. */
const silent = new Set(["content-type", "cache-control", "x-request-id", "www-authenticate", "allow"]);

/** How an answer differs from what the document says of it; null when it does not, or when the path is in no document. */
export const differenceFromDocument = (method: string, path: string, answered: Answered): string | null => {
  const template = pathOf(path);
  const isKnown = method === method.toUpperCase();
  const operation = described.paths[template ?? ""]?.[method.toLowerCase()];
  if (!isKnown || operation === undefined) return null;
  const { status, headers } = answered;
  const answer = operation.responses[String(status)];
  if (answer === undefined) return `${method} ${template}: ${status} is not described`;
  const type = headers["content-type"]?.split(";")[0] ?? "";
  const schema = answer.content[type]?.schema;
  if (schema === undefined) return `${method} ${template}: ${status} is not described as ${type}`;
  const names = new Set(Object.keys(answer.headers).map((name) => name.toLowerCase()));
  const stray = Object.keys(headers).find((name) => !names.has(name) && !silent.has(name));
  const isProblem = type === "application/problem+json";
  if (stray !== undefined && !isProblem) return `${method} ${template}: header ${stray} is not described`;
  const parsed = schemaOf(`${method} ${template} ${status}`, schema).safeParse(answered.body);
  return parsed.success ? null : `${method} ${template} ${status}: ${z.prettifyError(parsed.error)}`;
};
