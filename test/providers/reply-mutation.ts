import { isObject, type Json, type JsonObject } from "../../lib/operation/json.ts";
import type { HttpAnswer } from "../../lib/ports/http-client.ts";
import type { Randomness } from "../../lib/ports/randomness.ts";

/** A reply after something was done to it. */
export interface Mutated {
  readonly reply: HttpAnswer;
  /** What was done, for people. */
  readonly how: string;
  /** Whether it tells of another state that the provider could mean: then any phase may be read from it. */
  readonly tellsOtherState: boolean;
  /** Whether it is a whole other reply, as the provider has really given it to some other question. */
  readonly isOther: boolean;
}

/** What mutations draw from: chance, and everything else that the provider has been heard to say. */
export interface MutationSource {
  readonly randomness: Randomness;
  readonly replies: readonly HttpAnswer[];
  /** Values that the provider was seen to give to the fields that tell how a thing stands. */
  readonly states: ReadonlySet<string>;
}

/** The fields in which the providers say how a thing stands. */
const stateFields: ReadonlySet<string> = new Set(["state", "status", "running", "installing"]);

/** A state as text; whether a flag is written as a number, a text or a boolean makes no difference. */
const stateText = (value: Json): string => {
  const plain = typeof value === "boolean" ? Number(value) : value;
  return JSON.stringify(typeof plain === "number" ? String(plain) : plain);
};

/** Every value of a state field in these replies, as JSON, with its field. */
export const statesIn = (replies: readonly HttpAnswer[]): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value))
      for (const [key, part] of Object.entries(value)) {
        if (stateFields.has(key)) found.add(`${key}=${stateText(part)}`);
        visit(part);
      }
  };
  for (const { body } of replies) {
    const json = jsonOf(body);
    if (json !== undefined) visit(json);
  }
  return found;
};

/** A body as JSON; undefined when it is none. */
export const jsonOf = (body: string): Json | undefined => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const html =
  "<!DOCTYPE html><html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>";
const bodies: readonly string[] = [
  "",
  " ",
  "null",
  "[]",
  "{}",
  "0",
  '""',
  "true",
  "\ufeff{}",
  "{",
  html,
  "Not Found",
  "\0\0",
];
const statuses: readonly number[] = [
  200, 201, 202, 203, 204, 206, 300, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410,
  411, 412, 413, 415, 418, 422, 423, 424, 425, 429, 431, 451, 500, 501, 502, 503, 504, 507, 520, 599,
];
const oddHeaders: readonly (readonly [string, readonly string[]])[] = [
  [
    "link",
    [
      "",
      ";;;",
      '<>; rel="next"',
      '<http://127.0.0.1:9/x?page=2>; rel="next"',
      '</servers?page=0>; rel="last"',
    ],
  ],
  ["x-total-count", ["", "-1", "0", "1", "00012", "1e9", "99999999999999999999", "NaN", "ten"]],
  ["x-ratelimit-remaining", ["0", "-1", "", "many"]],
  ["x-ratelimit-reset", ["0", "-5", "soon", "99999999999999", "1e400", "1793606400"]],
  ["retry-after", ["0", "-7", "soon", "1e400", "999999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT"]],
  ["content-type", ["text/html", "", "application/problem+json", "application/json; charset=utf-16"]],
  ["location", ["http://127.0.0.1:9/elsewhere", "", "::"]],
  ["x-request-id", ["", "x".repeat(9000)]],
  ["warning", ['299 - "Deprecated"', "299"]],
];

/** Where a value stands in its parent. */
interface Spot {
  readonly parent: JsonObject | Json[];
  readonly key: string;
  readonly value: Json;
}

const spotsOf = (root: Json): Spot[] => {
  const spots: Spot[] = [];
  const visit = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    const parent: JsonObject | Json[] = value;
    for (const [key, part] of Object.entries(parent)) {
      spots.push({ parent, key, value: part });
      visit(part);
    }
  };
  visit(root);
  return spots;
};

const put = ({ parent, key }: Spot, value: Json): void => {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else parent[key] = value;
};
const drop = ({ parent, key }: Spot): void => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
};

/** Written out only in the text: no library that recurses can write it. */
const deep = (depth: number): string => `@deep:${depth}@`;
const deepened = (text: string): string =>
  text.replaceAll(
    /"@deep:(\d+)@"/g,
    (_all, depth: string) => `${"[".repeat(Number(depth))}${"]".repeat(Number(depth))}`,
  );
const oddValues = (): readonly Json[] => [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  "",
  "0",
  "\u0000",
  "hibernating",
  [],
  {},
  { id: null },
  { toString: "x" },
];

/** Chance in the forms that are needed here. */
const chanceOf = ({ randomness }: MutationSource) => {
  const below = (count: number): number => Math.floor(randomness.fraction() * count);
  return {
    below,
    oneOf: <T>(items: readonly T[], otherwise: T): T => items[below(items.length)] ?? otherwise,
    id: (): string =>
      `ffff${randomness.token().slice(0, 4)}-0000-4000-8000-${randomness.token().slice(0, 12)}`,
  };
};
type Chance = ReturnType<typeof chanceOf>;

