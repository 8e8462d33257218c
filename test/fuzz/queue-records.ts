import { isObject, type Json, type JsonObject } from "../../lib/operation/json.ts";
import { dialects } from "../../lib/providers/registry.ts";
import type { Chance } from "../simulation/chance.ts";
import { canaryOf, type Canary } from "./canaries.ts";
import type { KnownConnection } from "./requests.ts";
import { oddTexts, oddValue, spoiltText, spoiltValue } from "./spoil-value.ts";

/** A message as somebody has sent it. */
export interface Sent {
  readonly id: string;
  readonly body: string;
  /** How often it has come, this time included. */
  readonly receiveCount: number;
  /** What must come of it at the latest when everything works; null: it is not known whether it is good. */
  readonly good:
    | { readonly idempotencyKey: string }
    | { readonly operation: string }
    | { readonly webhook: string }
    | null;
  readonly spoilt: string;
}

/** A request that its dialect takes: the example of its catalogue, without fields in which a secret would stand. */
const goodRequest = (connections: readonly KnownConnection[], key: string, chance: Chance): JsonObject => {
  const healthy = connections.filter(({ name }) => !name.startsWith("echo-"));
  const { name, dialect } = chance.pick(healthy);
  const { kinds } = dialects[dialect].dialect;
  const kind =
    chance.happens(0.6) && kinds.has("server.create") ? "server.create" : chance.pick([...kinds.keys()]);
  const offer = kinds.get(kind);
  const type = offer?.resourceType ?? null;
  return {
    connection: name,
    kind,
    ...(type === null ? {} : { resource: { type, id: `${type}-${chance.between(1, 9)}` } }),
    input: offer?.example ?? {},
    idempotency_key: key,
  };
};

/** A secret where nobody should write one. */
const withSecret = (value: Json, canaries: readonly Canary[], chance: Chance): Json => {
  const secret = canaryOf(
    canaries,
    chance.pick(["account password", "hook secret", "provider secret", "token"] as const),
  );
  const name = chance.pick([
    "account_password",
    "password",
    "secret",
    "root_password",
    "api_token",
    "secrets",
    "Password",
  ]);
  const written = chance.pick<Json>([
    secret,
    secret,
    secret,
    [secret],
    { value: secret },
    { [secret.slice(0, 4)]: [secret] },
  ]);
  if (!isObject(value)) return { [name]: written };
  // Objects and metadata take fields of any name: there it is data.
  const isOpen = typeof value["kind"] === "string" && /^(object|tag_metadata)\./.test(value["kind"]);
  if (isObject(value["input"]) && !isOpen && chance.happens(0.7))
    return { ...value, input: { ...value["input"], [name]: written } };
  return { ...value, [name]: written };
};

/** What a webhook asked for, as its function puts it aside; about servers by their ids, unless they are to be looked for. */
const hookWork = (
  connections: readonly KnownConnection[],
  key: string,
  isLookedFor: boolean,
  chance: Chance,
): JsonObject => {
  const named: JsonObject = chance.happens(0.5)
    ? { name: `server-${chance.between(1, 40)}` }
    : { tag: chance.pick(["group=x", "a,b", "ü"]) };
  const draft = (): JsonObject => {
    const { idempotency_key: _, ...request } = goodRequest(connections, key, chance);
    return request;
  };
  const looked = {
    connection: chance.pick(connections).name,
    kind: chance.pick(["server.stop", "server.start", "server.delete"]),
    resource: { type: "server", ...named },
  };
  return {
    v: 1,
    hook: chance.pick(["shop", "github", "a.b_c-1"]),
    rule: chance.pick(["rule-1", "stop"]),
    key: `id:${key}`,
    request_id: chance.pick(["req-1", ""]),
    drafts: isLookedFor ? [looked] : Array.from({ length: chance.between(1, 3) }, draft),
  };
};

/** What other systems put into queues. */
const foreign = (chance: Chance): string =>
  chance.pick([
    "",
    " ",
    "ping",
    "\ud800",
    "{",
    "[]",
    "null",
    "17",
    '"text"',
    JSON.stringify({ Records: [{ s3: { bucket: { name: "b" } } }] }),
    JSON.stringify({ Type: "Notification", Message: '{"v":1}', Signature: "x" }),
    JSON.stringify({
      version: "0",
      id: "1",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      detail: {},
    }),
    JSON.stringify({ v: 1 }),
    JSON.stringify({ v: 2, operation_id: "op_x" }),
    JSON.stringify({ v: 1, operation_id: "" }),
    JSON.stringify({ v: 1, operation_id: `op_${"a".repeat(26)}` }),
    JSON.stringify({ v: 1, operation_id: null }),
    JSON.stringify({ v: 1, operation_id: "x".repeat(chance.pick([65, 1000])) }),
    JSON.stringify({ v: 1, operation_id: "op_x", more: 1 }),
    JSON.stringify({ hook: null }),
    JSON.stringify({ v: 1, hook: "shop", operation_id: "op_x" }),
    JSON.stringify({ v: 1, hook: "shop", rule: "r", key: "k", request_id: "", drafts: [oddValue(chance)] }),
    JSON.stringify(oddValue(chance)),
    "x".repeat(chance.pick([100, 1000, 20_000])),
    Buffer.from("{}").toString("base64"),
    "[".repeat(chance.pick([50, 5000])),
    chance.pick(oddTexts),
  ]);

