import { canaryOf } from "./canaries.ts";
import type { Spoiler } from "./draft.ts";
import { oddTexts } from "./spoil-value.ts";

const contentTypes = [
  "",
  "text/plain",
  "application/json; charset=utf-16",
  'application/json; charset="UTF-8"',
  "application/json;",
  "application/xml",
  "application/json, application/json",
  "APPLICATION/JSON",
  "application/problem+json",
  "application/+json",
  "multipart/form-data; boundary=x",
  "application/x-www-form-urlencoded",
  "json",
  "application/json; charset=utf-8; charset=latin1",
  "application/json\0",
  `application/${"x".repeat(500)}+json`,
];
const encodings = [
  "gzip",
  "br",
  "deflate",
  "identity, gzip",
  ",,,",
  "IDENTITY",
  "x".repeat(3000),
  "identity;q=0",
];

const headerValues: ReadonlyMap<string, readonly string[]> = new Map([
  ["content-type", contentTypes],
  ["content-encoding", encodings],
  [
    "prefer",
    [
      "wait=-1",
      "wait=1e9",
      "wait",
      "wait=99999999999999999999",
      "wait=0x5",
      "wait=1,wait=2",
      "wait=\u0660",
      'wait="5"',
      ";;;",
      "wait=0.0001",
    ],
  ],
  [
    "idempotency-key",
    [
      '"',
      '""',
      "a,b",
      '"a", "b"',
      "a".repeat(255),
      "a".repeat(256),
      "\t",
      "ключ",
      '"a\\"b"',
      "a b",
      '"a',
      ",",
      "a\u007f",
    ],
  ],
  ["webhook-timestamp", ["0", "-1", "99999999999999", "1762070400", "NaN"]],
]);

/** A header with a value that is odd for it, or for any. */
export const header: Spoiler = (draft, chance) => {
  const name = chance.pick([
    "content-type",
    "content-encoding",
    "idempotency-key",
    "prefer",
    "accept",
    "range",
    "if-match",
    "if-none-match",
    "expect",
    "host",
    "cookie",
    "x-http-method-override",
    "x-forwarded-for",
    "x-request-id",
    "transfer-encoding",
    "content-length",
    "__proto__",
    "constructor",
    "",
    "X-UPPER",
    "accept-encoding",
    "origin",
    "authorization2",
    "webhook-signature",
    "webhook-id",
    "webhook-timestamp",
    "x-hub-signature-256",
    "x-gitlab-token",
    "stripe-signature",
  ]);
  const value = chance.happens(0.7) ? chance.pick(headerValues.get(name) ?? oddTexts) : chance.pick(oddTexts);
  draft.headers.set(name, value);
  return `header ${name}`;
};

/** A header that came twice, as the gateway joins them. */
export const twice: Spoiler = (draft, chance) => {
  if (draft.headers.size === 0) return "nothing";
  const [name, value] = chance.pick([...draft.headers]);
  draft.headers.set(name, `${value},${chance.happens(0.5) ? value : chance.pick(oddTexts)}`);
  return `header ${name} twice`;
};

export const missing: Spoiler = (draft, chance) => {
  if (draft.headers.size === 0) return "nothing";
  const [name] = chance.pick([...draft.headers]);
  draft.headers.delete(name);
  return `no header ${name}`;
};

/** Another key than the one that may do everything. */
export const key: Spoiler = (draft, chance, canaries) => {
  const right = canaryOf(canaries, "api key");
  draft.headers.set(
    "authorization",
    chance.pick([
      "",
      "Bearer",
      "Bearer ",
      "Basic dXNlcjpwYXNz",
      `bearer ${right}`,
      `Bearer  ${right} `,
      `Bearer ${right}x`,
      `Bearer ${right.slice(0, -1)}`,
      `Bearer ${right},Bearer ${right}`,
      right,
      `Bearer ${right} x`,
      `Bearer ${canaryOf(canaries, "token")}`,
      "Bearer eyJhbGciOiJub25lIn0.e30.",
      "Bearer a.b.c",
      `Bearer ${"x".repeat(2000)}`,
      "Bearer \0",
      "Bearer swy_",
      `Bearer ${right.toUpperCase()}`,
      "Digest a=b",
      `Bearer ${canaryOf(canaries, "hook secret")}`,
    ]),
  );
  return "another key";
};
