import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { connectionSchema } from "../../lib/connection.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import { errorOf } from "../../lib/providers/convoy-refusal.ts";
import { convoyV4Dialect } from "../../lib/providers/convoy-v4/dialect.ts";
import { phaseOf } from "../../lib/providers/convoy-v4/translate.ts";
import { serverEnvelope, serverSchema } from "../../lib/providers/convoy-v4/wire.ts";
import { ProviderRefusal } from "../../lib/ports/provider.ts";
import { v4Server } from "./convoy-v4-panel.ts";

const offerOf = (kind: Kind) => {
  const offer = convoyV4Dialect.kinds.get(kind);
  if (offer === undefined) throw new Error(`there is no ${kind}`);
  return offer;
};
const faultsOf = (kind: Kind, input: unknown): string[] =>
  (offerOf(kind).input.safeParse(input).error?.issues ?? []).map(
    ({ path, message }) => `/${path.map(String).join("/")}: ${message}`,
  );
const stepsOf = (kind: Kind, input: object): string[] => {
  const offer = offerOf(kind);
  return offer
    .steps(offer.input.parse(input))
    .map(({ name, mode, goal, removal }) => [name, mode, goal, removal].filter(Boolean).join(" "));
};
const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/convoy-v4/${name}`, import.meta.url), "utf8");
const connection = (more: object = {}) =>
  connectionSchema.parse({
    name: "panel",
    provider: "convoy-v4",
    api_url: "https://panel.example.com",
    secret: "env:TOKEN",
    ...more,
  });

const { template_uuid, ...withoutTemplate } = v4Server;
const settings = { cpu: 4, memory: 4_294_967_296, disk: 42_949_672_960 };

describe("the kinds of convoy-v4", () => {
  it("are these, and no reboot, no volumes, no tags", () => {
    expect([...convoyV4Dialect.kinds.keys()].toSorted()).toEqual([
      "server.action",
      "server.create",
      "server.delete",
      "server.start",
      "server.stop",
      "server.update",
      "specifications.update",
    ]);
  });

  it.each<readonly [why: string, kind: Kind, input: object, steps: readonly string[]]>([
    ["a build is followed to its end", "server.create", v4Server, ["create once answered", "build watch on"]],
    [
      "what was not to be started is not said to run",
      "server.create",
      { ...v4Server, start_on_completion: false },
      ["create once answered", "build watch answered"],
    ],
    [
      "settings wait for the build",
      "specifications.update",
      settings,
      ["build watch answered", "apply repeat answered"],
    ],
    ["an update", "server.update", { name: "b" }, ["update repeat answered"]],
    ["a delete works from any state", "server.delete", {}, ["remove reach gone delete"]],
    ["suspend", "server.action", { action: "suspend" }, ["power_off reach off"]],
    ["unsuspend", "server.action", { action: "unsuspend" }, ["power_on reach on"]],
    ["stop", "server.stop", {}, ["power_off reach off"]],
    ["start", "server.start", {}, ["power_on reach on"]],
  ])("%s: %s", (_why, kind, input, steps) => {
    expect(stepsOf(kind, input)).toEqual(steps);
  });

  it("give a build more time than its longest", () => {
    for (const kind of ["server.create", "specifications.update"] as const) {
      expect(offerOf(kind).deadlineSeconds).toBeGreaterThan(35 * 60);
    }
  });

  it.each<readonly [length: number, hasRoom: boolean]>([
    [1, true],
    [31, true],
    [32, false],
    [40, false],
  ])("a name of %i letters leaves room for a marker: %s", (length, hasRoom) => {
    expect(offerOf("server.create").hasRoomForMarker?.({ name: "x".repeat(length) })).toBe(hasRoom);
  });
});

describe("the input of convoy-v4", () => {
  it("takes the common names for the panel's own, and stores the panel's", () => {
    const { start_on_completion: _started, ...rest } = withoutTemplate;
    const input = offerOf("server.create").input.parse({ ...rest, image: template_uuid, start: false });
    expect(input).toEqual({ ...rest, template_uuid, start_on_completion: false });
  });

  it("needs little: what may be left out is null, true or empty", () => {
    const { name, user_id, node_id, hostname, account_password } = v4Server;
    const least = { name, user_id, node_id, hostname, account_password, template_uuid };
    const { cpu, memory, disk } = v4Server.limits;
    expect(offerOf("server.create").input.parse({ ...least, limits: { cpu, memory, disk } })).toEqual(
      v4Server,
    );
  });

  it.each<readonly [why: string, kind: Kind, input: JsonObject, fault: RegExp]>([
    [
      "a password itself",
      "server.create",
      { ...v4Server, account_password: "hunter2-hunter2" },
      /^\/account_password: .*reference/,
    ],
    [
      "a password that begins like a reference",
      "server.create",
      { ...v4Server, account_password: "env:my pass" },
      /^\/account_password: .*reference/,
    ],
    [
      "another kind of reference",
      "server.create",
      { ...v4Server, account_password: "secretsmanager:x" },
      /^\/account_password: .*reference/,
    ],
    [
      "no build",
      "server.create",
      { ...v4Server, should_create_server: false },
      /^\/should_create_server: .*500/,
    ],
    ["no template", "server.create", withoutTemplate, /^\/template_uuid: is required/],
    ["both names of a template", "server.create", { ...v4Server, image: "x" }, /^\/image: .*same/],
    ["both names of a start", "server.create", { ...v4Server, start: true }, /^\/start: .*same/],
    ["a name of 41 letters", "server.create", { ...v4Server, name: "x".repeat(41) }, /^\/name: .*40/],
    [
      "memory in MiB",
      "server.create",
      { ...v4Server, limits: { ...v4Server.limits, memory: 2048 } },
      /^\/limits\/memory: .*bytes/,
    ],
    ["tags", "server.create", { ...v4Server, tags: [] }, /^\/: .*tags/],
    ["a status that is none", "server.update", { status: "suspended" }, /^\/status: .*null/],
    ["nothing to change", "server.update", {}, /^\/: .*at least one/],
    ["volumes, of which there are none", "server.delete", { with_volumes: true }, /^\/: .*with_volumes/],
    ["an action that the panel lacks", "server.action", { action: "reboot" }, /^\/action: .*suspend/],
    ["settings in GiB", "specifications.update", { ...settings, disk: 40 }, /^\/disk: .*bytes/],
    ["half of the settings", "specifications.update", { cpu: 2 }, /^\/memory/],
  ])("refuses %s", (_why, kind, input, fault) => {
    const faults = faultsOf(kind, input);
    expect(faults[0]).toMatch(fault);
    expect(faults.join()).not.toContain("hunter2");
  });

  it("takes every limit of the settings, null as unlimited", () => {
    const all = {
      ...settings,
      address_ids: [1],
      snapshot_limit: null,
      backup_limit: 0,
      bandwidth_limit: null,
    };
    expect(offerOf("specifications.update").input.parse(all)).toEqual(all);
  });
});

describe("the connection of convoy-v4", () => {
  it.each<readonly [kind: Kind]>([["server.start"], ["server.stop"]])(
    "refuses %s at /kind with what to do, unless a suspension may be taken for a stop",
    (kind) => {
      const refused = offerOf(kind).check?.(connection(), {});
      expect(refused?.pointer).toBe("/kind");
      expect(refused?.detail).toMatch(
        /server\.action with suspend.*suspend_is_stop: true in connection panel/,
      );
      expect(offerOf(kind).check?.(connection({ suspend_is_stop: true }), {})).toBeNull();
    },
  );

  it("needs the panel's URL", () => {
    const { api_url: _url, ...rest } = connection();
    expect(convoyV4Dialect.checkConnection(rest)).toMatchObject({ field: "api_url" });
    expect(convoyV4Dialect.checkConnection(connection())).toBeNull();
  });
});

describe("what the panel says", () => {
  it.each([["server-ready.json"], ["server-installing.json"]])("%s is a server", (name) => {
    expect(serverEnvelope.parse(JSON.parse(fixture(name))).data).toMatchObject({
      id: "741db378",
      name: "web",
    });
  });

  it("servers.json is a list with every status", () => {
    const listed: { data: unknown[] } = JSON.parse(fixture("servers.json"));
    expect(listed.data.map((one) => phaseOf(serverSchema.parse(one).status))).toEqual([
      "on",
      "moving",
      "failed",
      "off",
      "moving",
      "moving",
      "moving",
      "failed",
    ]);
  });

  it.each<readonly [status: string | null | undefined]>([
    ["ready"],
    [""],
    ["running"],
    ["INSTALLING"],
    [undefined],
  ])("a status %j, which no version sends today, is no end", (status) => {
    expect(phaseOf(status)).toBe("unknown");
  });

  it.each<readonly [file: string, status: number, code: string]>([
    ["error-400.json", 400, "INVALID_INPUT"],
    ["error-401.json", 401, "UNAUTHENTICATED"],
    ["error-404.json", 404, "RESOURCE_NOT_FOUND"],
    ["error-409.json", 409, "WRONG_STATE"],
    ["error-422.json", 422, "INVALID_INPUT"],
    ["error-500.json", 500, "doubt"],
  ])("%s with %i is %s", (file, status, code) => {
    const error = errorOf({ status, headers: {}, body: fixture(file) }, 0);
    expect(error instanceof ProviderRefusal ? error.code : "doubt").toBe(code);
    expect(error.provider).toMatchObject({ status, message: expect.any(String) });
  });

  it("the fields of error-422.json are kept by name", () => {
    const { provider } = errorOf({ status: 422, headers: {}, body: fixture("error-422.json") }, 0);
    expect(Object.keys(provider.fields ?? {})).toEqual(["name", "limits.cpu"]);
  });
});
