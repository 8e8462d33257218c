import type { Connection } from "../../lib/connection.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../lib/ports/http-client.ts";
import { HttpNotSent, HttpUnclear } from "../../lib/ports/http-client.ts";
import {
  BadCursor,
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Provider,
  type ProviderCall,
  type ReadAnswer,
  type ReadRequest,
} from "../../lib/ports/provider.ts";
import { dialects } from "../../lib/providers/registry.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { MemoryProvider } from "../memory/memory-provider.ts";
import type { Chance } from "../simulation/chance.ts";

const read = (
  { path, limit, filters, cursor }: ReadRequest,
  provider: MemoryProvider,
  chance: Chance,
): ReadAnswer => {
  if (chance.happens(0.03)) throw new UnknownCollection(path);
  if (chance.happens(0.02)) throw new BadCursor();
  // It blames the question only where another one could be asked.
  const isChosen = path.length > 1 || cursor !== null || Object.keys(filters).length > 0;
  if (isChosen && chance.happens(0.05))
    throw new ProviderRefusal("RESOURCE_NOT_FOUND", "refused", { status: 404, message: "no such thing" });
  const item = (id: string) => ({ id, name: id, state: "running", tags: [], raw: { id } });
  if (path.length % 2 === 0) return { form: "item", item: item(path.at(-1) ?? "") };
  const ids = provider.servers.slice(0, limit).map(({ id }) => id);
  return {
    form: "page",
    items: ids.map(item),
    next: chance.happens(0.5) ? `page-${chance.between(2, 9)}` : null,
  };
};

const mishap = (call: ProviderCall, chance: Chance): void => {
  if (chance.happens(0.9)) return;
  if (chance.happens(0.5)) throw new ProviderDoubt("no answer in time", { status: null });
  throw new ProviderRefusal(
    chance.pick(["QUOTA_EXCEEDED", "OUT_OF_STOCK", "INVALID_INPUT", "WRONG_STATE"]),
    `refused: ${call.do}`,
    { status: 400 },
  );
};

/** A provider in memory of the connection's dialect, which can be read and refuses now and then. */
export const healthyProvider = (connection: Connection, clock: Clock, chance: Chance): Provider => {
  const memory = new MemoryProvider(clock);
  return {
    dialect: dialects[connection.provider].dialect,
    send: async (call) => {
      mishap(call, chance);
      return memory.send(call);
    },
    look: (handles) => memory.look(handles),
    search: (type, marker) => memory.search(type, marker),
    marked: (type, deployment) => memory.marked(type, deployment),
    inspect: (resource) => memory.inspect(resource),
    read: async (request) => read(request, memory, chance),
  };
};

const statuses = [400, 401, 403, 404, 405, 409, 413, 416, 422, 428, 429, 500, 502, 503, 504] as const;

/** Repeats in its refusals all that it was sent, credentials and passwords among it. */
export class EchoingClient implements HttpClient {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  async send({ method, url, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const chance = this.#chance;
    if (chance.happens(0.03)) throw new HttpNotSent("connection refused");
    if (chance.happens(0.03)) throw new HttpUnclear("no answer in time");
    const secret = Object.entries(headers)
      .filter(([name]) => /auth|token/i.test(name))
      .map(([, value]) => value)
      .join(" ");
    const said = `${method} ${url}: ${secret} may not, with ${body ?? "nothing"}`;
    const texts: readonly string[] = [
      said,
      JSON.stringify({ message: said, type: "invalid_request_error" }),
      JSON.stringify({ message: "no", fields: { name: [said], [secret]: ["is unknown"] } }),
      JSON.stringify({
        type: "invalid_arguments",
        details: [{ argument_name: secret, reason: said, help_message: said }],
      }),
      JSON.stringify({ errors: [{ code: "X", status: "422", detail: said }] }).replaceAll(
        "/",
        String.raw`\/`,
      ),
      `<html><body>${said}</body></html>`,
      JSON.stringify({
        type: said,
        message: said,
        resource: said,
        resource_id: secret,
        quotas: [{ resource: said }],
      }),
    ];
    const isYes = chance.happens(0.1);
    return {
      status: isYes ? chance.pick([200, 201, 202, 204]) : chance.pick(statuses),
      headers: {
        "content-type": "application/json",
        ...(chance.happens(0.2) ? { warning: `299 - "the key ${secret} is old"` } : {}),
        ...(chance.happens(0.2) ? { "x-request-id": chance.pick([secret, said, "r-1"]) } : {}),
        ...(chance.happens(0.1) ? { "retry-after": chance.pick(["3", secret, "-1", "1e99"]) } : {}),
      },
      body: isYes ? "{}" : chance.pick(texts),
    };
  }
}

/** Receivers of webhooks: most take them, some refuse, and all repeat what they were sent. */
export const receivers = (chance: Chance): HttpClient => ({
  send: async ({ url, headers, body }) => {
    if (chance.happens(0.05)) throw new HttpNotSent("connection refused");
    if (chance.happens(0.05)) throw new HttpUnclear("no answer in time");
    return {
      status: chance.pick([200, 200, 200, 204, 302, 400, 401, 410, 429, 500, 503]),
      headers: { "content-type": "text/plain", ...(chance.happens(0.2) ? { "retry-after": "60" } : {}) },
      body: chance.happens(0.5) ? "" : `${url} ${JSON.stringify(headers)} ${body ?? ""}`,
    };
  },
});
