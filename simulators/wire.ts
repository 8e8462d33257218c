import type { Context } from "hono";
import type { SimulatorEnv, WireAnswer } from "./dialect.ts";

/** A definite answer that ends the call: thrown by a handler, turned into the answer by the front. */
export class Refusal extends Error {
  readonly answer: WireAnswer;

  constructor(answer: WireAnswer) {
    super(`refused with ${answer.status}`);
    this.name = "Refusal";
    this.answer = answer;
  }
}

/** JSON as the providers send it: `application/json` without a charset. */
export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

/** An answer without body. */
export const empty = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers: status === 204 ? headers : { "Content-Length": "0", ...headers } });

/** The answer as a response. */
export const toResponse = (answer: WireAnswer, headers: Record<string, string> = {}): Response => {
  const all = { ...answer.headers, ...headers };
  return answer.body === undefined ? empty(answer.status, all) : json(answer.status, answer.body, all);
};

/** A part of the path that the route is known to have. */
export const pathParameter = (context: Context<SimulatorEnv>, name: string): string =>
  context.req.param(name) ?? "";

/** The body as unparsed JSON, or undefined when it is none; an empty body is an empty object. */
export const readJson = async (context: Context<SimulatorEnv>): Promise<{ value: unknown } | undefined> => {
  const text = await context.req.text();
  try {
    return { value: text === "" ? {} : JSON.parse(text) };
  } catch {
    return undefined;
  }
};
