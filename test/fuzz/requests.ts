import { dialectNames } from "../../lib/connection.ts";
import { isObject, type Json, type JsonObject } from "../../lib/operation/json.ts";
import { kindSchema, type Kind } from "../../lib/operation/kind.ts";
import { dialects } from "../../lib/providers/registry.ts";
import type { Chance } from "../simulation/chance.ts";
import type { ApiDocument, ApiOperation } from "./api-document.ts";
import { canaryOf, type Canary } from "./canaries.ts";
import type { Draft } from "./draft.ts";
import { collectionOf, undecided, type Pools } from "./pools.ts";
import { valueMaker, type ValueMaker } from "./schema-values.ts";

/** A connection that requests may name. */
export interface KnownConnection {
  readonly name: string;
  readonly dialect: (typeof dialectNames)[number];
}

const camel = (text: string): string =>
  text
    .split(/[^a-z0-9]+/i)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** Names of fields in which nobody should see what was written. */
const secretName = /secret|password|token/i;

const usualHeaders: Readonly<Record<string, (chance: Chance) => string>> = {
  prefer: (chance) =>
    chance.pick(["wait=0", "wait=1", "wait=20", "respond-async", "wait=1, handling=lenient"]),
};

/** The fields that say which items a bulk job has. */
const bulkForms = ["count", "rows", "template", "items", "defaults", "select"];

/** A bulk job with the options of a request and a few items that its kind takes; some are left as they were made. */
const bulkOf = (value: JsonObject, { input, resource }: JsonObject, chance: Chance): JsonObject => {
  if (chance.happens(0.2)) return value;
  const forms = new Set([...bulkForms, "input"]);
  const options = Object.fromEntries(Object.entries(value).filter(([name]) => !forms.has(name)));
  const fields: JsonObject = input !== undefined && isObject(input) ? input : {};
  if (resource !== undefined && isObject(resource) && typeof resource["id"] === "string")
    return chance.happens(0.3)
      ? { ...options, select: { names: ["*"] }, input: fields }
      : { ...options, items: [{ ...fields, resource_id: resource["id"] }] };
  const template = "name" in fields ? { ...fields, name: "fuzz-{{index}}-{{short_id}}" } : fields;
  return { ...options, count: chance.between(1, 4), template };
};

/** Makes requests that the document allows, with the ids that earlier answers have named. */
export class Requests {
  readonly #document: ApiDocument;
  readonly #pools: Pools;
  readonly #connections: readonly KnownConnection[];
  readonly #canaries: readonly Canary[];
  readonly #make: ValueMaker;
  readonly #weighted: readonly ApiOperation[];
  #keys = 0;

