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
import { webhooks } from "./openapi-webhooks.ts";
import { problemDocumentSchema } from "./problem-document.ts";
import type { AnswerWords, Route } from "./route.ts";

const security = [{ api_key: [] }];
const everyHeader = { "X-Request-Id": "Names this request, in our log too." };

/** Of every answer to a key that has a limit. */
const rateWords = {
  RateLimit: '`"default";r=587;t=12`: requests that are left, and seconds until there are all of them again.',
  "RateLimit-Policy": '`"default";q=600;w=60`: so many requests in so many seconds.',
};

const headersOf = (words: Readonly<Record<string, string>>, needsKey: boolean) =>
  Object.fromEntries(
    Object.entries({ ...everyHeader, ...(needsKey ? rateWords : {}), ...words }).map(
      ([name, description]) => [name, { description, schema: { type: "string" as const } }],
    ),
  );

const successOf = (
  { description, schema, types = ["application/json"], headers }: AnswerWords,
  needsKey: boolean,
) => ({
  description,
  headers: headersOf(headers ?? {}, needsKey),
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
});

const problemOf = (description: string, needsKey: boolean) => ({
  description,
  headers: headersOf({}, needsKey),
  content: { "application/problem+json": { schema: problemDocumentSchema } },
});

const forbiddenWords = (scope: string, isForLimited: boolean): string =>
  `\`FORBIDDEN\`: the key lacks the scope \`${scope}\`${isForLimited ? "" : ", or is limited to some connections"}.`;

/** What follows from the parts of a route: whatever is read can be refused. */
const refusalsOf = (route: Route): Record<string, string> => {
  const hasBody = route.body.document !== null;
  return {
    400: "It can't be read.",
    ...(route.scope === null
      ? {}
      : {
          401: "The API key is missing or wrong.",
          403: forbiddenWords(route.scope, route.forLimitedKeys === true),
          429: "`TOO_MANY_REQUESTS`: the key has asked too often; `Retry-After` says for how long.",
        }),
    ...(route.path.includes("{") ? { 404: "There is no such thing." } : {}),
    ...(hasBody
      ? { 413: "The body is larger than 64 KiB.", 415: "The body is not of a JSON type, or encoded." }
      : {}),
    422: "It has faults; `errors` lists them.",
    ...route.refusals,
  };
};

const responsesOf = (route: Route): ZodOpenApiResponsesObject => {
  const needsKey = route.scope !== null;
  const answers = Object.entries(route.answers).map(([status, words]) => [
    status,
    successOf(words, needsKey),
  ]);
  const refusals = Object.entries(refusalsOf(route)).map(([status, when]) => [
    status,
    problemOf(when, needsKey),
  ]);
  return Object.fromEntries([...answers, ...refusals, ["default", problemOf("Anything else.", needsKey)]]);
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

const textsOf = (texts: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(texts).map(([type, description]) => [
      type,
      { schema: { type: "string" as const, description } },
    ]),
  );

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
    security: route.scope === null ? [] : security,
    ...(route.scope === null ? {} : { "x-scope": route.scope }),
    requestParams: { path: route.params, query: route.query },
    parameters: [...headers, ...otherParametersOf(route)],
    ...(document === null
      ? {}
      : {
          requestBody: {
            required: document.required,
            content: { "application/json": { schema: document.schema }, ...textsOf(document.texts) },
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
      webhooks: webhooks(),
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
