import * as client from "@scaleway/sdk-client";
import { Instancev1 } from "@scaleway/sdk-instance";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";

const zone = "fr-par-1";
const projectId = "105bdce1-64c0-48ab-899d-868455867ecf";
const noId = "11111111-1111-4111-8111-111111111111";

let simulator: Simulator;
let api: Instancev1.API;

const apiWith = (secretKey: string): Instancev1.API =>
  new Instancev1.API(
    client.createClient({
      accessKey: "SCWSIMULATED00000000",
      secretKey,
      defaultProjectId: projectId,
      defaultZone: zone,
      apiURL: simulator.url,
    }),
  );

beforeAll(async () => {
  simulator = await startSimulator({
    dialect: "scaleway-instance",
    speed: 200,
    secret: "22222222-2222-4222-8222-222222222222",
  });
  api = apiWith("22222222-2222-4222-8222-222222222222");
});
afterAll(() => simulator.close());

const create = async (fields: Partial<Instancev1.CreateServerRequest> = {}): Promise<Instancev1.Server> => {
  const { server } = await api.createServer({
    name: "web",
    commercialType: "DEV1-S",
    image: "ubuntu_noble",
    protected: false,
    ...fields,
  });
  if (server === undefined) {
    throw new Error("the answer holds no server");
  }
  return server;
};

/** The client sleeps at least a second before its first look. */
const fast = { minDelay: 1, maxDelay: 1, timeout: 20 };
const actAndWait = (serverId: string, action: Instancev1.ServerAction) =>
  api.serverActionAndWait({ serverId, action }, fast);

const caught = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call was expected to fail");
};

