import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import type { Draw } from "../randomness.ts";
import { cutPage } from "../scaleway/paging.ts";
import type { SnapshotRecord } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { drawDuration, instanceDurations } from "../timings.ts";
import { empty, json, pathParameter } from "../wire.ts";
import { taskAnswer } from "./actions.ts";
import { notFound } from "./errors.ts";
import { imageBody, ownImageBody, publicImagesOf } from "./image-body.ts";
import type { InstanceParts } from "./parts.ts";
import { pagingOf, queryOf, readBody } from "./request.ts";

const snapshotBody = (parts: InstanceParts, snapshot: SnapshotRecord): object => ({
  id: snapshot.id,
  name: snapshot.name,
  organization: snapshot.organization,
  project: snapshot.project,
  tags: snapshot.tags,
  volume_type: snapshot.volumeType,
  size: snapshot.size,
  state: parts.world.clock.now() < snapshot.readyAt ? "snapshotting" : "available",
  base_volume: snapshot.volumeId === null ? null : { id: snapshot.volumeId, name: snapshot.volumeName },
  creation_date: toWireTime(snapshot.createdAt),
  modification_date: toWireTime(snapshot.createdAt),
  zone: snapshot.zone,
  error_reason: null,
});

const newSnapshot = z.strictObject({
  name: z.string().min(1),
  volume_id: z.string(),
  volume_type: z.string().nullish(),
  organization: z.string().nullish(),
  project: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  size: z.int().nullish(),
  bucket: z.string().nullish(),
  key: z.string().nullish(),
});

const create = (
  parts: InstanceParts,
  draw: Draw,
  zone: string,
  body: z.infer<typeof newSnapshot>,
): SnapshotRecord => {
  const volume = parts.holdings.volumes.get(body.volume_id);
  if (volume === undefined) {
    throw notFound("instance_volume", body.volume_id);
  }
  const now = parts.world.clock.now();
  return parts.holdings.snapshots.put({
    id: parts.world.newId(),
    zone,
    name: body.name,
    organization: body.organization ?? volume.organization,
    project: body.project ?? volume.project,
    tags: body.tags ?? [],
    volumeId: volume.id,
    volumeName: volume.name,
    volumeType: volume.volumeType === "sbs_volume" ? "sbs_snapshot" : volume.volumeType,
    size: volume.size,
    createdAt: now,
    readyAt: now + drawDuration(draw, instanceDurations.snapshot) / parts.speed,
  });
};

/** `/snapshots` */
export const snapshotRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const draw = parts.world.random("snapshots");
  const find = (id: string): SnapshotRecord => {
    const snapshot = parts.holdings.snapshots.get(id);
    if (snapshot === undefined) {
      throw notFound("instance_snapshot", id);
    }
    return snapshot;
  };
  routes.get("/", (c) => {
    const query = queryOf(c);
    const snapshots = parts.holdings.snapshots
      .values()
      .filter((snapshot) => snapshot.zone === pathParameter(c, "zone"))
      .filter((snapshot) => query.get("project") === null || snapshot.project === query.get("project"))
      .filter((snapshot) => snapshot.name.includes(query.get("name") ?? ""))
      .toReversed();
    const page = cutPage(snapshots, "/snapshots", query, pagingOf(query, parts.faults));
    return json(200, { snapshots: page.items.map((each) => snapshotBody(parts, each)) }, page.headers);
  });
  routes.post("/", async (c) => {
    const snapshot = create(parts, draw, pathParameter(c, "zone"), await readBody(c, newSnapshot));
    const task = parts.holdings.tasks.put({
      id: parts.world.newId(),
      zone: snapshot.zone,
      description: "volume_snapshot",
      hrefFrom: "/snapshots",
      hrefResult: `snapshots/${snapshot.id}`,
      serverId: null,
      startedAt: snapshot.createdAt,
      endsAt: snapshot.readyAt,
      fails: false,
    });
    const answer = taskAnswer(parts, task);
    return json(201, { snapshot: snapshotBody(parts, snapshot), task: answer.body }, answer.headers);
  });
  routes.get("/:id", (c) => json(200, { snapshot: snapshotBody(parts, find(c.req.param("id"))) }));
  routes.delete("/:id", (c) => {
    parts.holdings.snapshots.remove(find(c.req.param("id")).id);
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};

/** `/images`: public ones and those made by backups. */
export const imageRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", (c) => {
    const query = queryOf(c);
    const zone = pathParameter(c, "zone");
    const isPublic = query.get("public");
    const project = query.get("project");
    const now = parts.world.clock.now();
    const own = parts.holdings.images
      .values()
      .filter((image) => image.zone === zone && (project === null || image.project === project))
      .map((image) => ({ name: image.name, arch: image.arch, body: ownImageBody(image, now) }))
      .toReversed();
    const offered = [...publicImagesOf(zone).values()].map(({ image: { name, arch }, body }) => ({
      name,
      arch,
      body,
    }));
    const images = [...(isPublic === "true" ? [] : own), ...(isPublic === "false" ? [] : offered)]
      .filter((image) => image.name.includes(query.get("name") ?? ""))
      .filter((image) => query.get("arch") === null || image.arch === query.get("arch"));
    const page = cutPage(images, "/images", query, pagingOf(query, parts.faults));
    return json(200, { images: page.items.map((image) => image.body) }, page.headers);
  });
  routes.get("/:id", (c) => {
    const id = c.req.param("id");
    const image = imageBody(parts, pathParameter(c, "zone"), id);
    if (image === null) {
      throw notFound("instance_image", id);
    }
    return json(200, { image });
  });
  routes.delete("/:id", (c) => {
    const id = c.req.param("id");
    if (parts.holdings.images.get(id) === undefined) {
      throw notFound("instance_image", id);
    }
    parts.holdings.images.remove(id);
    return empty(204, { "Content-Type": "application/json" });
  });
  return routes;
};
