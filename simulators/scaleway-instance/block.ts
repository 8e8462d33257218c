import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { uuidOf } from "../randomness.ts";
import type { VolumeRecord } from "../scaleway/records.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { notFound, preconditionInFull } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf, readBody } from "./request.ts";

const toBlockTime = (epochMilliseconds: number): string => new Date(epochMilliseconds).toISOString();

const referencesOf = (volume: VolumeRecord): object[] =>
  volume.serverId === null
    ? []
    : [
        {
          id: uuidOf(`reference/${volume.id}/${volume.serverId}`),
          product_resource_type: "instance_server",
          product_resource_id: volume.serverId,
          created_at: toBlockTime(volume.modifiedAt),
          type: "exclusive",
          status: "attached",
        },
      ];

/** A block volume: a bare object with a `status`, unlike anything in the Instance API. */
const blockVolumeBody = (parts: InstanceParts, volume: VolumeRecord): object => ({
  id: volume.id,
  name: volume.name,
  type: volume.iops > 5000 ? "sbs_15k" : "sbs_5k",
  size: volume.size,
  project_id: volume.project,
  created_at: toBlockTime(volume.createdAt),
  updated_at: toBlockTime(volume.modifiedAt),
  references: referencesOf(volume),
  parent_snapshot_id: volume.snapshotId,
  status: parts.volumes.isInUse(volume) ? "in_use" : "available",
  tags: volume.tags,
  zone: volume.zone,
  specs: { perf_iops: volume.iops, class: "sbs" },
  last_detached_at: volume.detachedAt === null ? null : toBlockTime(volume.detachedAt),
});

const newBlockVolume = z.strictObject({
  name: z.string().min(1),
  project_id: z.string(),
  perf_iops: z.int().nullish(),
  from_empty: z.object({ size: z.int().positive() }).nullish(),
  from_snapshot: z.object({ snapshot_id: z.string(), size: z.int().positive().nullish() }).nullish(),
  tags: z.array(z.string()).nullish(),
});

const blockVolumeUpdate = z.strictObject({
  name: z.string().nullish(),
  size: z.int().positive().nullish(),
  tags: z.array(z.string()).nullish(),
  perf_iops: z.int().nullish(),
});

const listed = (parts: InstanceParts, zone: string, query: URLSearchParams): VolumeRecord[] => {
  const tags = query.getAll("tags").flatMap((each) => each.split(","));
  const server = query.get("product_resource_id");
  return (
    parts.holdings.volumes
      .values()
      .filter((volume) => volume.zone === zone && volume.volumeType === "sbs_volume")
      .filter((volume) => query.get("project_id") === null || volume.project === query.get("project_id"))
      .filter((volume) => volume.name.includes(query.get("name") ?? ""))
      .filter((volume) => server === null || volume.serverId === server)
      // Unlike the tags of servers, any of these is enough.
      .filter((volume) => tags.length === 0 || tags.some((tag) => volume.tags.includes(tag)))
      .toReversed()
  );
};

const create = (parts: InstanceParts, zone: string, body: z.infer<typeof newBlockVolume>): VolumeRecord => {
  const project = body.project_id;
  return parts.volumes.create(
    {
      name: body.name,
      volumeType: "sbs_volume",
      size: body.from_empty?.size ?? body.from_snapshot?.size ?? 10_000_000_000,
      iops: body.perf_iops ?? 5000,
      tags: body.tags ?? [],
      snapshotId: body.from_snapshot?.snapshot_id ?? null,
    },
    { zone, project, organization: project },
  );
};

/** `/block/v1/zones/{zone}/volumes`: where volumes live that survive the terminate of their server. */
export const blockRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (zone: string, id: string): VolumeRecord => {
    const volume = parts.holdings.volumes.get(id);
    if (volume === undefined || volume.zone !== zone || volume.volumeType !== "sbs_volume") {
      throw notFound("volume", id);
    }
    return volume;
  };
  const one = (volume: VolumeRecord) => json(200, blockVolumeBody(parts, volume));
  routes.get("/", (c) => {
    const query = queryOf(c);
    const all = listed(parts, pathParameter(c, "zone"), query);
    query.set("per_page", query.get("page_size") ?? "50");
    const { page, perPage } = pagingOf(query, parts.faults);
    const volumes = all.slice((page - 1) * perPage, page * perPage);
    return json(200, {
      volumes: volumes.map((volume) => blockVolumeBody(parts, volume)),
      total_count: all.length,
    });
  });
  routes.post("/", async (c) =>
    one(create(parts, pathParameter(c, "zone"), await readBody(c, newBlockVolume))),
  );
  routes.get("/:id", (c) => one(find(pathParameter(c, "zone"), c.req.param("id"))));
  routes.patch("/:id", async (c) => {
    const body = await readBody(c, blockVolumeUpdate);
    const volume = find(pathParameter(c, "zone"), c.req.param("id"));
    return one(
      parts.holdings.volumes.put({
        ...volume,
        name: body.name ?? volume.name,
        size: body.size ?? volume.size,
        tags: body.tags ?? volume.tags,
        iops: body.perf_iops ?? volume.iops,
        modifiedAt: parts.world.clock.now(),
      }),
    );
  });
  routes.delete("/:id", (c) => {
    const volume = find(pathParameter(c, "zone"), c.req.param("id"));
    if (parts.volumes.isInUse(volume)) {
      throw preconditionInFull(412, "resource_still_in_use", "the volume is still in use");
    }
    parts.holdings.volumes.remove(volume.id);
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};
