import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import type { VolumeRecord } from "../scaleway/records.ts";
import { empty, json } from "../wire.ts";
import { invalidRequest, unknownResource, validationError } from "./errors.ts";
import { hostUrl, type ComputeParts } from "./parts.ts";
import { listAnswer, readBody } from "./request.ts";
import { volumeBody } from "./server-body.ts";

const newVolume = z.strictObject({
  name: z.string().min(1),
  organization: z.string(),
  volume_type: z.literal("l_ssd"),
  size: z.int().positive().nullish(),
  base_volume: z.string().nullish(),
  base_snapshot: z.string().nullish(),
});

const volumeUpdate = z.looseObject({
  name: z.string().min(1).optional(),
  size: z.int().positive().optional(),
});

const sizeOf = (parts: ComputeParts, body: z.infer<typeof newVolume>): number => {
  const given = [body.size, body.base_volume, body.base_snapshot].filter((each) => each != null);
  if (given.length !== 1) {
    throw validationError({ size: ["exactly one of size, base_volume and base_snapshot is required"] });
  }
  if (body.base_volume != null) {
    const base = parts.holdings.volumes.get(body.base_volume);
    if (base === undefined) {
      throw unknownResource("Volume", body.base_volume);
    }
    if (base.serverId !== null) {
      throw invalidRequest("Base volume is in use");
    }
    return base.size;
  }
  if (body.base_snapshot != null) {
    const base = parts.holdings.snapshots.get(body.base_snapshot);
    if (base === undefined) {
      throw unknownResource("other", body.base_snapshot);
    }
    return base.size;
  }
  return body.size ?? 0;
};

/** `/volumes` */
export const volumeRoutes = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (id: string): VolumeRecord => {
    const volume = parts.holdings.volumes.get(id);
    if (volume === undefined) {
      throw unknownResource("Volume", id);
    }
    return volume;
  };
  const one = (status: number, volume: VolumeRecord, headers: Record<string, string> = {}) =>
    json(status, { volume: volumeBody(parts, volume) }, headers);
  routes.get("/", (c) =>
    listAnswer(parts, c, "volumes", parts.holdings.volumes.values().toReversed(), (volume) =>
      volumeBody(parts, volume),
    ),
  );
  routes.post("/", async (c) => {
    const body = await readBody(c, newVolume);
    const volume = parts.volumes.create(
      { name: body.name, volumeType: body.volume_type, size: sizeOf(parts, body) },
      { zone: parts.settings.region, organization: body.organization, project: body.organization },
    );
    return one(201, volume, { Location: hostUrl(parts, `/volumes/${volume.id}`) });
  });
  routes.get("/:id", (c) => one(200, find(c.req.param("id"))));
  routes.on(["PUT", "PATCH"], "/:id", async (c) => {
    const body = await readBody(c, volumeUpdate);
    const volume = find(c.req.param("id"));
    const modifiedAt = parts.world.clock.now();
    return one(
      200,
      parts.holdings.volumes.put({
        ...volume,
        name: body.name ?? volume.name,
        size: body.size ?? volume.size,
        modifiedAt,
      }),
    );
  });
  routes.delete("/:id", (c) => {
    const volume = find(c.req.param("id"));
    if (volume.serverId !== null) {
      throw invalidRequest("a server is attached to this volume");
    }
    parts.holdings.volumes.remove(volume.id);
    return empty(204);
  });
  return routes;
};
