import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import type { DeployedFunction } from "./deployment.ts";
import { type LambdaContext, lambdaContext } from "./lambda-context.ts";

/** A deployed handler. On nodejs24.x it takes an event and a context, and nothing else. */
export type Handler = (event: unknown, context: LambdaContext) => unknown;

/** Invokes a function as Lambda would: at most its timeout, any number at the same time. @throws what it throws */
export type Invoke = (called: DeployedFunction, event: unknown) => Promise<unknown>;

/** Gives the handler that a module exports. */
export type LoadHandler = (module: string) => Promise<Handler>;

const moduleSchema = z.object({
  handler: z.custom<Handler>((value) => typeof value === "function" && value.length <= 2, {
    error: "must be a function of at most two parameters",
  }),
});

/** Imports handlers by their path from a root folder. @throws ZodError when the module has no `handler` to run */
export const importHandlers =
  (root: string): LoadHandler =>
  async (module) =>
    moduleSchema.parse(await import(pathToFileURL(join(root, module)).href)).handler;

/** The function did not end in time. It cannot be stopped here as Lambda would; its result is ignored. */
export class FunctionTimedOut extends Error {
  readonly functionName: string;
  constructor(functionName: string, timeoutSeconds: number) {
    super(`${functionName} did not end within ${timeoutSeconds} s.`);
    this.name = "FunctionTimedOut";
    this.functionName = functionName;
  }
}

/** Runs handlers until `stopping`; from then on they are told that no time remains. */
export const createInvoke = (load: LoadHandler, stopping: AbortSignal): Invoke => {
  const loaded = new Map<string, Promise<Handler>>();
  const handlerOf = (module: string): Promise<Handler> => {
    const known = loaded.get(module) ?? load(module);
    loaded.set(module, known);
    return known;
  };
  return async (called, event) => {
    const handler = await handlerOf(called.module);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new FunctionTimedOut(called.name, called.timeoutSeconds)),
      called.timeoutSeconds * 1000,
    );
    try {
      return await Promise.race([
        (async () => handler(event, lambdaContext(called, stopping)))(),
        late.promise,
      ]);
    } finally {
      clearTimeout(timer);
    }
  };
};
