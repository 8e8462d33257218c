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

/** Runs functions. `settled` resolves when no invocation is going on. */
export interface FunctionRunner {
  readonly invoke: Invoke;
  readonly settled: () => Promise<void>;
}

/** Runs handlers until `stopping`; from then on they are told that no time remains. */
export const createRunner = (load: LoadHandler, stopping: AbortSignal): FunctionRunner => {
  const loaded = new Map<string, Promise<Handler>>();
  const running = new Set<Promise<unknown>>();
  const run = async (called: DeployedFunction, event: unknown): Promise<unknown> => {
    const loading = loaded.get(called.module) ?? load(called.module);
    loaded.set(called.module, loading);
    const handler = await loading;
    return handler(event, lambdaContext(called, stopping));
  };
  const invoke: Invoke = async (called, event) => {
    const late = Promise.withResolvers<never>();
    const timeout = (): void => late.reject(new FunctionTimedOut(called.name, called.timeoutSeconds));
    const timer = setTimeout(timeout, called.timeoutSeconds * 1000);
    const invocation = run(called, event);
    running.add(invocation);
    try {
      return await Promise.race([invocation, late.promise]);
    } finally {
      clearTimeout(timer);
      running.delete(invocation);
    }
  };
  const settled = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled(running);
  };
  return { invoke, settled };
};
