import * as z from "zod";
import { startFromHookText } from "../../events/start-from-hook.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import type { Hook } from "../../lib/hook/hook.ts";
import type { Scheme } from "../../lib/hook/scheme.ts";
import { routes } from "../../lib/http/routes.ts";
import { httpHandler } from "../../lib/lambda/http-stack.ts";
import type { Limits } from "../../lib/limits/limits.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { differenceFromDocument } from "../http/described.ts";
import { apiKey, connectionNamed, eventOf, openWorld, type Call } from "../http/http-world.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { secretOf, signed } from "./signing.ts";

/** Counts the calls of some methods of a thing. */
const counting = <T extends object>(thing: T, names: readonly string[], count: () => void): T =>
  new Proxy(thing, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        if (typeof name === "string" && names.includes(name)) count();
        return Reflect.apply(value, target, given);
      };
    },
  });

const receivedSchema = z.strictObject({
  operations: z.array(z.string()),
  pending: z.array(z.strictObject({ rule: z.string() })).optional(),
  refused: z
    .array(
      z.strictObject({
        rule: z.string(),
        errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })),
      }),
    )
    .optional(),
  held: z.array(z.strictObject({ rule: z.string(), why: z.string(), until: z.string() })).optional(),
});

/** The world of `openWorld` with today's dialect, a place for a hook's secrets, and a count of the writes. */
export const openHookWorld = (options: { connections?: readonly string[]; limits?: Limits } = {}) => {
  const clock = new VirtualClock({ automatic: true });
  const base = openWorld({ clock, ...options });
  let writes = 0;
  const count = (): void => {
    writes += 1;
  };
  const connections = (options.connections ?? ["paris"]).map((name) =>
    Object.assign(connectionNamed(name), options.limits === undefined ? {} : { limits: options.limits }),
  );
  const world = {
    ...base,
    operations: counting(base.operations, ["create", "replace"], count),
    cells: counting(base.cells, ["save"], count),
    documents: counting(base.documents, ["save", "remove"], count),
    providers: {
      ...base.providers,
      connection: (name: string) => connections.find((connection) => connection.name === name) ?? null,
      connections: () => connections,
      dialect: () => dialects["scaleway-instance"].dialect,
    },
  };
  for (const [scheme, secret] of Object.entries(secretOf))
    base.secrets.values.set(`env:${scheme.toUpperCase()}_SECRET`, secret);
  const handler = httpHandler(async () => world, routes);
  const send = async (event: unknown, method = "", path = "") => {
    const answer = await handler(event, { getRemainingTimeInMillis: () => 29_000 });
    const headers = Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
    const text = answer.body ?? "";
    const body: unknown = text === "" ? null : JSON.parse(text);
    const answered = { status: answer.statusCode ?? 0, headers, text, body };
    const difference = differenceFromDocument(method, path, answered);
    if (difference !== null && text !== "") throw new Error(difference);
    return answered;
  };
  const call = (asked: Call) => send(eventOf(asked), asked.method ?? "GET", asked.path);
  let delivered = 0;
  return {
    ...world,
    clock,
    send,
    call,
    /**
     * Works off what was put aside, as the function does that starts operations, though nobody has the time to call the
     * provider for them. What fails is there the next time; says why it did.
     */
    work: async (receiveCount = 1): Promise<readonly string[]> => {
      const waiting = base.queue.hookWork.splice(0);
      const messages = waiting.map((work, index) => ({
        id: String(index),
        body: startFromHookText(work),
        receiveCount,
      }));
      const failures = await startMessages(messages, { ports: world, timeLeft: () => 0 });
      const failed = new Set(failures.map(({ id }) => id));
      base.queue.hookWork.push(...waiting.filter((_, index) => failed.has(String(index))));
      return failures.map(({ reason }) => reason);
    },
    /** Table writes so far. */
    writes: () => writes,
    put: (name: string, body: unknown, key = apiKey) =>
      call({
        method: "PUT",
        path: `/v1/hooks/${name}`,
        body,
        key,
        headers: { "content-type": "application/json" },
      }),
    /** Sends a webhook, signed now unless told otherwise. */
    deliver: async (
      name: string,
      scheme: Scheme,
      payload: unknown,
      more: {
        readonly id?: string;
        readonly secret?: string;
        readonly headers?: Readonly<Record<string, string>>;
        readonly seconds?: number;
      } = {},
    ) => {
      delivered += 1;
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      const body = Buffer.from(text);
      const proof = await signed(scheme, body, {
        seconds: more.seconds ?? Math.floor(clock.now() / 1000),
        id: more.id ?? `delivery-${delivered}`,
        ...(more.secret === undefined ? {} : { secret: more.secret }),
      });
      const headers = { "content-type": "application/json", ...proof, ...more.headers };
      return call({ method: "POST", path: `/hooks/${name}`, headers, body: new Uint8Array(body), key: null });
    },
  };
};
export type HookWorld = ReturnType<typeof openHookWorld>;

/** What a webhook was answered with. @throws when it was not taken */
export const receivedIn = ({ status, body }: { readonly status: number; readonly body: unknown }) => {
  if (status !== 202) throw new Error(`The webhook was answered with ${status}: ${JSON.stringify(body)}`);
  return receivedSchema.parse(body);
};

/** A hook that starts a server for each webhook. */
export const hookOf = (scheme: Scheme, more: Partial<Record<keyof Hook, unknown>> = {}) => ({
  verify: { scheme, secret: `env:${scheme.toUpperCase()}_SECRET` },
  rules: [
    {
      name: "start",
      operation: {
        connection: "paris",
        kind: "server.create",
        input: { name: "web-{{/number}}", type: "DEV1-S", image: "ubuntu_noble" },
      },
    },
  ],
  ...more,
});
