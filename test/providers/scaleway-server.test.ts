import { expect, test } from "vitest";
import { serverPhases as computePhases } from "../../lib/providers/scaleway-compute/translate.ts";
import { isTaskOver } from "../../lib/providers/scaleway-compute/translate.ts";
import {
  realTaskOf,
  serverPhases as instancePhases,
} from "../../lib/providers/scaleway-instance/translate.ts";
import {
  actionEnvelope,
  observationOf,
  progressOf,
  serverSchema,
  taskSchema,
  volumesOf,
} from "../../lib/providers/scaleway-server.ts";
import { phaseOfVolume, volumeObservation, volumeSchema } from "../../lib/providers/scaleway-volume.ts";

const id = "741db378-6b87-46d4-a8c5-4e46a09ab1f8";

test.each([
  ["running", "on", "on"],
  ["stopped", "off", "off"],
  ["stopped in place", "standby", "standby"],
  ["starting", "moving", "moving"],
  ["stopping", "moving", "moving"],
  ["locked", "locked", "locked"],
  // Listed by one old client of the older API only.
  ["pending", "unknown", "moving"],
  // Words of other dialects and of times to come are never an end.
  ["Running", "unknown", "unknown"],
  ["off", "unknown", "unknown"],
  ["paused", "unknown", "unknown"],
  ["", "unknown", "unknown"],
])("state %j is %s today and %s in the older API", (state, today, older) => {
  const server = serverSchema.parse({ id, state });
  expect(observationOf(server, instancePhases, null, null).phase).toBe(today);
  expect(observationOf(server, computePhases, null, null).phase).toBe(older);
});

test("a whole server of today's API is seen with all that we use of it", () => {
  const server = serverSchema.parse({
    id,
    name: "web-1",
    state: "starting",
    state_detail: "provisioning node",
    tags: ["env=dev", "swy:op=op_00000000000000000000000000", "swy:dep=d"],
    modification_date: "2026-08-01T10:00:00.123456+00:00",
    protected: true,
    volumes: {
      "0": { boot: false, id: "v0", volume_type: "sbs_volume", state: "available" },
      "1": { id: "v1", volume_type: "l_ssd" },
    },
    something_new: { of: "tomorrow" },
  });
  expect(observationOf(server, instancePhases, null, "req-1")).toEqual({
    phase: "moving",
    state: "starting",
    detail: "provisioning node",
    name: "web-1",
    modified: "2026-08-01T10:00:00.123456+00:00",
    is_protected: true,
    made_by: "op_00000000000000000000000000",
    tags: ["env=dev"],
    volumes: [
      { id: "v0", store: "block" },
      { id: "v1", store: "local" },
    ],
    task: null,
    request_id: "req-1",
  });
});

test("the seed's own server, which lacks dates and details, is seen too", () => {
  const server = serverSchema.parse({
    bootscript: null,
    dynamic_public_ip: false,
    id,
    image: { id: "85917034-46b0-4cc5-8b48-f0a2245e357e", name: "ubuntu working" },
    name: "my_server",
    organization: "000a115d-2852-4b0a-9ce8-47f1134ba95a",
    private_ip: null,
    public_ip: null,
    state: "running",
    tags: ["test", "www"],
    volumes: { "0": { export_uri: null, id: "c1eb8f3a", size: 10_000_000_000, volume_type: "l_ssd" } },
  });
  expect(observationOf(server, computePhases, null, null)).toMatchObject({
    phase: "on",
    detail: null,
    modified: null,
    is_protected: false,
    made_by: null,
    volumes: [{ id: "c1eb8f3a", store: "local" }],
  });
});

test.each([
  ["a detail that says nothing is none", { state_detail: "" }, { detail: null }],
  [
    "null for what may be absent",
    { name: null, tags: null, volumes: null, protected: null },
    { name: null, volumes: [] },
  ],
])("%s", (_why, fields, seen) => {
  const server = serverSchema.parse({ id, state: "stopped", ...fields });
  expect(observationOf(server, instancePhases, null, null)).toMatchObject(seen);
});

test.each([
  [
    "a map",
    { "0": { id: "a", volume_type: "l_ssd" }, "1": { id: "b", volume_type: "sbs_volume" } },
    ["a local", "b block"],
  ],
  ["a list", [{ id: "a", volume_type: "scratch" }], ["a local"]],
  [
    "the older block volumes, which the server's own API deletes",
    { "0": { id: "a", volume_type: "b_ssd" } },
    ["a local"],
  ],
  ["no type at all", { "0": { id: "a" } }, ["a local"]],
  ["an entry without an id", { "0": {}, "1": null, "2": "text" }, []],
  ["none", undefined, []],
])("volumes in the form of %s", (_why, volumes, expected) => {
  expect(volumesOf(volumes).map((volume) => `${volume.id} ${volume.store}`)).toEqual(expected);
});

test.each([
  ["0", 0],
  [0, 0],
  ["57", 57],
  [100, 100],
  [250, 100],
  [-1, 0],
  ["", null],
  ["soon", null],
  [null, null],
  [undefined, null],
])("progress %j is %j", (progress, expected) => {
  expect(progressOf(progress)).toBe(expected);
});

test("the seed's task, without times and with its progress as text, is a task", () => {
  const { task } = actionEnvelope.parse({
    task: {
      description: "server_poweroff",
      href_from: "/servers/x/action",
      id: "a8a1775c",
      progress: "0",
      status: "pending",
    },
  });
  expect(task === null || task === undefined ? null : realTaskOf(task)).toEqual({
    id: "a8a1775c",
    status: "pending",
    progress: 0,
  });
});

test("today's fake task is none", () => {
  const fake = {
    id: "00000000-0000-0000-0000-000000000000",
    description: "fake task",
    status: "pending",
    progress: 0,
  };
  expect(realTaskOf(taskSchema.parse(fake))).toBeNull();
});

test.each([
  ["success", true],
  ["failure", true],
  ["pending", false],
  ["started", false],
  // Not terminal, says the official client.
  ["retry", false],
  ["unheard of", false],
])("a task that is %s is over: %j", (status, over) => {
  expect(isTaskOver({ id: "t", status, progress: 0 })).toBe(over);
});

test.each([
  ["free, today's word", { state: "available", server: null }, "off"],
  ["attached local volumes are available too", { state: "available", server: { id } }, "on"],
  ["free, block API", { status: "available", references: [] }, "off"],
  ["just detached, block API", { status: "in_use", references: [] }, "on"],
  ["attached, block API", { status: "available", references: [{ id: "r" }] }, "on"],
  ["no state at all (the seed)", { server: null }, "off"],
  ["being made", { status: "creating" }, "moving"],
  ["being copied", { state: "snapshotting" }, "moving"],
  ["broken: it can be deleted", { status: "error" }, "off"],
  ["locked", { status: "locked" }, "locked"],
  ["a word of tomorrow", { status: "frozen" }, "unknown"],
])("a volume: %s", (_why, fields, phase) => {
  expect(phaseOfVolume(volumeSchema.parse({ id: "v", ...fields }))).toBe(phase);
});

test("a volume's maker is found among its tags, or in its name where there are no tags", () => {
  const operation = "op_00000000000000000000000000";
  const made = (fields: object) =>
    volumeObservation(volumeSchema.parse({ id: "v", ...fields }), null, null).made_by;
  expect(made({ name: "data", tags: [`swy:op=${operation}`] })).toBe(operation);
  expect(made({ name: `data swy:op=${operation}` })).toBe(operation);
  expect(made({ name: `dataswy:op=${operation}` })).toBeNull();
});
