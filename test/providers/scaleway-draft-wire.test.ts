import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { connectionSchema } from "../../lib/connection.ts";
import { jsonObjectSchema } from "../../lib/operation/json.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import { markerOf } from "../../lib/operation/marker.ts";
import { draftActions } from "../../lib/providers/scaleway-draft/catalogue.ts";
import { draftDialect } from "../../lib/providers/scaleway-draft/dialect.ts";
import {
  markedServer,
  observationOf,
  replacementOf,
  serverBodyOf,
} from "../../lib/providers/scaleway-draft/translate.ts";
import {
  actionsEnvelope,
  emptyAnswer,
  saysYes,
  serverEnvelope,
  serverListEnvelope,
  serverSchema,
} from "../../lib/providers/scaleway-draft/wire.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/scaleway-draft", `${name}.json`), "utf8"));

const organization = "f030e920-9743-4f28-8164-964ba8555fa5";
const marker = markerOf(`op_${"a".repeat(26)}`, "test");
const connectionOf = (more: object = { organization }) =>
  connectionSchema.parse({ name: "a", provider: "scaleway-draft", secret: "env:A", ...more });
const marks = [marker.operation, marker.deployment];

describe("the document's own examples", () => {
  it("of GET /servers are nine servers, each of which can be read, all of them off", () => {
    const servers = serverListEnvelope
      .parse(fixture("get-servers-200"))
      .servers.map((server) => serverSchema.parse(server));
    expect(servers).toHaveLength(9);
    expect(servers.map((server) => observationOf(server, null).phase)).toEqual(Array(9).fill("off"));
    expect(servers.map((server) => observationOf(server, null).volumes.length)).toEqual([
      1, 2, 2, 1, 1, 2, 2, 1, 1,
    ]);
  });

  it("of GET /servers/{id} is seen with all that we use of it, and keeps what we don't", () => {
    const { server } = serverEnvelope.parse(fixture("get-server-200"));
    expect(observationOf(server, "r-1")).toEqual({
      phase: "off",
      state: "stopped",
      detail: null,
      name: "Server-0-0",
      modified: null,
      is_protected: false,
      made_by: null,
      tags: [],
      volumes: [{ id: "f56af4c9-d902-4a17-88d6-a0a03f2c28c0", store: "local" }],
      task: null,
      request_id: "r-1",
    });
    expect({ server }).toEqual(fixture("get-server-200"));
    expect(markedServer(server)).toMatchObject({ createdAt: null, phase: "off", volumes: [] });
  });

  it("of GET /servers/{id}/action are the actions that server.action takes", () => {
    expect(actionsEnvelope.parse(fixture("get-server-action-200")).actions).toEqual([...draftActions]);
  });

  it.each(["post-servers-201", "put-server-200", "post-server-action-20x"])("%s is a yes", (name) => {
    expect(emptyAnswer.parse(fixture(name))).toEqual({});
    expect(saysYes(JSON.stringify(fixture(name)))).toBe(true);
  });

  it("of POST /servers is what we send, beside the list that is required and our marker", () => {
    const asked = z.looseObject({ name: z.string(), image: z.string() });
    const { name, image } = asked.parse(fixture("post-servers-request"));
    const body = serverBodyOf(connectionOf(), { name, image, start: true }, marker);
    const example = jsonObjectSchema.parse(fixture("post-servers-request"));
    expect(body).toEqual({ ...example, volumes: [], tags: marks });
  });
});

