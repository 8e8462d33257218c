import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { DialectName } from "../../lib/connection.ts";
import { dialects } from "../../lib/providers/registry.ts";
import type { ReadAnswer } from "../../lib/ports/provider.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { legacyImage, organization, project, send, serverIdOf } from "../simulators/talk.ts";
import { itemsOf } from "./contract-room.ts";
import { guestPassword, v4Server } from "./convoy-v4-panel.ts";
import { openProvider, testSecret } from "./open-provider.ts";

const headers = { "X-Auth-Token": testSecret };
const size = 10_000_000_000;
const volumesSchema = z.object({ volumes: z.array(z.object({ id: z.string() })) });
const tagsSchema = z.object({ tags: z.array(z.object({ id: z.string() })) });
const containerSchema = z.object({ container: z.object({ id: z.string() }) });

/** One thing at least for every collection, made over the wire. */
const furnish: Readonly<Record<DialectName, (url: string) => Promise<void>>> = {
  "scaleway-instance": async (url) => {
    const zone = `${url}/instance/v1/zones/fr-par-1`;
    const make = (path: string, body: unknown) => send("POST", `${zone}/${path}`, body, headers);
    const server = { name: "web", commercial_type: "DEV1-S", image: "ubuntu_noble", project };
    const id = serverIdOf(await make("servers", server));
    await send("PATCH", `${zone}/servers/${id}/user_data/cloud-init`, "#!/bin/sh", headers);
    await make("volumes", { name: "data", volume_type: "l_ssd", size, project });
    const block = { name: "block", perf_iops: 5000, from_empty: { size }, project_id: project };
    await send("POST", `${url}/block/v1/zones/fr-par-1/volumes`, block, headers);
    await make("ips", { type: "routed_ipv4", project });
    await make("placement_groups", { name: "apart", project });
    const { volumes } = volumesSchema.parse((await send("GET", `${zone}/volumes`, undefined, headers)).body);
    await make("snapshots", { name: "shot", volume_id: volumes[0]?.id, project });
  },
  "scaleway-compute": async (url) => {
    const make = (path: string, body: unknown) => send("POST", `${url}/${path}`, body, headers);
    const server = { name: "web", commercial_type: "VC1S", image: legacyImage, organization };
    const id = serverIdOf(await make("servers", server));
    await send("PATCH", `${url}/servers/${id}/user_data/cloud-init`, "#!/bin/sh", headers);
    await make("volumes", { name: "data", volume_type: "l_ssd", size, organization });
    await make("ips", { organization });
    await make(`servers/${id}/action`, { action: "poweron" });
  },
  "scaleway-draft": async (url) => {
    const image = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397";
    await send("POST", `${url}/servers`, { name: "web", organization, image }, headers);
  },
  "convoy-v0": async (url) => {
    const server = { type: "existing", name: "web", node_id: 1, user_id: 1, vmid: 1489 };
    const body = { ...server, is_template: false, is_visible: true };
    const json = { Authorization: testSecret, "Content-Type": "application/json" };
    await send("POST", `${url}/api/application/servers`, body, json);
  },
  "scaleway-v1": async (url) => {
    const make = (path: string, body: unknown) => send("POST", `${url}/v1/${path}`, body, headers);
    const id = serverIdOf(await make("servers", { name: "web" }));
    // Switched on by a human, at once: it has a session, and actions.
    await send("PATCH", `${url}/_simulator/servers/${id}`, { state: "on" });
    await make("volumes", { size, type: "l_hdd" });
    const { tags } = tagsSchema.parse((await send("GET", `${url}/v1/tags`, undefined, headers)).body);
    await make(`tags/${tags[0]?.id}/metadatas`, { metadata_key: "a/b", metadata_value: "1" });
    const { container } = containerSchema.parse((await make("containers", { name: "logs" })).body);
    await make(`containers/${container.id}/objects`, { object_id: "logs/a.txt" });
  },
  "convoy-v4": async (url) => {
    const wire = { Authorization: `Bearer ${testSecret}`, Accept: "application/json" };
    const body = { ...v4Server, account_password: guestPassword };
    const sent = { ...wire, "Content-Type": "application/json" };
    await send("POST", `${url}/api/application/servers`, body, sent);
  },
};

/** Lists in which nothing can be made: it has to do that they are there. */
const bare: Readonly<Record<DialectName, readonly string[]>> = {
  "scaleway-instance": [],
  // The older API's documents only read them.
  "scaleway-compute": ["snapshots"],
  "scaleway-draft": [],
  "convoy-v0": [],
  "scaleway-v1": [],
  "convoy-v4": [],
};

/** Lists that answer to a question only. */
const asked: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "local-images": { image_label: "ubuntu_noble" },
};

describe.each(Object.values(dialects).map(({ dialect }) => dialect))("$name, simulated, has", (dialect) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ dialect: dialect.name, secret: testSecret });
    await furnish[dialect.name](simulator.url);
  });
  afterAll(() => simulator.close());

  const read = (path: readonly string[], list: string): Promise<ReadAnswer> =>
    openProvider(dialect.name, simulator.url).provider.read({
      path,
      filters: asked[list] ?? {},
      limit: 100,
      cursor: null,
    });

  /** The path with an id of a thing that is there in the place of each `:id`. */
  const pathTo = async (pattern: string): Promise<string[]> => {
    const parts = pattern.split("/");
    const last = parts.lastIndexOf(":id");
    if (last === -1) return parts;
    const list = parts.slice(0, last).join("/");
    const [first] = itemsOf(await read(await pathTo(list), list)).items;
    if (first === undefined) throw new Error(`there is nothing in ${list}`);
    return [...(await pathTo(list)), first.id, ...parts.slice(last + 1)];
  };

  test.each(bare[dialect.name])("%s, where nothing is, and nothing is found", async (list) => {
    expect(itemsOf(await read([list], list)).items).toEqual([]);
    await expect(read([list, project], list)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
  });

  const isBare = (path: string): boolean => bare[dialect.name].some((list) => path.startsWith(list));
  test.each(dialect.collections.map(({ path }) => path).filter((path) => !isBare(path)))(
    "%s",
    async (path) => {
      const answer = await read(await pathTo(path), path);
      if (answer.form === "page") expect(answer.items).not.toEqual([]);
      else expect(answer.item.raw).toBeTruthy();
    },
  );
});