const describe = (what: string, { key, value }: Spot): string =>
  `${what} ${key} (was ${(JSON.stringify(value) ?? "").slice(0, 60)})`;

type Change = (spot: Spot, chance: Chance) => string;
const changes: readonly Change[] = [
  (spot, { oneOf }) => {
    const value = oneOf(oddValues(), null);
    put(spot, value);
    return describe(`${JSON.stringify(value)} for`, spot);
  },
  (spot) => {
    drop(spot);
    return describe("without", spot);
  },
  (spot) => {
    const { value } = spot;
    const turned =
      typeof value === "number" ? String(value) : typeof value === "string" ? Number(value) || 7 : "7";
    put(spot, turned);
    return describe(`${JSON.stringify(turned)} for`, spot);
  },
  (spot, { id }) => {
    const value = id();
    put(spot, value);
    return describe(`${value} for`, spot);
  },
  (spot) => {
    if (Array.isArray(spot.parent)) spot.parent.push(structuredClone(spot.value));
    else spot.parent[`more_${spot.key}`] = spot.value;
    return describe("twice", spot);
  },
  (spot) => {
    put(spot, Array.isArray(spot.value) ? [] : typeof spot.value === "string" ? "" : {});
    return describe("empty", spot);
  },
];
/** Rare, since they take their time. */
const heavyChanges: readonly Change[] = [
  (spot) => {
    put(spot, "x".repeat(300_000));
    return describe("300 kB for", spot);
  },
  (spot, { oneOf }) => {
    const depth = oneOf([50, 3000, 20_000], 50);
    put(spot, deep(depth));
    return describe(`${depth} deep for`, spot);
  },
  (spot) => {
    put(
      spot,
      Array.from({ length: 2000 }, () => spot.value),
    );
    return describe("2,000 times", spot);
  },
];

const isStateSpot = ({ key }: Spot): boolean => stateFields.has(key);
const isIdSpot = ({ key }: Spot): boolean => key === "id" || key === "uuid";

const spotFor = (root: Json, chance: Chance): Spot | null => {
  const spots = spotsOf(root);
  const draw = chance.below(10);
  const preferred = draw < 3 ? spots.filter(isStateSpot) : draw === 3 ? spots.filter(isIdSpot) : spots;
  return chance.oneOf<Spot | null>(preferred.length === 0 ? spots : preferred, null);
};

const mutateJson = (reply: HttpAnswer, root: Json, source: MutationSource, chance: Chance): Mutated => {
  const before = statesIn([reply]);
  const said: string[] = [];
  for (let count = 1 + (chance.below(3) === 0 ? chance.below(3) : 0); count > 0; count -= 1) {
    const spot = spotFor(root, chance);
    if (spot === null) break;
    const change = chance.oneOf(chance.below(400) === 0 ? heavyChanges : changes, changes[1] ?? (() => ""));
    said.push(change(spot, chance));
  }
  const changed = { ...reply, body: JSON.stringify(root) };
  const told = [...statesIn([changed])].some((state) => !before.has(state) && source.states.has(state));
  return {
    reply: { ...changed, body: deepened(changed.body) },
    how: said.join("; ") || "as it was",
    tellsOtherState: told,
    isOther: false,
  };
};

const withBody = (reply: HttpAnswer, body: string, how: string): Mutated => ({
  reply: { ...reply, body },
  how,
  tellsOtherState: false,
  isOther: false,
});

/** Something done to a reply: to a field of its body in most cases, else to the whole of it, its status or its headers. */
export const mutate = (reply: HttpAnswer, source: MutationSource): Mutated => {
  const chance = chanceOf(source);
  const root = jsonOf(reply.body);
  const draw = chance.below(20);
  if (root !== undefined && typeof root === "object" && root !== null && draw < 11)
    return mutateJson(reply, root, source, chance);
  if (draw < 13) {
    const at = chance.below(reply.body.length);
    return withBody(reply, reply.body.slice(0, at), `cut off after ${at} characters`);
  }
  if (draw < 15) {
    const body = chance.oneOf(bodies, "");
    return withBody(reply, body, `body ${JSON.stringify(body.slice(0, 30))}`);
  }
  if (draw < 17) {
    const status = chance.oneOf(statuses, 500);
    const body = chance.below(3) === 0 ? chance.oneOf(bodies, "") : reply.body;
    const how = `status ${status}, body ${JSON.stringify(body.slice(0, 30))}`;
    return { reply: { ...reply, status, body }, how, tellsOtherState: false, isOther: false };
  }
  if (draw < 19) {
    const [name, values] = chance.oneOf(oddHeaders, ["link", [""]]);
    const value = chance.oneOf(values, "");
    const headers = { ...reply.headers, [name]: value };
    return {
      reply: { ...reply, headers },
      how: `${name}: ${value.slice(0, 60)}`,
      tellsOtherState: false,
      isOther: false,
    };
  }
  const other = chance.oneOf(source.replies, reply);
  return {
    reply: other,
    how: `another reply: ${other.status} ${other.body.slice(0, 60)}`,
    tellsOtherState: false,
    isOther: true,
  };
};
