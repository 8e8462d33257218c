import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import type { Faults } from "./faults.ts";
import type { CallKind } from "./timings.ts";
import type { World } from "./world.ts";

/** The environment of the routes: Node's own request and response are at hand, to cut a connection. */
export interface SimulatorEnv {
  Bindings: HttpBindings;
}

/** An answer as a dialect words it; no body means an empty one. */
export interface WireAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string> | undefined;
}

/** A server as the control endpoint shows it, whatever its dialect. */
export interface ServerGlance {
  id: string;
  name: string;
  state: string;
  tags: string[];
  /** The dialect's own record. */
  record: unknown;
}

/** What "a human" may change behind the back of the clients. */
export interface HumanEdit {
  name?: string | undefined;
  tags?: string[] | undefined;
  /** Puts the server into that state at once, ending whatever it was doing. */
  state?: string | undefined;
}

/** What a dialect is built from. */
export interface DialectContext {
  world: World;
  faults: Faults;
  /** Durations are divided by it. */
  speed: number;
  /** The dialect's own settings, not yet parsed. */
  settings: Record<string, string>;
  /** The one token that is accepted; undefined accepts any. */
  secret: string | undefined;
}

/** A dialect at work on a world. */
export interface RunningDialect {
  routes: Hono<SimulatorEnv>;
  /** Brings everything up to the clock: what has ended by now, has happened. */
  settle(): void;
  /** Which latency a call has. */
  callKind(method: string, path: string): CallKind;
  /** The answer of an error type of this dialect, for faults; undefined when it has no such type. */
  errorAnswer(type: string, path: string): WireAnswer | undefined;
  /** Headers of every answer. */
  commonHeaders(): Record<string, string>;
  servers(): ServerGlance[];
  /** False when there is no such server. */
  removeServer(id: string): boolean;
  /** False when there is no such server; throws when the edit is not one of this dialect's. */
  editServer(id: string, edit: HumanEdit): boolean;
}

/** A wire language that can be simulated: a folder of its own and a line in the registry. */
export interface Dialect {
  name: string;
  /** Names of its settings and what they may be, for `--help`. */
  settings: Record<string, readonly string[]>;
  /** The types that the fault `error` can answer with. */
  errorTypes: readonly string[];
  open(context: DialectContext): RunningDialect;
}