// At the same time, as the client sleeps a second before each look.
describe.concurrent("the life of a server, told by the official client", () => {
  test("created, powered on, put to sleep, off, and deleted", async () => {
    const server = await create({ tags: ["env=dev"] });
    expect(server).toMatchObject({
      state: "stopped",
      tags: ["env=dev"],
      project: projectId,
      allowedActions: ["poweron", "backup"],
    });
    expect(server.creationDate).toBeInstanceOf(Date);
    const running = await actAndWait(server.id, "poweron");
    expect(running).toMatchObject({
      state: "running",
      stateDetail: "booting kernel",
      publicIp: { dynamic: true },
    });
    expect(await actAndWait(server.id, "stop_in_place")).toMatchObject({ state: "stopped in place" });
    expect(await actAndWait(server.id, "poweroff")).toMatchObject({ state: "stopped" });
    await api.deleteServer({ serverId: server.id });
    expect(await caught(api.getServer({ serverId: server.id }))).toBeInstanceOf(
      client.Errors.ResourceNotFoundError,
    );
  });

  test("terminated: the client waits until the server is not found", async () => {
    const server = await create();
    await actAndWait(server.id, "poweron");
    const error = await caught(actAndWait(server.id, "terminate"));
    expect(error).toMatchObject({
      name: "ResourceNotFoundError",
      status: 404,
      resource: "instance_server",
      resourceId: server.id,
    });
  });

  test("a power-on that falls back is what the client reports", async () => {
    simulator.control.addFault({ name: "capacity_failure", subject: "unlucky" });
    const server = await create({ name: "unlucky" });
    await expect(actAndWait(server.id, "poweron")).rejects.toThrow(
      "expected state running but found stopped: no capacity available",
    );
  });

  test("all of many servers are found over several pages", async () => {
    const names = Array.from({ length: 23 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => create({ name, tags: ["many"] })));
    const found = await api.listServers({ tags: ["many"], perPage: 10 }).all();
    expect(found.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    const page = await api.listServers({ tags: ["many"], perPage: 10, page: 3 });
    expect([page.totalCount, page.servers.length]).toEqual([23, 3]);
    expect(Object.keys((await api.listServersTypes({ perPage: 7 })).servers)).toHaveLength(7);
  });

  test("its name, tags and user data are changed and read back", async () => {
    const { id } = await create();
    const { server } = await api.updateServer({ serverId: id, name: "renamed", tags: ["a", "b"] });
    expect(server).toMatchObject({ name: "renamed", tags: ["a", "b"] });
    await api.setServerUserData({ serverId: id, key: "cloud-init", content: "#cloud-config\n" });
    expect(await api.listServerUserData({ serverId: id })).toEqual({ userData: ["cloud-init"] });
    expect(await api.getServerUserData({ serverId: id, key: "cloud-init" })).toBeDefined();
    await api.deleteServerUserData({ serverId: id, key: "cloud-init" });
    expect(await caught(api.getServerUserData({ serverId: id, key: "cloud-init" }))).toMatchObject({
      status: 404,
    });
  });

  test("a local volume is made, attached, detached and deleted", async () => {
    const server = await create();
    const { volume } = await api.createVolume({ name: "data", volumeType: "l_ssd", size: 10_000_000_000 });
    const volumeId = volume?.id ?? "";
    const attached = await api.attachVolume({ serverId: server.id, volumeId });
    expect(attached.server?.volumes["1"]).toMatchObject({ id: volumeId, size: 10_000_000_000 });
    const stillInUse = await caught(api.deleteVolume({ volumeId }));
    expect(stillInUse).toMatchObject({
      name: "PreconditionFailedError",
      precondition: "resource_still_in_use",
    });
    await api.detachVolume({ volumeId });
    expect(await api.waitForVolume({ volumeId }, fast)).toMatchObject({
      state: "available",
      server: undefined,
    });
    await api.deleteVolume({ volumeId });
    expect(await caught(api.getVolume({ volumeId }))).toMatchObject({
      name: "ResourceNotFoundError",
      resource: "instance_volume",
    });
  });

  test("addresses, snapshots, images and groups are read and made", async () => {
    const server = await create();
    const { ip } = await api.createIp({ type: "routed_ipv4", server: server.id });
    expect(ip).toMatchObject({ state: "attached", server: { id: server.id } });
    await api.deleteIp({ ip: ip?.id ?? "" });
    const { volume } = await api.createVolume({ name: "v", volumeType: "l_ssd", size: 10_000_000_000 });
    const { snapshot, task } = await api.createSnapshot({ name: "s", volumeId: volume?.id ?? "" });
    expect(task?.description).toBe("fake task");
    expect(await api.waitForSnapshot({ snapshotId: snapshot?.id ?? "" }, fast)).toMatchObject({
      state: "available",
    });
    expect((await api.listImages({ public: true })).totalCount).toBeGreaterThan(10);
    expect((await api.listSecurityGroups({ project: projectId })).securityGroups[0]).toMatchObject({
      name: "Default security group",
    });
    expect((await api.createPlacementGroup({ name: "g" })).placementGroup).toMatchObject({ name: "g" });
  });
});

/** A class of errors that the client exports. */
type ErrorKind = (typeof client.Errors)[keyof typeof client.Errors];

describe("errors as the official client understands them", () => {
  afterEach(() => simulator.control.clearFaults());

  test.for<
    readonly [cause: string, call: () => Promise<unknown>, kind: ErrorKind, status: number, fields: object]
  >([
    [
      "a wrong key",
      () => apiWith(noId).listServers(),
      client.Errors.DeniedAuthenticationError,
      401,
      { method: "api_key", reason: "not_found" },
    ],
    [
      "a server that is not there",
      () => api.getServer({ serverId: noId }),
      client.Errors.ResourceNotFoundError,
      404,
      { resource: "instance_server", resourceId: noId },
    ],
    [
      "a create without image",
      () => api.createServer({ name: "x", commercialType: "DEV1-S", protected: false }),
      client.Errors.InvalidArgumentsError,
      400,
      {
        details: [
          { argumentName: "image", reason: "required" },
          { argumentName: "volumes", reason: "required" },
        ],
      },
    ],
    [
      "a delete of a server that is starting",
      async () => {
        const { id } = await create();
        await api.serverAction({ serverId: id, action: "poweron" });
        await api.deleteServer({ serverId: id });
      },
      client.Errors.PreconditionFailedError,
      400,
      { precondition: "resource_still_in_use", helpMessage: "instance should be powered off" },
    ],
    [
      "volumes of a server that is starting",
      async () => {
        const { id } = await create();
        simulator.control.addFault({ name: "stuck" });
        await api.serverAction({ serverId: id, action: "poweron" });
        await api.updateServer({ serverId: id, volumes: {} });
      },
      client.Errors.TransientStateError,
      409,
      { resource: "instance_server", currentState: "starting" },
    ],
  ])("%s is its own kind of error", async ([, call, kind, status, fields]) => {
    const error = await caught(call());
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status, ...fields });
  });

  test.for<readonly [type: string, kind: ErrorKind, status: number, fields: object]>([
    [
      "invalid_arguments",
      client.Errors.InvalidArgumentsError,
      400,
      { details: [{ argumentName: "name", reason: "constraint" }] },
    ],
    ["denied_authentication", client.Errors.DeniedAuthenticationError, 401, { method: "api_key" }],
    [
      "permissions_denied",
      client.Errors.PermissionsDeniedError,
      403,
      { list: [{ resource: "instance_server", action: "write" }] },
    ],
    [
      "quotas_exceeded",
      client.Errors.QuotasExceededError,
      403,
      { list: [{ resource: "instance_server", quota: 10, current: 10 }] },
    ],
    [
      "quotas_exceeded_legacy",
      client.Errors.QuotasExceededError,
      403,
      { list: [{ resource: "compute_snapshots" }] },
    ],
    ["not_found", client.Errors.ResourceNotFoundError, 404, { resource: "instance_server" }],
    [
      "unknown_resource",
      client.Errors.ResourceNotFoundError,
      404,
      { resource: "security_group", resourceId: noId },
    ],
    ["transient_state", client.Errors.TransientStateError, 409, { currentState: "starting" }],
    ["already_exists", client.Errors.AlreadyExistsError, 409, { helpMessage: "it exists already" }],
    ["expired", client.Errors.ResourceExpiredError, 410, { expiredSince: new Date("2026-01-01T00:00:00Z") }],
    [
      "precondition_failed",
      client.Errors.PreconditionFailedError,
      400,
      { helpMessage: "server should be stopped" },
    ],
    ["locked", client.Errors.ResourceLockedError, 423, { resource: "instance_server" }],
    [
      "too_many_requests",
      client.Errors.TooManyRequestsError,
      429,
      { limit: { quota: 100, windowSeconds: 1 }, resetSeconds: 1 },
    ],
    ["out_of_stock", client.Errors.OutOfStockError, 503, { resource: "instance_server" }],
    [
      "invalid_request_error",
      client.Errors.InvalidArgumentsError,
      400,
      { details: [{ argumentName: "name", reason: "constraint" }] },
    ],
    // What the client knows no class for, it throws as the plain one.
    ["conflict", client.Errors.ScalewayError, 409, {}],
    ["resource_expired", client.Errors.ScalewayError, 410, {}],
    [
      "precondition_failed_bare",
      client.Errors.ScalewayError,
      412,
      { rawMessage: "server should be stopped" },
    ],
    ["internal_error", client.Errors.ScalewayError, 500, {}],
  ])("the fault error=%s is thrown as its own class", async ([type, kind, status, fields]) => {
    simulator.control.addFault({ name: "error", type, count: 1 });
    const error = await caught(api.listServers());
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ name: kind.name, status, ...fields });
  });

  test("a page of HTML and an empty 429 are errors without a body that it could read", async () => {
    simulator.control.addFault({ name: "unavailable_html", count: 1 });
    expect(await caught(api.listServers())).toMatchObject({ name: "ScalewayError", status: 503 });
    simulator.control.addFault({ name: "too_many_requests", count: 1 });
    expect(await caught(api.listServers())).toMatchObject({ name: "ScalewayError", status: 429 });
  });
});
