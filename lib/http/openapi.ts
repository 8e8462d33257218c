import type * as z from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { dialectNameSchema } from "../connection.ts";
import { jsonObjectSchema, type Json } from "../operation/json.ts";
import { kindSchema } from "../operation/kind.ts";
import type { Dialect } from "../ports/provider.ts";
import { dropFormatPattern, simplified } from "./json-schema.ts";
import { problemDocumentSchema } from "./problem-document.ts";
import type { AnswerWords, Route } from "./route.ts";

const security = [{ api_key: [] }];
const everyHeader = { "X-Request-Id": "Names this request, in our log too." };

const headersOf = (words: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries({ ...everyHeader, ...words }).map(([name, description]) => [
      name,
      { description, schema: { type: "string" as const } },
    ]),
  );

const successOf = ({ description, schema, headers }: AnswerWords) => ({
  description,
  headers: headersOf(headers ?? {}),
  content: { "application/json": { schema } },
});

const problemOf = (description: string) => ({
  description,
  headers: headersOf({}),
  content: { "application/problem+json": { schema: problemDocumentSchema } },
});

const isGuarded = ({ path }: Route): boolean => path.startsWith("/v1/");

/** What follows from the parts of a route: whatever is read can be refused. */
const refusalsOf = (route: Route): Record<string, string> => {
  const hasBody = route.body.document !== null;
  return {
    400: "It can't be read.",
    ...(isGuarded(route) ? { 401: "The API key is missing or wrong." } : {}),
    ...(route.path.includes("{") ? { 404: "There is no such thing." } : {}),
    ...(hasBody
      ? { 413: "The body is larger than 64 KiB.", 415: "The body is not of a JSON type, or encoded." }
      : {}),
    422: "It has faults; `errors` lists them.",
    ...route.refusals,
  };
};

const responsesOf = (route: Route): ZodOpenApiResponsesObject => {
  const answers = Object.entries(route.answers).map(([status, words]) => [status, successOf(words)]);
  const refusals = Object.entries(refusalsOf(route)).map(([status, when]) => [status, problemOf(when)]);
  return Object.fromEntries([...answers, ...refusals, ["default", problemOf("Anything else.")]]);
};

const otherParametersOf = ({ otherParameters: description }: Route) =>
  description === undefined
    ? []
    : [
        {
          in: "query" as const,
          name: "filters",
          description,
          style: "form" as const,
          explode: true,
          schema: { type: "object" as const, additionalProperties: { type: "string" as const } },
        },
      ];

const operationOf = (route: Route): ZodOpenApiOperationObject => {
  const { document } = route.body;
  const headers = (route.headerWords ?? []).map(({ name, required, description }) => ({
    in: "header" as const,
    name,
    required,
    description,
    schema: { type: "string" as const },
  }));
  return {
    operationId: route.operationId,
    summary: route.summary,
    security: isGuarded(route) ? security : [],
    requestParams: { path: route.params, query: route.query },
    parameters: [...headers, ...otherParametersOf(route)],
    ...(document === null
      ? {}
      : {
          requestBody: {
            required: document.required,
            content: { "application/json": { schema: document.schema } },
          },
        }),
    responses: responsesOf(route),
  };
};

const pathsOf = (routes: readonly Route[]): ZodOpenApiPathsObject => {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return paths;
};

const camel = (text: string): string =>
  text
    .split(/[^a-z0-9]+/i)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** `input` of each kind, as each dialect takes it: `ScalewayInstanceServerCreateInput`. */
const inputSchemas = (dialects: readonly Dialect[]): Record<string, z.ZodType> =>
  Object.fromEntries(
    dialects.flatMap(({ name, kinds }) =>
      [...kinds].map(([kind, { input }]) => [
        `${camel(name)}${camel(kind)}Input`,
        input.meta({ unusedIO: "input", description: `input of ${kind} for ${name}` }),
      ]),
    ),
  );

/** The OpenAPI 3.1 document of the routes, from the very schemas that validate. */
export const openApiDocument = (routes: readonly Route[], dialects: readonly Dialect[]): Json => {
  const document = createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Switchyard",
        version: "1",
        license: { name: "MIT", identifier: "MIT" },
        description:
          "Servers are asked for, followed to their end, and told about. Errors are problem details (RFC 9457). Requests may be repeated with the same Idempotency-Key.",
      },
      servers: [{ url: "/" }],
      security,
      paths: pathsOf(routes),
      components: {
        securitySchemes: { api_key: { type: "http", scheme: "bearer" } },
        schemas: {
          Dialect: dialectNameSchema.meta({ description: "The wire languages of the providers." }),
          Kind: kindSchema.meta({ description: "Every kind of change; a connection shows which it offers." }),
          ...inputSchemas(dialects),
        },
      },
    },
    { override: dropFormatPattern },
  );
  return simplified(jsonObjectSchema.parse(JSON.parse(JSON.stringify(document))));
};
