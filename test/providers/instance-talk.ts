import * as z from "zod";
import type { Simulator } from "../../simulators/start-simulator.ts";

const owner = "105bdce1-64c0-48ab-899d-868455867ecf";

const thingSchema = z.looseObject({ id: z.string() });

/** Speaks to the simulated Instance API as somebody else than Switchyard would. */
export const talkTo = (simulator: Simulator, zone = "fr-par-1") => {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${simulator.url}${path}`, {
      method,
      headers: { "X-Auth-Token": "somebody", "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return text === "" ? null : JSON.parse(text);
  };
  const instance = `/instance/v1/zones/${zone}`;
  const made = async (path: string, key: string, body: object): Promise<string> => {
    const answer = z.record(z.string(), z.unknown()).parse(await call("POST", `${instance}/${path}`, body));
    return thingSchema.parse(answer[key]).id;
  };
  return {
    owner,
    get: (path: string) => call("GET", `${instance}/${path}`),
    remove: (path: string) => call("DELETE", `${instance}/${path}`),
    server: async (id: string) => {
      const envelope = z.looseObject({ server: z.looseObject({ state: z.string() }) });
      return envelope.parse(await call("GET", `${instance}/servers/${id}`)).server;
    },
    ips: async () => {
      const ip = z.looseObject({
        id: z.string(),
        type: z.string(),
        tags: z.array(z.string()),
        server: z.looseObject({ id: z.string() }).nullable(),
      });
      return z.looseObject({ ips: z.array(ip) }).parse(await call("GET", `${instance}/ips`)).ips;
    },
    blockVolumes: async () => {
      const envelope = z.looseObject({
        volumes: z.array(z.looseObject({ id: z.string(), name: z.string() })),
      });
      return envelope.parse(await call("GET", `/block/v1/zones/${zone}/volumes`)).volumes;
    },
    makeIp: () => made("ips", "ip", { project: owner, type: "routed_ipv4" }),
    makeSecurityGroup: (name: string) => made("security_groups", "security_group", { project: owner, name }),
    makePlacementGroup: (name: string) =>
      made("placement_groups", "placement_group", { project: owner, name }),
    makeSnapshot: (name: string, volume_id: string) =>
      made("snapshots", "snapshot", { project: owner, name, volume_id }),
    makeBlockVolume: async (name: string): Promise<string> => {
      const body = { name, project_id: owner, from_empty: { size: 20_000_000_000 } };
      return thingSchema.parse(await call("POST", `/block/v1/zones/${zone}/volumes`, body)).id;
    },
  };
};
