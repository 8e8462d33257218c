import type { Chance } from "../simulation/chance.ts";
import type { Canary } from "./canaries.ts";
import type { Draft, Spoiler } from "./draft.ts";
import { header, key, missing, twice } from "./spoil-headers.ts";
import { oddNames, oddTexts, spoiltText, spoiltValue } from "./spoil-value.ts";

const badEncodings = [
  "%",
  "%zz",
  "%ff",
  "%c3",
  "%00",
  "%c0%80",
  "%ed%a0%80",
  "%f4%90%80%80",
  "%2e%2e",
  "%2F",
  "%25%32%65",
  "%u0041",
];

const body: Spoiler = (draft, chance) => {
  const [value, what] = spoiltValue(draft.value ?? {}, chance);
  draft.value = value;
  if (!draft.headers.has("content-type")) draft.headers.set("content-type", "application/json");
  return `body: ${what}`;
};

const text: Spoiler = (draft, chance) => {
  const [spoilt, what] = spoiltText(JSON.stringify(draft.value ?? { a: 1 }), chance);
  draft.text = spoilt;
  draft.isBase64Encoded = false;
  return `text: ${what}`;
};

const bytes: Spoiler = (draft, chance) => {
  const plain = Buffer.from(JSON.stringify(draft.value ?? { a: "b" }));
  const broken = chance.pick<readonly number[]>([
    [0xff],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xc3],
  ]);
  const at = chance.between(0, plain.length);
  const spoilt = Buffer.concat([plain.subarray(0, at), Buffer.from(broken), plain.subarray(at)]);
  const whole = chance.happens(0.2) ? Buffer.from(plain.toString("utf8"), "utf16le") : spoilt;
  const base64 = whole.toString("base64");
  draft.text = chance.pick([
    base64,
    base64.slice(0, -1),
    `${base64}!`,
    `=${base64}`,
    "",
    "====",
    "not base64 at all",
    plain.toString(),
  ]);
  draft.isBase64Encoded = true;
  return "bytes that are no UTF-8, or no base64";
};

const path: Spoiler = (draft, chance) => {
  const parts = draft.path.split("/");
  const at = chance.between(1, parts.length);
  const odd = chance.pick([
    ...badEncodings,
    ...oddTexts.map((one) => encodeURIComponent(one.toWellFormed())),
    "\ud800",
    "é",
    "\0",
    "x".repeat(chance.happens(0.05) ? 20_000 : 300),
  ]);
  switch (chance.between(0, 6)) {
    case 0:
      parts.splice(at, 1);
      break;
    case 1:
      parts.splice(at, 0, odd);
      break;
    case 2:
      parts.push(chance.pick(["", "x", "..", "cancel"]));
      break;
    case 3:
      draft.path = chance.pick([
        "",
        "/",
        "//",
        "v1/operations",
        "/V1/operations",
        "/v1",
        "/v1/",
        "/%76%31/operations",
        "/v1//operations",
        "*",
        "https://a/v1/events",
        "/v1/operations;a=b",
      ]);
      return "another path";
    case 4:
      parts[at] = `${parts[at] ?? ""}${odd}`;
      break;
    default:
      parts[at] = odd;
  }
  draft.path = parts.join("/");
  return "path";
};

const query: Spoiler = (draft, chance) => {
  const names = [
    ...draft.operation.query.map(({ name }) => name),
    "limit",
    "cursor",
    "after",
    "__proto__",
    "token",
    ...oddNames.map((name) => encodeURIComponent(name.toWellFormed())),
  ];
  const odd = chance.pick([
    ...badEncodings,
    ...oddTexts.map((one) => encodeURIComponent(one.toWellFormed())),
    "0",
    "101",
    "1.0",
    "٣",
    "e30",
    "eyJwIjoxZTk5fQ",
    "x".repeat(3000),
  ]);
  const name = chance.pick(names);
  const pair = chance.pick([
    `${name}=${odd}`,
    name,
    `=${odd}`,
    `${name}[]=1`,
    `${name}=1&${name}=2`,
    "&&&",
    `${name}==${odd}`,
    `${odd}=${name}`,
    `${name}=${odd};a=b`,
  ]);
  const whole =
    draft.query === ""
      ? pair
      : chance.pick([`${draft.query}&${pair}`, `${pair}&${draft.query}`, `${draft.query}&${draft.query}`]);
  draft.query = chance.happens(0.005) ? Array.from({ length: 3000 }, (_, n) => `f${n}=1`).join("&") : whole;
  return "query";
};

/** Cursors: of no list, of others, cut, and made up from what one may know of their form. */
const cursor: Spoiler = (draft, chance) => {
  const made = [
    {},
    [],
    null,
    1,
    { p: -1 },
    { p: 1e300, l: "x" },
    { c: "9999", i: "x", l: 1 },
    { n: "\ud800" },
    { c: "2026-11-02T08:00:00.000Z", i: "", l: "" },
  ];
  const made64 = Buffer.from(JSON.stringify(chance.pick<unknown>(made))).toString("base64url");
  const cut = new URLSearchParams(draft.query).get("cursor")?.slice(0, -2) ?? "abc";
  const value = encodeURIComponent(chance.pick([made64, cut, `${made64}=`, "x".repeat(2001), "", "%00"]));
  draft.query = `cursor=${value}`;
  return "cursor";
};

const method: Spoiler = (draft, chance) => {
  draft.method = chance.pick([
    "HEAD",
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "POST",
    "GET",
    "TRACE",
    "CONNECT",
    "get",
    "",
    "GET\r\nX: 1",
    "PROPFIND",
    "\0",
    "M".repeat(500),
  ]);
  return "method";
};

const spoilers: readonly (readonly [number, Spoiler])[] = [
  [6, body],
  [4, text],
  [2, bytes],
  [4, header],
  [2, twice],
  [2, missing],
  [2, key],
  [4, path],
  [4, query],
  [1, cursor],
  [2, method],
];
const drawn = spoilers.flatMap(([weight, spoiler]) => Array.from({ length: weight }, () => spoiler));

/** Spoils a request in one to three ways. */
export const spoil = (draft: Draft, chance: Chance, canaries: readonly Canary[]): void => {
  const hasBody = draft.operation.body !== null;
  for (let times = chance.pick([1, 1, 1, 2, 2, 3]); times > 0; times -= 1) {
    let spoiler = chance.pick(drawn);
    // What a route ignores is rarely worth spoiling.
    if (!hasBody && (spoiler === body || spoiler === text || spoiler === bytes) && chance.happens(0.8))
      spoiler = query;
    draft.spoilt.push(spoiler(draft, chance, canaries));
  }
};
