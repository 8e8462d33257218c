import { isObject, type Json, type JsonObject } from "../../lib/operation/json.ts";
import type { Chance } from "../simulation/chance.ts";

const long = (length: number): string =>
  "Lorem-1_ ipsum/dolor~ ".repeat(Math.ceil(length / 22)).slice(0, length);

/** Mostly one of the usual ones; seldom one that costs as much as hundreds of others. */
const sized = <Item>(usual: readonly Item[], huge: readonly Item[], chance: Chance): Item =>
  chance.pick(chance.happens(0.03) ? huge : usual);

/** Texts that something stumbles over. */
export const oddTexts: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\n",
  "a\r\nX-Injected: 1",
  "\u001b[31m",
  "\ud800",
  "a\udc00b",
  "\ufeff",
  "\u202e",
  "e\u0301".repeat(30),
  "🏳️‍🌈",
  "${jndi:ldap://x}",
  "{{7*7}}",
  "' OR 1=1 --",
  "<script>alert(1)</script>",
  "../../etc/passwd",
  "=cmd|' /C calc'!A0",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "undefined",
  "NaN",
  "true",
  "0",
  "-1",
  "1e309",
  "9999-99-99T99:99:99Z",
  "+275760-09-13T00:00:00.001Z",
  "0000-00-00T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "-271821-04-19T23:59:59.999Z",
  "1970-01-01T00:00:00",
  "2026-11-02T08:00:00+99:99",
  "https://user:pass@127.0.0.1/",
  "http://[::1]:80/",
  "https://169.254.169.254/latest",
  "file:///etc/passwd",
  "https://example.com:99999/",
  "*",
  "(a+)+$",
  "[",
  "a".repeat(65),
  "a".repeat(256),
  long(300),
];

const oddNumbers: readonly number[] = [
  0,
  -0,
  -1,
  1.5,
  0.1,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 + 2,
  1e21,
  1e308,
  -1e308,
  5e-324,
  101,
  999_999_999_999,
];

const nested = (depth: number, isList: boolean): Json => {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = isList ? [value] : { a: value };
  return value;
};

/** Any value of any type, most of them unwelcome. */
export const oddValue = (chance: Chance): Json => {
  switch (chance.between(0, 9)) {
    case 0:
      return null;
    case 1:
      return chance.happens(0.5);
    case 2:
      return chance.pick(oddNumbers);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return [chance.pick(oddTexts), chance.pick(oddNumbers), null, {}];
    case 6:
      return { [chance.pick(oddNames)]: chance.pick(oddTexts) };
    case 7:
      return nested(sized([19, 20, 21, 22, 64], [500, 1000], chance), chance.happens(0.5));
    default:
      return sized(oddTexts, [long(5000), long(70_000)], chance);
  }
};

/** Names of fields that should not be there. */
export const oddNames: readonly string[] = [
  "colour",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
  "toJSON",
  "",
  " ",
  "a/b~c",
  "0",
  "-1",
  "\u0000",
  "\ud800",
  "Größe",
  "ID",
  "Connection",
  "$ref",
  "a".repeat(64),
  "b".repeat(65),
  "c".repeat(300),
];

/** A part of a value: it can be looked at, replaced and taken out. */
interface Place {
  readonly name: string;
  readonly standing: () => Json;
  readonly put: (value: Json) => void;
  readonly take: () => void;
}

const inList = (list: Json[], index: number): Place => ({
  name: String(index),
  standing: () => list[index] ?? null,
  put: (value) => {
    list[index] = value;
  },
  take: () => {
    list.splice(index, 1);
  },
});
const inObject = (holder: JsonObject, name: string): Place => ({
  name,
  standing: () => holder[name] ?? null,
  put: (value) => {
    holder[name] = value;
  },
  take: () => {
    Reflect.deleteProperty(holder, name);
  },
});

const placesOf = (value: Json): Place[] => {
  const places: Place[] = [];
  const walk = (part: Json): void => {
    if (places.length > 200) return;
    const own = Array.isArray(part)
      ? part.map((_, index) => inList(part, index))
      : isObject(part)
        ? Object.keys(part).map((name) => inObject(part, name))
        : [];
    for (const place of own) {
      places.push(place);
      walk(place.standing());
    }
  };
  walk(value);
  return places;
};

