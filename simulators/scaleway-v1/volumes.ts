import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { json, pathParameter } from "../wire.ts";
import { knownByNow, listed, made } from "./answers.ts";
import { badParameter, notFound } from "./errors.ts";
import type { V1Parts } from "./parts.ts";
import type { VolumeRecord } from "./records.ts";
import { readBody } from "./request.ts";
import { volumesOf } from "./server-body.ts";

/** The document's four parameters; all are marked as required, though no volume has two bases. */
const createVolumeBody = {
  size: z.int().min(1),
  type: z.string().min(1),
  base_volume: z.string().nullish(),
  base_snapshot: z.string().nullish(),
};

const volumeBody = (parts: V1Parts, volume: VolumeRecord) => {
  const holder = parts.holdings.machines.servers
    .values()
    .find((server) => volumesOf(server).includes(volume.id));
  return {
    id: volume.id,
    size: volume.size,
    type: volume.type,
    base_volume: volume.baseVolume,
    base_snapshot: volume.baseSnapshot,
    server_id: holder?.id ?? null,
    creation_date: toWireTime(volume.createdAt),
  };
};

/** `/volumes` and below: neither edited nor deleted, says the document. */
export const volumeRoutes = (parts: V1Parts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) =>
    listed(parts, c, {
      name: "volumes",
      all: knownByNow(parts, parts.holdings.volumes.values()),
      body: (volume) => volumeBody(parts, volume),
      limit: 25,
    }),
  );
  routes.post("/", async (c) => {
    const body = await readBody(parts, c, createVolumeBody);
    const [baseVolume, baseSnapshot] = [body.base_volume ?? null, body.base_snapshot ?? null];
    if (baseVolume !== null && parts.holdings.volumes.get(baseVolume) === undefined) {
      throw badParameter("base_volume", `The volume ${baseVolume} doesn't exist.`, "volume_not_found");
    }
    if (baseVolume !== null && baseSnapshot !== null) {
      throw badParameter("base_snapshot", "A volume has one base.", "two_bases");
    }
    const volume = parts.holdings.volumes.put({
      id: `Volume-${parts.world.newId()}`,
      size: body.size,
      type: body.type,
      baseVolume,
      baseSnapshot,
      createdAt: parts.world.clock.now(),
    });
    return made(parts, "volume", volumeBody(parts, volume));
  });
  routes.get("/:id", (c) => {
    const id = pathParameter(c, "id");
    const volume = parts.holdings.volumes.get(id);
    if (volume === undefined) {
      throw notFound("volume_id", id);
    }
    return json(200, { volume: volumeBody(parts, volume) });
  });
  return routes;
};
