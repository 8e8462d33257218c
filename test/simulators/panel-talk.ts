import type { SimulatorOptions } from "../../simulators/start-simulator.ts";
import { startSimulator } from "../../simulators/start-simulator.ts";
import * as z from "zod";
import { handClock, send } from "./talk.ts";

/** A panel of `convoy-v0` with a clock of its own, unthrottled, and the few calls that every test makes. */
export const startPanel = async (options: Partial<SimulatorOptions> = {}) => {
  const clock = handClock();
  const simulator = await startSimulator({
    clock,
    ...options,
    dialect: "convoy-v0",
    settings: { throttle: "off", ...options.settings },
  });
  const headers = { Authorization: "secret", "Content-Type": "application/json" };
  const call = (method: string, path = "", body?: unknown, more: Record<string, string> = headers) =>
    send(method, `${simulator.url}/api/application/servers${path}`, body, more);
  const create = (fields: Record<string, unknown> = {}) =>
    call("POST", "", { type: "new", name: "web", node_id: 1, user_id: 1, template_id: 1, ...fields });
  /** A new server's number. */
  const made = async (fields: Record<string, unknown> = {}) =>
    z.object({ data: z.object({ id: z.number() }) }).parse((await create(fields)).body).data.id;
  const installing = async (id: number) =>
    z
      .object({ data: z.object({ installing: z.number().nullable() }) })
      .parse((await call("GET", `/${id}`)).body).data.installing;
  /** Past the longest build. */
  const settle = () => clock.advance(1000);
  return { ...simulator, clock, call, create, made, installing, settle };
};

export type Panel = Awaited<ReturnType<typeof startPanel>>;