/** A copy of a value with one thing wrong in it, and what that is. */
export const spoiltValue = (value: Json, chance: Chance): readonly [Json, string] => {
  const copy = structuredClone(value);
  const places = placesOf(copy);
  if (places.length === 0 || chance.happens(0.05)) return [oddValue(chance), "another value altogether"];
  const place = chance.pick(places);
  const here = `at ${place.name.slice(0, 20)}`;
  switch (chance.between(0, 6)) {
    case 0:
      place.take();
      return [copy, `nothing ${here}`];
    case 1: {
      const objects = [copy, ...places.map((one) => one.standing())].filter(isObject);
      if (objects.length === 0) return [copy, "nothing"];
      const name = chance.pick(oddNames);
      chance.pick(objects)[name] = oddValue(chance);
      return [copy, `one field more, ${name.slice(0, 20)}`];
    }
    case 2: {
      place.put(structuredClone(chance.pick(places).standing()));
      return [copy, `another part ${here}`];
    }
    case 3: {
      const part = structuredClone(place.standing());
      const list = Array.from({ length: sized([2, 2, 3, 101], [1001, 5000], chance) }, () => part);
      if (JSON.stringify(list).length > 200_000) return [[], "an empty list"];
      place.put(list);
      return [copy, `a list ${here}`];
    }
    default:
      place.put(oddValue(chance));
      return [copy, `an odd value ${here}`];
  }
};

const anyEscape = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Things that only the text of JSON can have, and what they are. */
const textSpoilers: readonly (readonly [string, (text: string, chance: Chance) => string])[] = [
  ["cut off", (text, chance) => text.slice(0, chance.between(0, text.length))],
  ["garbage behind", (text, chance) => `${text}${chance.pick([" x", "}", ",", "\0", text, "//"])}`],
  ["a byte order mark", (text) => `\ufeff${text}`],
  ["single quotes", (text) => text.replaceAll('"', "'")],
  [
    "no number",
    (text, chance) =>
      text.replace(/:/, `:${chance.pick(["NaN", "-Infinity", "0x10", "01", "1e999", "+1", ".5"])},"z":`),
  ],
  ["a huge number", (text) => text.replace(/:/, `:${"9".repeat(400)},"z":`)],
  [
    "__proto__",
    (text, chance) =>
      text.replace("{", `{"__proto__":${chance.pick(['{"admin":true}', "null", "[]", '"x"'])},`),
  ],
  ["__proto__ escaped", (text) => text.replace("{", String.raw`{"\u005f_proto__":{"admin":true},`)],
  ["a prototype", (text) => text.replace("{", '{"constructor":{"prototype":{"admin":true}},')],
  [
    "a name twice",
    (text) => text.replace(/\{"([^"\\]+)":/, (all, name: string) => `{"${name}":1,${all.slice(1)}`),
  ],
  [
    "a name twice, once escaped",
    (text) =>
      text.replace(
        /\{"([^"\\])([^"\\]*)":/,
        (all, first: string, rest: string) => `{"${anyEscape(first)}${rest}":1,${all.slice(1)}`,
      ),
  ],
  ["half a pair", (text) => text.replace(/":"/, String.raw`":"\ud83d`)],
  ["NUL", (text) => text.replace(/":"/, String.raw`":"\u0000`)],
  ["a raw control character", (text) => text.replace(/":"/, '":"\u0001')],
  [
    "depths of lists",
    (text, chance) => text.replace(/\}$/, `,"z":${"[".repeat(sized([25, 200], [1000, 30_000], chance))}`),
  ],
  [
    "closed depths",
    (text, chance) => {
      const depth = sized([19, 25, 200], [1000, 15_000], chance);
      return text.replace(/\}$/, `,"z":${"[".repeat(depth)}${"]".repeat(depth)}}`);
    },
  ],
  [
    "depths of objects",
    (_, chance) => {
      const depth = sized([19, 25, 200], [1000, 8000], chance);
      return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    },
  ],
  ["comments", (text) => `/* a */${text}`],
  ["a comma too many", (text) => text.replace(/\}$/, ",}")],
  [
    "too large",
    (text, chance) => `${text}${" ".repeat(65_537 - Math.min(text.length, chance.between(0, 2000)))}`,
  ],
  [
    "many fields",
    (text, chance) =>
      text.replace(
        "{",
        `{${Array.from({ length: sized([60], [3000], chance) }, (_, n) => `"f${n}":1,`).join("")}`,
      ),
  ],
  ["only blanks", () => " \n\t"],
  ["empty", () => ""],
  ["a text", () => '"a"'],
  ["null", () => "null"],
  ["a list", (text) => `[${text}]`],
  ["form fields", () => "a=1&b=2"],
  ["XML", () => '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
];

/** A JSON text with something in it that no value has, and what that is. */
export const spoiltText = (text: string, chance: Chance): readonly [string, string] => {
  const [name, spoil] = chance.pick(textSpoilers);
  return [spoil(text, chance), name];
};
