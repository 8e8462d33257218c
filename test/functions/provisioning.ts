import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import { madeBy } from "../../lib/operation/marker.ts";
import { machines, openInstallation, type DialectName, type Installation } from "./installation.ts";

const shortType = ({ type }: SwitchyardEvent): string => type.replace("switchyard.", "");

/** The main job through the deployed handlers, the same for every dialect that has servers and power. */
export const provisioningSuite = (dialect: DialectName): void => {
  // Looks are seconds apart in real time, and some of these follow several operations one after the other.
  vi.setConfig({ testTimeout: 60_000 });
  let installation: Installation;
  let serial = 0;

  beforeAll(async () => {
    installation = await openInstallation(dialect);
  });
  afterAll(async () => {
    await installation.stop();
  });
  beforeEach(() => {
    installation.simulator.control.clearFaults();
    installation.simulator.control.clearCalls();
    serial += 1;
  });

  const creation = (input: Record<string, unknown> = {}) => ({
    connection: "paris",
    kind: "server.create",
    input: { name: `web-${serial}`, ...machines[dialect], tags: ["env=dev"], ...input },
  });
  const on = (kind: string, id: string, input?: Record<string, unknown>) => ({
    connection: "paris",
    kind,
    resource: { type: "server", id },
    ...(input === undefined ? {} : { input }),
  });
  const key = (more = "") => `key-${serial}${more}`;
  const eventsOf = (operationId: string, serverId = ""): readonly SwitchyardEvent[] =>
    installation.events.filter(
      ({ subject, data }) =>
        subject === operationId || (serverId !== "" && data["operation_id"] === operationId),
    );
  const callsTo = (pattern: RegExp): number =>
    Object.entries(installation.simulator.control.counts())
      .filter(([route]) => pattern.test(route))
      .reduce((sum, [, count]) => sum + count, 0);
  const creates = () => callsTo(/^POST .*\/servers$/);
  const serversOf = (operationId: string) =>
    installation.simulator.control.servers().filter(({ tags }) => madeBy(tags) === operationId);
  const created = async (input: Record<string, unknown> = {}): Promise<string> => {
    const { resource } = await installation.run(creation(input), key("-made"));
    if (resource === null) throw new Error("no server was made");
    installation.simulator.control.clearCalls();
    return resource.id;
  };

  describe("a create", () => {
    it("ends with one running server that bears the marker, and says exactly what happened", async () => {
      const operation = await installation.run(creation(), key());
      expect(operation).toMatchObject({ state: "succeeded", error: null });
      expect(serversOf(operation.id)).toMatchObject([{ id: operation.resource?.id, state: "running" }]);
      const events = eventsOf(operation.id, operation.resource?.id);
      expect(events.map(shortType).toSorted()).toEqual([
        "operation.accepted",
        "operation.started",
        "operation.succeeded",
        "server.created",
        "server.running",
      ]);
      const own = events.filter(({ subject }) => subject === operation.id).map(({ sequence }) => sequence);
      expect(own.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    });

    it("stays off when it is not to be started", async () => {
      const operation = await installation.run(creation({ start: false }), key());
      expect(operation.state).toBe("succeeded");
      expect(serversOf(operation.id)).toMatchObject([{ state: "stopped" }]);
      expect(eventsOf(operation.id, "any").map(shortType)).not.toContain("server.running");
    });

    it("is sent once however often its message comes", async () => {
      const id = await installation.accept(creation(), key());
      const message = { v: 1, operation_id: id };
      await Promise.all([installation.start([message, message]), installation.start([message])]);
      await installation.start([message]);
      await installation.follow();
      await installation.start([message]);
      expect(creates()).toBe(1);
      expect(callsTo(/action$/)).toBe(1);
      expect((await installation.operation(id)).state).toBe("succeeded");
    });

    it("whose answer is lost is found by its marker and not sent again", async () => {
      installation.simulator.control.addFault({ name: "lost_reply", match: "POST */servers", count: 1 });
      const operation = await installation.run(creation(), key());
      expect(operation.state).toBe("succeeded");
      expect(creates()).toBe(1);
      expect(serversOf(operation.id)).toMatchObject([{ state: "running" }]);
    });

    it("that the provider carries out and answers with HTML is found as well", async () => {
      installation.simulator.control.addFault({
        name: "unavailable_after_effect",
        match: "POST */servers",
        count: 1,
      });
      const operation = await installation.run(creation(), key());
      expect(operation.state).toBe("succeeded");
      expect(serversOf(operation.id)).toHaveLength(1);
    });

    it("waits out a rate limit and never fails for it", async () => {
      installation.simulator.control.addFault({ name: "too_many_requests", match: "POST *", count: 3 });
      const operation = await installation.run(creation(), key());
      expect(operation.state).toBe("succeeded");
      expect(serversOf(operation.id)).toHaveLength(1);
    });

    it("fails with the provider's words when the quota is used up", async () => {
      installation.simulator.control.addFault({ name: "quotas_exceeded", match: "POST */servers", count: 1 });
      const operation = await installation.run(creation(), key());
      expect(operation).toMatchObject({ state: "failed", error: { code: "QUOTA_EXCEEDED" } });
      expect(operation.error?.request_id).toBeTruthy();
      expect(eventsOf(operation.id).map(shortType)).toContain("operation.failed");
    });

    it("fails when the server begins to start and falls back", async () => {
      installation.simulator.control.addFault({ name: "capacity_failure", count: 5 });
      const operation = await installation.run(creation(), key());
      expect(operation.state).toBe("failed");
      expect(["OUT_OF_STOCK", "START_FAILED"]).toContain(operation.error?.code);
    });

    it("writes cloud-init before the first boot", async () => {
      const operation = await installation.run(
        creation({ cloud_init: "#cloud-config\nhostname: web\n" }),
        key(),
      );
      expect(operation.steps.map(({ name }) => name)).toEqual(["create", "configure", "power_on"]);
      const written = installation.simulator.control
        .calls()
        .findIndex(({ method, path }) => method === "PATCH" && path.endsWith("user_data/cloud-init"));
      const booted = installation.simulator.control.calls().findIndex(({ path }) => path.endsWith("/action"));
      expect(written).toBeGreaterThanOrEqual(0);
      expect(written).toBeLessThan(booted);
    });

    it("from an outside sender's message is the same, and costs a write less", async () => {
      const before = new Set(installation.simulator.control.servers().map(({ id }) => id));
      expect(await installation.start([{ ...creation(), idempotency_key: key() }])).toEqual([]);
      await installation.start([{ ...creation(), idempotency_key: key() }]);
      await installation.follow();
      const made = installation.simulator.control.servers().filter(({ id }) => !before.has(id));
      expect(made).toHaveLength(1);
      const id = madeBy(made[0]?.tags ?? []);
      expect((await installation.operation(id ?? "")).state).toBe("succeeded");
    });

    it("is written at most four times, whether asked for over HTTP or by the queue", async () => {
      const operation = await installation.run(creation(), key());
      // A task that must be kept is one write more; today's API gives none that is worth it.
      expect(operation.version).toBe(dialect === "scaleway-compute" ? 5 : 4);
    });
  });

  describe("messages that can't be worked off", () => {
    it.each([
      ["not JSON", "{", /not JSON/],
      ["neither a start nor a request", { hello: 1 }, /connection/],
      [
        "a request for an unknown connection",
        { connection: "nowhere", kind: "server.create", idempotency_key: "x" },
        /unknown connection/,
      ],
      [
        "a start of an operation that does not exist",
        { v: 1, operation_id: "op_0000000000000000000000none" },
        /does not exist/,
      ],
    ])("%s ends among the dead letters with its reason, and holds up nobody", async (_what, body, reason) => {
      const id = await installation.accept(creation({ start: false }), key(_what));
      expect(await installation.start([body, { v: 1, operation_id: id }])).toEqual([]);
      await installation.follow();
      expect((await installation.operation(id)).state).toBe("succeeded");
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const letter = (await installation.deadLetters()).find((dead) => dead.body === text);
      expect(letter?.reason).toMatch(reason);
    });
  });

  describe("power", () => {
    it("stops, starts and reboots a server, each with its event and the next sequence", async () => {
      const id = await created();
      const stopped = await installation.run(on("server.stop", id), key("-stop"));
      expect(stopped).toMatchObject({ state: "succeeded" });
      const started = await installation.run(on("server.start", id), key("-start"));
      expect(started).toMatchObject({ state: "succeeded" });
      const rebooted = await installation.run(on("server.reboot", id), key("-reboot"));
      expect(rebooted).toMatchObject({ state: "succeeded" });
      const said = installation.events.filter(({ subject }) => subject === `paris/server/${id}`);
      expect(said.map((event) => [event.sequence, shortType(event)])).toEqual([
        [1, "server.created"],
        [2, "server.running"],
        [3, "server.stopped"],
        [4, "server.running"],
        [5, "server.rebooted"],
      ]);
    });

    it("is not called for where the server is there already", async () => {
      const id = await created();
      const operation = await installation.run(on("server.start", id), key("-again"));
      expect(operation.state).toBe("succeeded");
      expect(callsTo(/^POST/)).toBe(0);
    });

    it("fails where the server does not exist", async () => {
      const operation = await installation.run(
        on("server.stop", "3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c"),
        key(),
      );
      expect(operation).toMatchObject({ state: "failed", error: { code: "RESOURCE_NOT_FOUND" } });
    });

    it("keeps the provider's task where there is a real one", async () => {
      const id = await created();
      const operation = await installation.run(on("server.stop", id), key("-task"));
      if (dialect === "scaleway-compute") {
        expect(operation.task).toMatchObject({ status: "success", progress: 100 });
      } else {
        expect(operation.task).toBeNull();
      }
    });
  });

  describe("a delete", () => {
    it("stops a running server first and keeps its volumes", async () => {
      const id = await created();
      const operation = await installation.run(on("server.delete", id), key("-delete"));
      expect(operation.state).toBe("succeeded");
      expect(installation.simulator.control.servers().some((server) => server.id === id)).toBe(false);
      expect(eventsOf(operation.id, id).map(shortType)).toContain("server.deleted");
      expect(callsTo(/^DELETE .*volumes/)).toBe(0);
    });

    it("with its volumes leaves nothing behind", async () => {
      const id = await created();
      const operation = await installation.run(
        on("server.delete", id, { with_volumes: true }),
        key("-delete"),
      );
      expect(operation).toMatchObject({ state: "succeeded", volumes: [] });
      expect(installation.simulator.control.servers().some((server) => server.id === id)).toBe(false);
    });

    it("of what is gone succeeds without a word about the server", async () => {
      const operation = await installation.run(
        on("server.delete", "3cb18e2d-f4f7-48f7-b452-59b88ae8fc8c"),
        key(),
      );
      expect(operation.state).toBe("succeeded");
      expect(eventsOf(operation.id, "any").map(shortType)).not.toContain("server.deleted");
    });
  });

  describe("an update", () => {
    it("changes the name and keeps the marker", async () => {
      const id = await created();
      const operation = await installation.run(
        on("server.update", id, { name: "renamed", tags: ["env=prod"] }),
        key("-update"),
      );
      expect(operation).toMatchObject({ state: "succeeded", error: null });
      const server = installation.simulator.control.servers().find((candidate) => candidate.id === id);
      expect(server).toMatchObject({ name: "renamed" });
      expect(server?.tags).toContain("env=prod");
      expect(madeBy(server?.tags ?? [])).not.toBeNull();
    });
  });
};