  constructor(
    document: ApiDocument,
    pools: Pools,
    connections: readonly KnownConnection[],
    canaries: readonly Canary[],
  ) {
    this.#document = document;
    this.#pools = pools;
    this.#connections = connections;
    this.#canaries = canaries;
    this.#make = valueMaker(document.schemas, (name, chance) => this.#hint(name, chance));
    this.#weighted = document.operations.flatMap((operation) =>
      Array.from({ length: weightOf(operation) }, () => operation),
    );
  }

  /** A request that should be taken as far as the document tells. */
  draw(chance: Chance): Draft {
    const operation = chance.pick(this.#weighted);
    const hasBody = operation.body !== null && (operation.body.required || chance.happens(0.7));
    const value =
      hasBody && operation.body !== null
        ? this.#coherent(this.#make(operation.body.schema, "body", chance), chance)
        : undefined;
    return {
      operation,
      method: operation.method,
      path: this.#path(operation, chance),
      query: this.#query(operation, chance),
      headers: this.#headers(operation, hasBody, chance),
      value,
      text: undefined,
      isBase64Encoded: chance.happens(0.15),
      spoilt: [],
    };
  }

  #hint(name: string, chance: Chance): string | null {
    if (secretName.test(name))
      return chance.happens(0.5)
        ? canaryOf(this.#canaries, /password/i.test(name) ? "account password" : "hook secret")
        : /password/i.test(name)
          ? "env:GUEST_PASSWORD"
          : "env:HOOK_SECRET";
    if (name === "connection") return chance.pick(this.#connections).name;
    if (name === "url") return `https://receiver-${chance.between(1, 9)}.example.com/hooks`;
    if (name === "type" && chance.happens(0.5)) return "server";
    if (name === "pointer" || name === "path") return chance.pick(["/status", "/action", "/data/0/id", ""]);
    if (name === "network" || name === "cidr")
      return chance.pick(["203.0.113.0/24", "2001:db8::/32", "0.0.0.0/0"]);
    if (/(^|_)id$/.test(name) && chance.happens(0.7)) return this.#pools.anyId(chance);
    return this.#pools.field(name, chance);
  }

  #path({ segments, paths }: ApiOperation, chance: Chance): string {
    if (segments.includes("{collection}") && chance.happens(0.9)) return this.#collection(segments, chance);
    const made: string[] = [];
    for (const [index, segment] of segments.entries()) {
      if (!segment.startsWith("{")) made.push(segment);
      else {
        const name = segment.slice(1, -1);
        const schema = paths.find((parameter) => parameter.name === name)?.schema ?? { type: "string" };
        const usual = collectionOf(`/${segments.slice(0, index).join("/")}`);
        const collection = segments.at(-1) === "resolve" && chance.happens(0.7) ? undecided : usual;
        const known = chance.happens(0.93) ? this.#pools.id(collection, chance) : null;
        const drawn = known ?? this.#make(schema, name, chance);
        const text = typeof drawn === "string" ? drawn : JSON.stringify(drawn);
        made.push(encodeURIComponent(text.toWellFormed()) || "x");
      }
    }
    return `/${made.join("/")}`;
  }

  /** A path that is read through to the provider: one of the collections that its dialect has. */
  #collection(segments: readonly string[], chance: Chance): string {
    const { name, dialect } = chance.pick(this.#connections);
    const behind = segments.length - segments.indexOf("{collection}");
    const paths = dialects[dialect].dialect.collections.map(({ path }) => path.split("/"));
    const fitting = paths.filter(({ length }) => length === behind);
    const parts = chance.pick(fitting.length === 0 ? paths : fitting).map((part) => {
      const id = part.startsWith(":") ? (this.#pools.id("/resources", chance) ?? "server-1") : part;
      return encodeURIComponent(id.toWellFormed()) || "x";
    });
    return `/v1/connections/${name}/${parts.join("/")}`;
  }

  #query({ query, template }: ApiOperation, chance: Chance): string {
    const pairs = query.flatMap(({ name, required, schema }): [string, string][] => {
      if (!required && !chance.happens(0.2)) return [];
      const cursor = name === "cursor" ? this.#pools.cursor(template, chance) : null;
      const value = cursor ?? this.#make(schema, name, chance);
      return [[name, typeof value === "string" ? value : JSON.stringify(value)]];
    });
    return new URLSearchParams(pairs).toString();
  }

  #headers({ headers }: ApiOperation, hasBody: boolean, chance: Chance): Map<string, string> {
    const { keys } = this.#pools;
    const key =
      keys.length > 0 && chance.happens(0.2) ? chance.pick(keys) : canaryOf(this.#canaries, "api key");
    const made = new Map<string, string>([["authorization", `Bearer ${key}`]]);
    if (hasBody) made.set("content-type", "application/json");
    for (const { name, required } of headers) {
      if (!required && !chance.happens(0.4)) continue;
      const lower = name.toLowerCase();
      if (lower === "idempotency-key") made.set(lower, this.#idempotencyKey(chance));
      else made.set(lower, usualHeaders[lower]?.(chance) ?? chance.pick(["1", "a", 'W/"1"', "*"]));
    }
    return made;
  }

  #idempotencyKey(chance: Chance): string {
    if (this.#keys === 0 || chance.happens(0.85)) this.#keys += 1;
    const key = `wish-${chance.happens(0.85) ? this.#keys : chance.between(1, this.#keys + 1)}`;
    return chance.happens(0.2) ? `"${key}"` : key;
  }

  /** Wherever a connection, a kind and an input stand together, they are made to fit each other. */
  #coherent(value: Json, chance: Chance): Json {
    if (Array.isArray(value)) return value.map((part) => this.#coherent(part, chance));
    if (!isObject(value)) return value;
    if (!("connection" in value && "kind" in value))
      return Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, this.#coherent(part, chance)]),
      );
    const { name, dialect } = chance.pick(this.#connections);
    const { kinds } = dialects[dialect].dialect;
    const kind =
      chance.happens(0.5) && kinds.has("server.create") ? "server.create" : chance.pick([...kinds.keys()]);
    const target = this.#target(dialect, kind, chance);
    if (bulkForms.some((form) => form in value))
      return { ...bulkOf(value, target, chance), connection: name, kind };
    return { ...value, connection: name, kind, ...target };
  }

  #target(dialect: KnownConnection["dialect"], kind: Kind, chance: Chance): JsonObject {
    const offer = dialects[dialect].dialect.kinds.get(kindSchema.parse(kind));
    const schema = this.#document.schemas[`${camel(dialect)}${camel(kind)}Input`];
    const example = offer?.example ?? {};
    const input = schema === undefined || chance.happens(0.4) ? example : this.#make(schema, "input", chance);
    const type = offer?.resourceType ?? null;
    if (type === null) return { input };
    const id = this.#pools.id("/resources", chance) ?? "server-1";
    return { input, resource: { type, id: id.slice(0, 200) || "server-1" } };
  }
}

/** How often a request is made: those that change and those with parameters more than those that say the same always. */
const weightOf = ({ method, segments, query, template }: ApiOperation): number => {
  // Views of dialects are made anew for each request where no build has written them.
  if (template.startsWith("/v1/dialects")) return 1;
  if (template.endsWith("/stop")) return method === "GET" || method === "DELETE" ? 4 : 1;
  if (method === "DELETE") return 3;
  if (method !== "GET") return template === "/v1/operations" ? 24 : 10;
  if (segments.some((segment) => segment.startsWith("{"))) return 8;
  return query.length > 0 ? 6 : 1;
};