/** A message with something wrong in it. */
const spoiltMessage = (value: JsonObject, chance: Chance): Pick<Sent, "body" | "good" | "spoilt"> => {
  if (chance.happens(0.5)) {
    const [other, what] = spoiltValue(value, chance);
    return { body: JSON.stringify(other), good: null, spoilt: what };
  }
  const [text, what] = spoiltText(JSON.stringify(value), chance);
  return { body: text, good: null, spoilt: what };
};

/** Draws messages: good ones, good ones with something wrong in them, and what is none of ours. */
export class QueueRecords {
  readonly #connections: readonly KnownConnection[];
  readonly #canaries: readonly Canary[];
  /** Accepted operations that wait for their start. */
  readonly accepted: string[] = [];
  readonly #earlier: Sent[] = [];
  #serial = 0;

  constructor(connections: readonly KnownConnection[], canaries: readonly Canary[]) {
    this.#connections = connections;
    this.#canaries = canaries;
  }

  draw(chance: Chance): Sent {
    this.#serial += 1;
    const id = `m-${this.#serial}`;
    const receiveCount = chance.pick([1, 1, 1, 1, 2, 3, 4, 5]);
    const again = this.#earlier.at(-1);
    if (again !== undefined && chance.happens(0.05)) return { ...again, id, receiveCount };
    const sent = { id, receiveCount, ...this.#message(`wish-${this.#serial}`, chance) };
    if (sent.good !== null) this.#earlier.push(sent);
    return sent;
  }

  #message(key: string, chance: Chance): Pick<Sent, "body" | "good" | "spoilt"> {
    const waiting = chance.happens(0.1) ? this.accepted.shift() : undefined;
    if (waiting !== undefined)
      return {
        body: JSON.stringify({ v: 1, operation_id: waiting }),
        good: { operation: waiting },
        spoilt: "a start",
      };
    if (chance.happens(0.15)) return { body: foreign(chance), good: null, spoilt: "of others" };
    if (chance.happens(0.2)) return this.#work(key, chance);
    const request = goodRequest(this.#connections, key, chance);
    const body = JSON.stringify(request);
    if (chance.happens(0.3)) return { body, good: { idempotencyKey: key }, spoilt: "a request" };
    const secretive = chance.happens(0.25) ? withSecret(request, this.#canaries, chance) : null;
    if (secretive !== null) return { body: JSON.stringify(secretive), good: null, spoilt: "with a secret" };
    return spoiltMessage(request, chance);
  }

  #work(key: string, chance: Chance): Pick<Sent, "body" | "good" | "spoilt"> {
    const isLookedFor = chance.happens(0.4);
    const work = hookWork(this.#connections, key, isLookedFor, chance);
    if (chance.happens(0.5)) {
      const good = isLookedFor ? null : { webhook: key };
      return { body: JSON.stringify(work), good, spoilt: "the work of a webhook" };
    }
    if (!chance.happens(0.3)) return spoiltMessage(work, chance);
    const [draft = null] = Array.isArray(work["drafts"]) ? work["drafts"] : [];
    const secretive = chance.happens(0.5)
      ? { ...work, drafts: [withSecret(draft, this.#canaries, chance)] }
      : withSecret(work, this.#canaries, chance);
    return { body: JSON.stringify(secretive), good: null, spoilt: "a webhook's, with a secret" };
  }
}

/** The record of a message in the event of a queue, with what a sender may add to it. */
export const recordOf = ({ id, body, receiveCount }: Sent, chance: Chance): JsonObject => ({
  messageId: id,
  receiptHandle: `receipt-${id}`,
  body,
  attributes: {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: "1793606400000",
    SenderId: chance.pick(["AROA", ...oddTexts]),
    ApproximateFirstReceiveTimestamp: "1793606400001",
  },
  messageAttributes: chance.happens(0.2)
    ? {
        [chance.pick(["a", "__proto__x", "content-type"])]: {
          stringValue: chance.pick(oddTexts),
          dataType: "String",
        },
      }
    : {},
  md5OfBody: "x",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:1:start",
  awsRegion: "eu-west-1",
});

/** Events of clocks, buses and queues, for handlers that only hear "now". */
export const anyTick = (chance: Chance): unknown =>
  chance.pick<unknown>([
    {},
    null,
    "tick",
    [],
    { Records: [] },
    {
      Records: [
        { messageId: "m", body: chance.pick(oddTexts), attributes: { ApproximateReceiveCount: "1" } },
      ],
    },
    { Records: null },
    {
      version: "0",
      id: "x",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      detail: oddValue(chance),
    },
    { "detail-type": chance.pick(oddTexts), detail: null, time: "not a time" },
    oddValue(chance),
  ]);
