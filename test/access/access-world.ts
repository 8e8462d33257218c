import * as z from "zod";
import { answerRequest } from "../../lib/http/answer-request.ts";
import { auditRoutes } from "../../lib/http/audit-routes.ts";
import { requestOf } from "../../lib/http/incoming-request.ts";
import { keyRoutes } from "../../lib/http/key-routes.ts";
import type { HttpWorld, Route } from "../../lib/http/route.ts";
import { routes } from "../../lib/http/routes.ts";
import type { Answered } from "../http/answered.ts";
import { type Call, eventOf, openWorld } from "../http/http-world.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";

/** Every route there is, whichever function answers it. */
export const everyRoute: readonly Route[] = [...new Set([...routes, ...keyRoutes, ...auditRoutes])];

/** Methods of ports that change nothing. Any other call is an effect. */
const reads = new Set(["load", "loadMany", "list", "read", "readAnew", "positionAt", "due", "now", "take"]);
/** Ports through which nothing is kept, nor leaves. */
const unwatched = new Set(["clock", "randomness", "log", "providers", "secrets", "budget"]);

const watched = <P extends object>(ports: P, effects: string[]): P => {
  const made = { ...ports };
  for (const [name, port] of Object.entries(ports)) {
    if (unwatched.has(name) || typeof port !== "object" || port === null) continue;
    const proxy = new Proxy(port, {
      get: (target: object, method) => {
        const found: unknown = Reflect.get(target, method, target);
        if (typeof found !== "function") return found;
        return (...given: readonly unknown[]): unknown => {
          const [first] = given;
          if (!reads.has(String(method)))
            effects.push(`${name}.${String(method)} ${typeof first === "string" ? first : ""}`.trim());
          return Reflect.apply(found, target, given);
        };
      },
    });
    Reflect.set(made, name, proxy);
  }
  return made;
};

/** A call with a key of its own and, where it matters, from an address. */
export interface KeyCall extends Call {
  readonly sourceIp?: string;
}

const madeKey = z.looseObject({ id: z.string(), key: z.string() });

/** The API with every route and what each request has done; `process` gives another process on the same table. */
export const openAccess = (
  options: { connections?: readonly string[]; world?: Partial<HttpWorld>; routes?: readonly Route[] } = {},
) => {
  const clock = new VirtualClock({ automatic: true });
  const { connections = ["berlin", "paris"], routes: asked = everyRoute } = options;
  const world = openWorld({ clock, connections });
  const effects: string[] = [];
  const process = () => {
    const ports: HttpWorld = watched({ ...world, ...options.world }, effects);
    return async (call: KeyCall): Promise<Answered> => {
      const event = eventOf(call);
      const { sourceIp = "192.0.2.7" } = call;
      const http = { ...event.requestContext.http, sourceIp };
      const request = requestOf(
        { ...event, requestContext: { ...event.requestContext, http } },
        world.randomness,
      );
      const { status, headers, body } = await answerRequest(asked, request, {
        ports,
        timeLeft: () => 29_000,
      });
      const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const text = body === undefined ? "" : JSON.stringify(body);
      const plain: unknown = text === "" ? null : JSON.parse(text);
      return { status, headers: Object.fromEntries(names), text, body: plain };
    };
  };
  const call = process();
  return {
    ...world,
    clock,
    /** What was written, sent or published since it was last emptied: `documents.save keys`. */
    effects,
    process,
    call,
    /** @throws where no key is made */
    makeKey: async (body: object, key?: string): Promise<z.infer<typeof madeKey>> => {
      const by = key === undefined ? {} : { key };
      const answered = await call({ method: "POST", path: "/v1/keys", body, ...by });
      if (answered.status !== 201) throw new Error(answered.text);
      return madeKey.parse(answered.body);
    },
  };
};
export type AccessWorld = ReturnType<typeof openAccess>;
