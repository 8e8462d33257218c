import type { Chance } from "../simulation/chance.ts";
import { oddTexts } from "./spoil-value.ts";

/** Parts of an event as other gateways, older formats and hand-written tests have them. */
export const spoilEvent = (event: Record<string, unknown>, chance: Chance): string => {
  const ways: readonly (readonly [string, () => void])[] = [
    ["no headers", () => delete event["headers"]],
    ["no query", () => delete event["rawQueryString"]],
    ["no flag of base64", () => delete event["isBase64Encoded"]],
    ["no request id", () => void (event["requestContext"] = { http: { method: "GET" } })],
    [
      "an odd request id",
      () => void (event["requestContext"] = { requestId: chance.pick(oddTexts), http: { method: "GET" } }),
    ],
    ["a body of null", () => void (event["body"] = null)],
    ["cookies", () => void (event["cookies"] = ["a=b", "\ud800"])],
    [
      "fields of other events",
      () => Object.assign(event, { httpMethod: "GET", path: "/x", multiValueHeaders: {}, Records: [] }),
    ],
    [
      "path and stage",
      () =>
        Object.assign(event, {
          pathParameters: { id: "x" },
          stageVariables: null,
          queryStringParameters: { a: "b" },
        }),
    ],
  ];
  const [what, change] = chance.pick(ways);
  change();
  return `event: ${what}`;
};

/** What is no event of the gateway at all: a hand that invokes the function, or a deployment that is wired wrongly. */
export const noEvents: readonly unknown[] = [
  null,
  0,
  "",
  "x",
  [],
  {},
  true,
  { Records: [] },
  { rawPath: 1 },
  { rawPath: "/healthz" },
  { rawPath: "/healthz", requestContext: {} },
  { rawPath: "/healthz", requestContext: { http: {} } },
  { rawPath: "/healthz", requestContext: { http: { method: 1 } } },
  { httpMethod: "GET", path: "/healthz", headers: {}, requestContext: { requestId: "a" } },
  { rawPath: "/healthz", headers: { a: 1 }, requestContext: { http: { method: "GET" } } },
  { rawPath: "/healthz", headers: null, requestContext: { http: { method: "GET" } } },
  { rawPath: "/healthz", body: {}, requestContext: { http: { method: "GET" } } },
  { rawPath: "/healthz", rawQueryString: null, requestContext: { http: { method: "GET" } } },
  { rawPath: "/healthz", isBase64Encoded: "false", requestContext: { http: { method: "GET" } } },
  { rawPath: "/healthz", requestContext: { requestId: 5, http: { method: "GET" } } },
];
