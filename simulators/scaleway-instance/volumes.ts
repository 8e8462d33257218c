import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { cutPage } from "../scaleway/paging.ts";
import type { VolumeRecord } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { invalidArguments, notFound, preconditionFailed } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf, readBody } from "./request.ts";

const volumeBody = (parts: InstanceParts, volume: VolumeRecord): object => {
  const server = volume.serverId === null ? undefined : parts.holdings.servers.get(volume.serverId);
  return {
    id: volume.id,
    name: volume.name,
    export_uri: null,
    size: volume.size,
    volume_type: volume.volumeType,
    creation_date: toWireTime(volume.createdAt),
    modification_date: toWireTime(volume.modifiedAt),
    organization: volume.organization,
    project: volume.project,
    server: server === undefined ? null : { id: server.id, name: server.name },
    state: "available",
    tags: volume.tags,
    zone: volume.zone,
  };
};

const newVolume = z.strictObject({
  name: z.string().min(1),
  volume_type: z.enum(["l_ssd", "scratch"]).default("l_ssd"),
  size: z.int().positive().nullish(),
  base_snapshot: z.string().nullish(),
  organization: z.string().nullish(),
  project: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
});

const volumeUpdate = z.strictObject({
  name: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  size: z.int().positive().nullish(),
});

const create = (parts: InstanceParts, zone: string, body: z.infer<typeof newVolume>): VolumeRecord => {
  const snapshot = body.base_snapshot == null ? undefined : parts.holdings.snapshots.get(body.base_snapshot);
  if (body.base_snapshot != null && snapshot === undefined) {
    throw notFound("instance_snapshot", body.base_snapshot);
  }
  const size = body.size ?? snapshot?.size;
  const project = body.project ?? body.organization;
  const missing = [...(size === undefined ? ["size"] : []), ...(project == null ? ["project"] : [])];
  if (size === undefined || project == null) {
    throw invalidArguments(
      missing.map((name) => ({
        argument_name: name,
        reason: "required",
        help_message: "required key not provided",
      })),
    );
  }
  return parts.volumes.create(
    {
      name: body.name,
      volumeType: body.volume_type,
      size,
      tags: body.tags ?? [],
      snapshotId: snapshot?.id ?? null,
    },
    { zone, project, organization: body.organization ?? project },
  );
};

const listed = (parts: InstanceParts, zone: string, query: URLSearchParams): VolumeRecord[] => {
  const tags = query.get("tags")?.split(",") ?? [];
  const type = query.get("volume_type");
  return parts.holdings.volumes
    .values()
    .filter((volume) => volume.zone === zone && volume.volumeType !== "sbs_volume")
    .filter((volume) => query.get("project") === null || volume.project === query.get("project"))
    .filter((volume) => type === null || volume.volumeType === type)
    .filter((volume) => volume.name.includes(query.get("name") ?? ""))
    .filter((volume) => tags.every((tag) => volume.tags.includes(tag)))
    .toReversed();
};

/** `/volumes`: local ones only. A block volume's id is unknown here; it lives on the block API. */
export const localVolumeRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (zone: string, id: string): VolumeRecord => {
    const volume = parts.holdings.volumes.get(id);
    if (volume === undefined || volume.zone !== zone || volume.volumeType === "sbs_volume") {
      throw notFound("instance_volume", id);
    }
    return volume;
  };
  const one = (status: number, volume: VolumeRecord) => json(status, { volume: volumeBody(parts, volume) });
  routes.get("/", (c) => {
    const query = queryOf(c);
    const volumes = listed(parts, pathParameter(c, "zone"), query);
    const page = cutPage(volumes, "/volumes", query, pagingOf(query, parts.faults));
    return json(200, { volumes: page.items.map((volume) => volumeBody(parts, volume)) }, page.headers);
  });
  routes.post("/", async (c) =>
    one(201, create(parts, pathParameter(c, "zone"), await readBody(c, newVolume))),
  );
  routes.get("/:id", (c) => one(200, find(pathParameter(c, "zone"), c.req.param("id"))));
  routes.patch("/:id", async (c) => {
    const body = await readBody(c, volumeUpdate);
    const volume = find(pathParameter(c, "zone"), c.req.param("id"));
    return one(
      200,
      parts.holdings.volumes.put({
        ...volume,
        name: body.name ?? volume.name,
        tags: body.tags ?? volume.tags,
        size: body.size ?? volume.size,
        modifiedAt: parts.world.clock.now(),
      }),
    );
  });
  routes.delete("/:id", (c) => {
    const volume = find(pathParameter(c, "zone"), c.req.param("id"));
    if (volume.serverId !== null) {
      throw preconditionFailed(
        parts.settings,
        "resource_still_in_use",
        "a server is attached to this volume",
      );
    }
    parts.holdings.volumes.remove(volume.id);
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};
