import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import * as z from "zod";
import { jsonObjectSchema, type JsonObject } from "../../lib/operation/json.ts";

/** A parameter of a query or a header. */
export interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonObject;
}

/** One way of asking, as the document describes it. */
export interface ApiOperation {
  readonly id: string;
  readonly method: string;
  /** `/v1/operations/{id}` */
  readonly template: string;
  /** The template's segments; `{id}` is one of them. */
  readonly segments: readonly string[];
  readonly query: readonly Parameter[];
  readonly headers: readonly Parameter[];
  readonly paths: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: JsonObject } | null;
  /** Status → media type → what the schema says of a body; null: it is as described. */
  readonly answers: ReadonlyMap<number, ReadonlyMap<string, (body: unknown) => string | null>>;
  /** Names of the headers of each status, in lower case. */
  readonly headerNames: ReadonlyMap<number, ReadonlySet<string>>;
}

/** The API as its document describes it. */
export interface ApiDocument {
  readonly operations: readonly ApiOperation[];
  readonly schemas: Readonly<Record<string, JsonObject>>;
  /** What the schema of problems says of a body; null: it is one. */
  readonly problem: (body: unknown) => string | null;
}

const parameterSchema = z.looseObject({
  in: z.enum(["query", "header", "path", "cookie"]),
  name: z.string(),
  required: z.boolean().default(false),
  explode: z.boolean().optional(),
  schema: jsonObjectSchema,
});
const operationSchema = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z
    .object({
      required: z.boolean().default(false),
      content: z.record(z.string(), z.object({ schema: jsonObjectSchema })),
    })
    .optional(),
  responses: z.record(
    z.string(),
    z.object({
      headers: z.record(z.string(), z.unknown()).default({}),
      content: z.record(z.string(), z.object({ schema: jsonObjectSchema })).default({}),
    }),
  ),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), jsonObjectSchema) }),
});

const escaped = (part: string): string =>
  encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));

/** Checks by a schema of the document, compiled when it is first needed. */
const checker = (ajv: Ajv2020, place: readonly string[]) => {
  let validate: ValidateFunction | null = null;
  return (body: unknown): string | null => {
    validate ??= ajv.compile({ $ref: `api#/${place.map(escaped).join("/")}` });
    return validate(body) ? null : ajv.errorsText(validate.errors);
  };
};

const parametersOf = (
  { parameters }: z.infer<typeof operationSchema>,
  place: "query" | "header" | "path",
): readonly Parameter[] =>
  // What is exploded stands for parameters of any name.
  parameters
    .filter(({ in: where, explode }) => where === place && explode !== true)
    .map(({ name, required, schema }) => ({ name, required, schema }));

const operationOf = (
  template: string,
  method: string,
  described: z.infer<typeof operationSchema>,
  ajv: Ajv2020,
): ApiOperation => {
  const answers = Object.entries(described.responses).filter(([status]) => /^\d+$/.test(status));
  const body = described.requestBody;
  const schema = body?.content["application/json"]?.schema;
  const place = ["paths", template, method, "responses"];
  return {
    id: described.operationId,
    method: method.toUpperCase(),
    template,
    segments: template.slice(1).split("/"),
    query: parametersOf(described, "query"),
    headers: parametersOf(described, "header"),
    paths: parametersOf(described, "path"),
    body: body === undefined || schema === undefined ? null : { required: body.required, schema },
    answers: new Map(
      answers.map(([status, { content }]) => [
        Number(status),
        new Map(
          Object.keys(content).map((type) => [
            type,
            checker(ajv, [...place, status, "content", type, "schema"]),
          ]),
        ),
      ]),
    ),
    headerNames: new Map(
      answers.map(([status, { headers }]) => [
        Number(status),
        new Set(Object.keys(headers).map((name) => name.toLowerCase())),
      ]),
    ),
  };
};

const methods = new Set(["get", "post", "put", "patch", "delete"]);

/** Reads the document as anybody gets it. @throws when it has none of the parts that are read here */
export const readDocument = (json: unknown): ApiDocument => {
  const document = documentSchema.parse(json);
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(jsonObjectSchema.parse(json), "api");
  const operations = Object.entries(document.paths).flatMap(([template, described]) =>
    Object.entries(described)
      .filter(([method]) => methods.has(method))
      .map(([method, operation]) => operationOf(template, method, operation, ajv)),
  );
  return {
    operations,
    schemas: document.components.schemas,
    problem: checker(ajv, ["components", "schemas", "Problem"]),
  };
};

/** The described path that a request's path means: literal segments go before parameters. */
export const templateOf = (document: ApiDocument, segments: readonly string[]): string | null => {
  let best: { readonly template: string; readonly parameters: number } | null = null;
  for (const { template, segments: parts } of document.operations) {
    if (parts.length !== segments.length) continue;
    const fits = parts.every((part, index) =>
      part.startsWith("{") ? segments[index] !== "" : part === segments[index],
    );
    const parameters = parts.filter((part) => part.startsWith("{")).length;
    if (fits && (best === null || parameters < best.parameters)) best = { template, parameters };
  }
  return best?.template ?? null;
};
