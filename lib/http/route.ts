import * as z from "zod";
import type { Caller, Scope } from "../access/caller.ts";
import { notFound } from "../flows/request-refused.ts";
import type { TokenIssuer } from "../flows/token-keys.ts";
import type { Ports } from "../ports/ports.ts";
import type { Dialect } from "../ports/provider.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { BodyRule } from "./json-body.ts";
import { checkQuery, readQuery } from "./query.ts";
import type { Reply } from "./reply.ts";

/** What the routes need of the world: they never publish, whoever changes something has it published. */
export interface HttpWorld extends Omit<Ports, "bus"> {
  /** Where the API key is kept. */
  readonly apiKeyReference: string;
  /** Where the key is kept that the secrets of endpoints are made from. */
  readonly signingKeyReference: string;
  /** Whether an endpoint may be on the loopback address: on one machine only. */
  readonly allowsLoopbackEndpoints: boolean;
  /** Whose tokens are taken as keys are; null or left out: nobody's. */
  readonly tokens?: TokenIssuer | null;
  /** All dialects, for the description; those of the configured connections when left out. */
  readonly dialects?: readonly Dialect[];
}

/** All dialects there are, as far as this world knows them. */
export const dialectsOf = ({ dialects, providers }: HttpWorld): readonly Dialect[] =>
  dialects ?? [...new Set(providers.connections().map((connection) => providers.dialect(connection)))];

/** One invocation: the world, and the milliseconds left of it. */
export interface Invocation {
  readonly ports: HttpWorld;
  readonly timeLeft: () => number;
}

/** One request of somebody: its ports are narrowed to what the caller may see, where the route needs a key. */
export interface HttpTurn extends Invocation {
  readonly caller: Caller;
}

/** An answer that goes well, in words and as a schema. `headers`: name → what it says. */
export interface AnswerWords {
  readonly description: string;
  readonly schema: z.ZodType;
  /** Media types in place of JSON. */
  readonly types?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A header that a route reads. */
export interface HeaderWords {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
}

/** What a route is, as data: the router and the OpenAPI document are made from the same. */
interface RouteFacts {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/operations/{id}`; a parameter is one whole segment. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** What a key must be allowed to do; null: no key is needed. A route that does not say it fails the build. */
  readonly scope: Scope | null;
  /**
   * Whether keys that are limited to some connections may use it: its handler then sees of the world only what such a
   * key may see. Left out, they are refused, because what the route shows or changes concerns all connections.
   */
  readonly forLimitedKeys?: true;
  /** Whether the row of an operation tells the audit trail who asked; other changes write an entry of their own. */
  readonly makesOperation?: true;
  /** Success status → answer. */
  readonly answers: Readonly<Record<number, AnswerWords>>;
  /** Refusals that don't follow from the rest: status → when. */
  readonly refusals?: Readonly<Record<number, string>>;
  readonly headerWords?: readonly HeaderWords[];
  /** What parameters beside those of the schema mean, where they are taken. */
  readonly otherParameters?: string;
  /** Probes and caches add parameters of their own; where this is set they mean nothing. */
  readonly ignoresQuery?: boolean;
  /** Parameters that may hold control characters; left out: none. */
  readonly controlsIn?: readonly string[];
}

/** What a handler gets: everything parsed. */
export interface RouteInput<P extends z.ZodObject, Q extends z.ZodObject, H, B> {
  readonly params: z.infer<P>;
  readonly query: z.infer<Q>;
  readonly headers: H;
  readonly body: B;
  readonly request: IncomingRequest;
}

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, H, B> extends RouteFacts {
  /** Parameters of the path; what does not fit is not found. */
  readonly params: P;
  readonly query: Q;
  readonly readHeaders: (headers: ReadonlyMap<string, string>) => H;
  readonly body: BodyRule<B>;
  readonly handle: (input: RouteInput<P, Q, H, B>, turn: HttpTurn) => Promise<Reply>;
}

/** A route whose types are closed over. */
export interface Route extends RouteFacts {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: BodyRule<unknown>;
  /** @throws RequestRefused */
  answer(request: IncomingRequest, params: Readonly<Record<string, string>>, turn: HttpTurn): Promise<Reply>;
}

export const nothing = z.strictObject({});
export const noHeaders = (): null => null;

/**
 * A route from its definition. Its parts are checked in this order: path, query, the body's size and type, headers, the
 * body.
 */
export const route = <P extends z.ZodObject, Q extends z.ZodObject, H, B>(
  definition: Definition<P, Q, H, B>,
): Route => ({
  ...definition,
  answer: async (request, given, turn) => {
    const params = definition.params.safeParse(given);
    if (!params.success) throw notFound(Object.values(given).join("/").slice(0, 64));
    checkQuery(request, definition.controlsIn);
    const query = readQuery(definition.query, definition.ignoresQuery === true ? [] : request.query);
    definition.body.check(request);
    const headers = definition.readHeaders(request.headers);
    const body = definition.body.read(request);
    return definition.handle({ params: params.data, query, headers, body, request }, turn);
  },
});
