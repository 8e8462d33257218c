import { Hono } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import type { ServerRecord, TaskRecord } from "../scaleway/records.ts";
import { taskProgress } from "../scaleway/task-progress.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { drawDuration, instanceDurations } from "../timings.ts";
import { json, pathParameter } from "../wire.ts";
import { invalidRequest, preconditionFailed, preconditionInFull } from "./errors.ts";
import type { InstanceParts } from "./parts.ts";
import { allowedActions, refusalOf } from "./plan.ts";
import { readBody } from "./request.ts";
import { serverNow } from "./server-body.ts";
import { findServer } from "./servers.ts";
import { refuseWhileMoving } from "./update-server.ts";
import { findFreeVolume } from "./volume-templates.ts";

const actionBody = z.strictObject({
  action: z.enum([
    "poweron",
    "poweroff",
    "stop_in_place",
    "reboot",
    "terminate",
    "backup",
    "enable_routed_ip",
  ]),
  name: z.string().nullish(),
  volumes: z.record(z.string(), z.unknown()).nullish(),
  disable_ipv6: z.boolean().nullish(),
});

/** The task of every answer since 2026-07-30: always the same, and pending for ever. */
const fakeTask = (hrefFrom: string, zone: string, hrefResult: string | null) => ({
  id: "00000000-0000-0000-0000-000000000000",
  description: "fake task",
  status: "pending",
  href_from: hrefFrom,
  href_result: hrefResult,
  started_at: null,
  terminated_at: null,
  progress: 0,
  zone,
});

const realTask = (parts: InstanceParts, task: TaskRecord) => ({
  id: task.id,
  description: task.description,
  href_from: task.hrefFrom,
  href_result: task.hrefResult,
  started_at: toWireTime(task.startedAt),
  terminated_at: null,
  zone: task.zone,
  ...taskProgress(task, parts.world.clock.now()),
});

/** The answer to an action or a snapshot, in the shape of the year that the settings chose. */
export const taskAnswer = (
  parts: InstanceParts,
  task: TaskRecord,
): { body: object; headers: Record<string, string> } => {
  switch (parts.settings.task_mode) {
    case "fake":
      return { body: fakeTask(task.hrefFrom, task.zone, task.hrefResult), headers: {} };
    case "real":
      return {
        body: realTask(parts, task),
        headers: { Location: `https://api.scaleway.com/instance/v1/zones/${task.zone}/tasks/${task.id}` },
      };
  }
};

/** Makes an image of the root volume; the server's state stays as it is. */
const backUp = (parts: InstanceParts, server: ServerRecord, name: string, hrefFrom: string): TaskRecord => {
  const now = parts.world.clock.now();
  const root = parts.holdings.volumes.get(server.volumes["0"] ?? "");
  const readyAt =
    now +
    drawDuration(parts.world.random(`backup/${parts.world.newId()}`), instanceDurations.snapshot) /
      parts.speed;
  const image = parts.holdings.images.put({
    id: parts.world.newId(),
    zone: server.zone,
    name,
    arch: server.arch,
    organization: server.organization,
    project: server.project,
    public: false,
    tags: [],
    fromServer: server.id,
    rootVolume: {
      id: parts.world.newId(),
      name: `${name}-root`,
      size: root?.size ?? 0,
      volumeType: root?.volumeType === "sbs_volume" ? "sbs_snapshot" : "l_ssd",
    },
    createdAt: now,
    readyAt,
  });
  return parts.holdings.tasks.put({
    id: parts.world.newId(),
    zone: server.zone,
    description: "instance_backup",
    hrefFrom,
    hrefResult: `/images/${image.id}`,
    serverId: server.id,
    startedAt: now,
    endsAt: readyAt,
    fails: false,
  });
};

const act = (
  parts: InstanceParts,
  server: ServerRecord,
  body: z.infer<typeof actionBody>,
  path: string,
): TaskRecord => {
  const hrefFrom = `/servers/${server.id}/action`;
  const { state } = parts.lifecycle.shown(server, parts.world.clock.now());
  switch (body.action) {
    case "backup":
      return backUp(parts, server, body.name ?? `${server.name}-backup`, hrefFrom);
    case "enable_routed_ip":
      throw invalidRequest("routed IP is already enabled");
    case "poweron":
    case "poweroff":
    case "reboot":
    case "stop_in_place":
    case "terminate": {
      const refusal = refusalOf(server, state, body.action);
      if (refusal?.precondition === "protected_resource") {
        // Measured in this shape only, whatever the year.
        throw preconditionInFull(400, refusal.precondition, refusal.help);
      }
      if (refusal !== undefined) {
        throw preconditionFailed(parts.settings, refusal.precondition, refusal.help);
      }
      return parts.lifecycle.begin(server, body.action, hrefFrom, { method: "POST", path });
    }
  }
};

const attachBody = z.strictObject({
  volume_id: z.string(),
  volume_type: z.string().nullish(),
  boot: z.boolean().nullish(),
});

const firstFreePlace = (server: ServerRecord): string => {
  let place = 0;
  while (Object.hasOwn(server.volumes, String(place))) {
    place += 1;
  }
  return String(place);
};

/** `/servers/{id}/action`, `/attach-volume`, `/detach-volume` and `/compatible-types`. */
export const actionRoutes = (parts: InstanceParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (c: Parameters<typeof pathParameter>[0]) =>
    findServer(parts, pathParameter(c, "zone"), pathParameter(c, "id"));
  routes.get("/action", (c) => {
    const server = find(c);
    const { state } = parts.lifecycle.shown(server, parts.world.clock.now());
    return json(200, { actions: allowedActions(server, state) });
  });
  routes.post("/action", async (c) => {
    const body = await readBody(c, actionBody);
    const { body: task, headers } = taskAnswer(parts, act(parts, find(c), body, c.req.path));
    return json(202, { task }, headers);
  });
  routes.post("/attach-volume", async (c) => {
    const { volume_id: volumeId } = await readBody(c, attachBody);
    const server = find(c);
    refuseWhileMoving(parts, server);
    const volume = findFreeVolume(parts, volumeId, server.id);
    const wanted = { ...server.volumes, [firstFreePlace(server)]: volume.id };
    const changed = parts.lifecycle.change(server, { volumes: parts.volumes.rearrange(server, wanted) });
    return json(200, { server: serverNow(parts, changed) });
  });
  routes.post("/detach-volume", async (c) => {
    const { volume_id: volumeId } = await readBody(c, attachBody);
    const server = find(c);
    refuseWhileMoving(parts, server);
    const kept = Object.entries(server.volumes).filter(([, id]) => id !== volumeId);
    if (kept.length === Object.keys(server.volumes).length) {
      throw invalidRequest(`volume ${volumeId} is not attached to this server`);
    }
    const wanted = parts.volumes.rearrange(server, Object.fromEntries(kept));
    return json(200, { server: serverNow(parts, parts.lifecycle.change(server, { volumes: wanted })) });
  });
  routes.get("/compatible-types", (c) => json(200, { compatible_types: [find(c).commercialType] }));
  return routes;
};