describe("what is read and written", () => {
  it.each([
    [true, "on", "running"],
    [false, "off", "stopped"],
    ["true", "unknown", 'running: "true"'],
    [1, "unknown", "running: 1"],
    [null, "unknown", "running: null"],
    [undefined, "unknown", "running: null"],
  ])("the flag %j is %s", (running, phase, state) => {
    const server = serverSchema.parse({ id: "a", ...(running === undefined ? {} : { running }) });
    expect(observationOf(server, null)).toMatchObject({ phase, state });
  });

  it.each([
    ["{}", true, "the document's answer"],
    ["", true, "a 204"],
    ["{\n\n}", true, "the document's answer as it stands"],
    ['{"task": null}', true, "an object that says more"],
    ["{", false, "half of it"],
    ["<html></html>", false, "a page of somebody in between"],
    ["[]", false, "a list"],
    ["null", false, "nothing"],
  ])("a 2xx with %j is a yes: %s (%s)", (body, yes) => {
    expect(saysYes(body)).toBe(yes);
  });

  it("a create holds everything that was asked for, and never `start`", () => {
    const input = {
      name: "web",
      image: "i",
      tags: ["test", "www"],
      volumes: ["v1"],
      public_ip: "4j6b46e4-edc2-32da-8ba6-dc5f853243tw",
      dynamic_public_ip: true,
      start: false,
    };
    const { start: _start, ...sent } = input;
    expect(serverBodyOf(connectionOf(), input, marker)).toEqual({
      ...sent,
      organization,
      tags: ["test", "www", ...marks],
    });
  });

  it("a PUT holds the whole object as it was read, with the changes and our marker", () => {
    const read = { id: "a", running: true, image: null, tags: ["old", ...marks], brand_new: { x: 1 } };
    const volumes = [{ id: "v1", name: "Volume-0", size: 5 }];
    const server = serverSchema.parse({ ...read, volumes });
    expect(replacementOf(server, { name: "n", tags: ["new"] })).toEqual({
      ...read,
      volumes,
      name: "n",
      tags: ["new", ...marks],
    });
    expect(replacementOf(server, { volumes: ["v1", "v2"], public_ip: null })).toEqual({
      ...read,
      public_ip: null,
      volumes: [...volumes, { id: "v2" }],
    });
  });
});

const inputOf = (kind: Kind, input: unknown) => draftDialect.kinds.get(kind)?.input.safeParse(input);
const server = { name: "web", image: "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397" };

describe("the catalogue", () => {
  it("offers servers and nothing else", () => {
    expect([...draftDialect.kinds.keys()]).toEqual([
      "server.create",
      "server.update",
      "server.delete",
      "server.start",
      "server.stop",
      "server.reboot",
      "server.action",
    ]);
    expect(draftDialect.collections.map(({ path, filters }) => [path, filters])).toEqual([
      ["servers", []],
      ["servers/:id", []],
      ["servers/:id/action", []],
    ]);
  });

  it.each<readonly [Kind, object, readonly string[]]>([
    ["server.create", server, ["create once answered", "power_on reach on"]],
    ["server.create", { ...server, start: false }, ["create once answered"]],
    ["server.update", { name: "n" }, ["update repeat answered"]],
    ["server.delete", {}, ["remove reach gone"]],
    ["server.start", {}, ["power_on reach on"]],
    ["server.stop", {}, ["power_off reach off"]],
    ["server.reboot", {}, ["reboot once answered"]],
    ["server.action", { action: "poweron" }, ["power_on reach on"]],
    ["server.action", { action: "poweroff" }, ["power_off reach off"]],
    ["server.action", { action: "resetsoft" }, ["action once answered"]],
    ["server.action", { action: "resethard" }, ["action once answered"]],
    ["server.action", { action: "backup" }, ["action once answered"]],
    ["server.action", { action: "restore" }, ["action once answered"]],
  ])("%s with %j: %j", (kind, input, steps) => {
    const offer = draftDialect.kinds.get(kind);
    const planned = offer
      ?.steps(offer.input.parse(input))
      .map((one) => `${one.name} ${one.mode} ${one.goal}`);
    expect(planned).toEqual(steps);
  });

  it.each<readonly [Kind, object, string]>([
    ["server.create", { ...server, type: "C1" }, "Unrecognized key"],
    ["server.create", { ...server, cloud_init: "x" }, "Unrecognized key"],
    ["server.create", { ...server, organization }, "Unrecognized key"],
    ["server.create", { name: "web" }, "expected string"],
    ["server.create", { ...server, volumes: { "0": "v" } }, "must be a list"],
    ["server.create", { ...server, tags: ["swy:op=x"] }, "must not begin"],
    ["server.update", {}, "at least one field"],
    ["server.update", { running: true }, "Unrecognized key"],
    ["server.delete", { with_volumes: true }, "they stay"],
    ["server.action", { action: "reboot" }, "must be one of poweron, poweroff, resetsoft"],
    ["server.action", { action: "terminate" }, "must be one of"],
  ])("%s refuses %j: %s", (kind, input, message) => {
    expect(inputOf(kind, input)?.error?.issues[0]?.message).toContain(message);
  });

  it("asks of a connection whose servers they are, and nothing else", () => {
    expect(draftDialect.checkConnection(connectionOf())).toBeNull();
    expect(draftDialect.checkConnection(connectionOf({}))?.field).toBe("organization");
  });
});
