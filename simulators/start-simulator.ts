import type { AddressInfo } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { Hono } from "hono";
import { createCallLog } from "./call-log.ts";
import { realClock, type SimulatorClock } from "./clock.ts";
import { createControl, type SimulatorControl } from "./control.ts";
import { controlRoutes } from "./control-routes.ts";
import type { SimulatorEnv } from "./dialect.ts";
import { dialectNames, findDialect } from "./dialects.ts";
import { createFaults, type FaultRequest } from "./faults.ts";
import { createFront, type FrontParts } from "./front.ts";
import { tokenBucket, type RateLimit } from "./rate-limit.ts";
import type { Latency } from "./timings.ts";
import { json, Refusal, toResponse } from "./wire.ts";
import { openWorld } from "./world.ts";

/** How a simulator is to be started. Only the dialect is required. */
export interface SimulatorOptions {
  /** `scaleway-instance` or `scaleway-compute`. */
  dialect: string;
  /** Default 0: any free port. */
  port?: number | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 1. The same seed and the same calls give the same ids and durations. */
  seed?: number | undefined;
  /** Default 1. Durations of transitions are divided by it; instants are not touched. */
  speed?: number | undefined;
  /** Default none. `{factor: 1}` is what was recorded, `{milliseconds: 50}` the same for every call. */
  latency?: Latency | undefined;
  /** Where the state is kept; without it, nothing outlives the process. One process at a time. */
  stateDirectory?: string | undefined;
  /** The only token that is accepted; without it, any that is not empty. */
  secret?: string | undefined;
  faults?: readonly FaultRequest[] | undefined;
  rate?: RateLimit | undefined;
  /** Default: real time. */
  clock?: SimulatorClock | undefined;
  /** The dialect's own: `task_mode`, `precondition_shape`, `type_field`. */
  settings?: Record<string, string> | undefined;
}

/** A simulator that is listening. */
export interface Simulator {
  /** Such as `http://127.0.0.1:9001`: the root of the provider's host. */
  url: string;
  port: number;
  control: SimulatorControl;
  /** Stops listening, cuts what is open, and closes the saved state. */
  close(): Promise<void>;
}

const createApp = (name: string, control: SimulatorControl, parts: FrontParts): Hono<SimulatorEnv> => {
  // The documents write some paths with a slash at the end.
  const app = new Hono<SimulatorEnv>({ strict: false });
  app.route("/_simulator", controlRoutes(name, control));
  app.use(createFront(parts));
  app.route("/", parts.dialect.routes);
  app.onError((error) =>
    error instanceof Refusal
      ? toResponse(error.answer)
      : json(500, { type: "simulator_error", message: String(error) }),
  );
  return app;
};

const listen = (server: ServerType, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === "string") {
        reject(new Error("The simulator listens on no port"));
      } else {
        resolve(address);
      }
    });
  });

const serve = (app: Hono<SimulatorEnv>): ServerType =>
  createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    // Longer than any client keeps an idle connection: a reset must only ever come from a fault.
    serverOptions: { keepAliveTimeout: 120_000, requestTimeout: 0 },
  });

const stop = (server: ServerType): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) {
      server.closeAllConnections();
    }
  });

/**
 * Starts a simulator over real HTTP.
 *
 * @throws Error when the dialect or one of its settings is unknown, a fault is none, the port is taken, or the
 * saved state cannot be read.
 */
export const startSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const found = findDialect(options.dialect);
  if (found === undefined) {
    throw new Error(
      `Unknown dialect ${JSON.stringify(options.dialect)}: it is one of ${dialectNames.join(", ")}`,
    );
  }
  const world = openWorld({
    clock: options.clock ?? realClock,
    seed: `${found.name}/${options.seed ?? 1}`,
    stateDirectory: options.stateDirectory,
  });
  const faults = createFaults(world.random("faults"));
  const log = createCallLog();
  const dialect = found.open({
    world,
    faults,
    speed: options.speed ?? 1,
    settings: options.settings ?? {},
    secret: options.secret,
  });
  const control = createControl({ world, dialect, faults, log });
  options.faults?.forEach((fault) => control.addFault(fault));
  const app = createApp(found.name, control, {
    world,
    dialect,
    faults,
    log,
    latency: options.latency ?? { milliseconds: 0 },
    draw: world.random("latency"),
    rate: options.rate,
    withinRate: options.rate === undefined ? () => true : tokenBucket(options.rate),
  });
  const server = serve(app);
  const host = options.host ?? "127.0.0.1";
  const address = await listen(server, options.port ?? 0, host);
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    control,
    async close() {
      await stop(server);
      world.close();
    },
  };
};
