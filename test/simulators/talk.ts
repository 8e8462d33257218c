import * as z from "zod";
import type { SimulatorClock } from "../../simulators/clock.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../simulators/start-simulator.ts";

export const project = "105bdce1-64c0-48ab-899d-868455867ecf";
export const organization = "000a115d-2852-4b0a-9ce8-47f1134ba95a";
export const legacyImage = "85917034-46b0-4cc5-8b48-f0a2245e357e";

/** An answer as it came over the wire. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, or undefined when it is none. */
  body: unknown;
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A clock that stands still until it is moved. */
export const handClock = (): SimulatorClock & { advance(seconds: number): void } => {
  let now = Date.UTC(2026, 8, 1, 12, 0);
  return {
    now: () => now,
    advance(seconds) {
      now += seconds * 1000;
    },
  };
};

/** One raw HTTP call. A string is sent as it is, anything else as JSON. */
export const send = async (
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = { "X-Auth-Token": "secret" },
): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseJson(text) };
};

const created = z.object({ server: z.object({ id: z.string() }) });

export const serverIdOf = (answer: Answer): string => created.parse(answer.body).server.id;

/** A simulator with a clock of its own, and the few calls that every test makes. */
export const startTalk = async (options: SimulatorOptions) => {
  const clock = handClock();
  const simulator: Simulator = await startSimulator({ clock, ...options });
  const isInstance = options.dialect === "scaleway-instance";
  const base = isInstance ? `${simulator.url}/instance/v1/zones/fr-par-1` : simulator.url;
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    send(method, `${base}${path}`, body, headers);
  const root = (method: string, path: string, body?: unknown) =>
    send(method, `${simulator.url}${path}`, body);
  const create = (fields: Record<string, unknown> = {}) =>
    call("POST", "/servers", {
      name: "web",
      commercial_type: isInstance ? "DEV1-S" : "VC1S",
      ...(isInstance ? { image: "ubuntu_noble", project } : { image: legacyImage, organization }),
      ...fields,
    });
  const act = (id: string, action: string) => call("POST", `/servers/${id}/action`, { action });
  /** Longer than any action that is not stuck. */
  const settle = () => clock.advance(100_000);
  return {
    ...simulator,
    clock,
    base,
    call,
    root,
    create,
    act,
    settle,
    /** A new server's id. */
    made: async (fields: Record<string, unknown> = {}) => serverIdOf(await create(fields)),
  };
};

export type Talk = Awaited<ReturnType<typeof startTalk>>;

/** Brings a new server into a state, over the wire. */
export const bringTo = async (talk: Talk, id: string, state: string): Promise<void> => {
  const ways: Record<string, readonly string[]> = {
    stopped: [],
    starting: ["poweron"],
    running: ["poweron", "settle"],
    stopping: ["poweron", "settle", "poweroff"],
    rebooting: ["poweron", "settle", "reboot"],
    terminating: ["poweron", "settle", "terminate"],
    "stopped in place": ["poweron", "settle", "stop_in_place", "settle"],
  };
  for (const step of ways[state] ?? []) {
    if (step === "settle") {
      talk.settle();
    } else {
      await talk.act(id, step);
    }
  }
  if (state === "locked") {
    talk.control.editServer(id, { state: "locked" });
  }
};
