import { describe, expect, test } from "vitest";
import { connectionSchema, dialectNames, type DialectName } from "../../lib/connection.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { collectionAt } from "../../lib/providers/read-through.ts";

const uuid = "85917034-46b0-4cc5-8b48-f0a2245e357e";

const offerOf = (dialect: DialectName, kind: Kind) => {
  const offer = dialects[dialect].dialect.kinds.get(kind);
  if (offer === undefined) throw new Error(`${dialect} has no ${kind}`);
  return offer;
};

/** `pointer: message` of each fault. */
const faultsOf = (dialect: DialectName, kind: Kind, input: unknown): string[] => {
  const result = offerOf(dialect, kind).input.safeParse(input);
  return (result.error?.issues ?? []).map((issue) => {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
    return `/${[...issue.path, ...keys].map(String).join("/")}: ${issue.message}`;
  });
};

const stepsOf = (dialect: DialectName, kind: Kind, input: unknown): string[] => {
  const offer = offerOf(dialect, kind);
  return offer
    .steps(offer.input.parse(input))
    .map(({ name, mode, goal, removal }) =>
      [name, mode, goal, removal].filter((part) => part !== undefined).join(" "),
    );
};

const instanceServer = { name: "web-1", type: "DEV1-S", image: "ubuntu_noble" };
const computeServer = { name: "web-1", type: "VC1S", image: uuid };

describe.each([
  ["scaleway-instance", instanceServer],
  ["scaleway-compute", computeServer],
] as const)("the steps of %s", (dialect, server) => {
  test.each<readonly [string, Kind, object, readonly string[]]>([
    ["adopt, then boot", "server.create", server, ["create once answered", "power_on reach on"]],
    [
      "cloud-init stands before the first boot",
      "server.create",
      { ...server, cloud_init: "x" },
      ["create once answered", "configure repeat answered", "power_on reach on"],
    ],
    ["not started when told so", "server.create", { ...server, start: false }, ["create once answered"]],
    ["start", "server.start", {}, ["power_on reach on"]],
    ["stop", "server.stop", {}, ["power_off reach off"]],
    ["a reboot is not repeated", "server.reboot", {}, ["reboot once changed"]],
    ["an update may be repeated", "server.update", { name: "b" }, ["update repeat answered"]],
    ["delete stops first, and keeps volumes", "server.delete", {}, ["remove reach gone stop_first"]],
    [
      "with its volumes it is terminated, and the others are deleted",
      "server.delete",
      { with_volumes: true },
      ["remove reach gone terminate", "remove_volumes repeat gone"],
    ],
    ["poweron is a start", "server.action", { action: "poweron" }, ["power_on reach on"]],
    ["poweroff is a stop", "server.action", { action: "poweroff" }, ["power_off reach off"]],
    ["reboot is a reboot", "server.action", { action: "reboot" }, ["reboot once changed"]],
    ["standby can be seen", "server.action", { action: "stop_in_place" }, ["action reach standby"]],
    ["terminate can be seen", "server.action", { action: "terminate" }, ["action reach gone"]],
    [
      "a backup ends with its image where that can be seen",
      "server.action",
      { action: "backup" },
      dialect === "scaleway-instance" ? ["action once answered", "build watch on"] : ["action once answered"],
    ],
    ["nor has a word of tomorrow", "server.action", { action: "hibernate" }, ["action once answered"]],
    ["a volume", "volume.create", { name: "v", size: 1_000_000_000 }, ["create once answered"]],
    ["a volume goes", "volume.delete", {}, ["remove reach gone delete"]],
  ])("%s (%s)", (_why, kind, input, steps) => {
    expect(stepsOf(dialect, kind, input)).toEqual(steps);
  });
});

test.each([
  ["scaleway-instance", "server.create", instanceServer],
  ["scaleway-compute", "server.create", computeServer],
] as const)("what %s stores for %s is what was given, and that it is to start", (dialect, kind, server) => {
  expect(offerOf(dialect, kind).input.parse(server)).toEqual({ ...server, start: true });
});

test.each([
  [{ ...instanceServer, type: undefined, commercial_type: "DEV1-S" }],
  [{ ...instanceServer, image: undefined, volumes: { "0": { id: uuid, volume_type: "sbs_volume" } } }],
  [
    {
      ...instanceServer,
      volumes: { "0": { size: 20_000_000_000 }, "1": { name: "d", volume_type: "l_ssd", size: 1 } },
    },
  ],
  [
    {
      ...instanceServer,
      tags: [],
      protected: true,
      public_ips: [uuid],
      security_group: uuid,
      placement_group: uuid,
    },
  ],
  [
    {
      ...instanceServer,
      dynamic_ip_required: false,
      boot_type: "local",
      enable_ipv6: true,
      routed_ip_enabled: true,
    },
  ],
  [{ ...instanceServer, cloud_init: "ü".repeat(60_000) }],
])("today's create takes what the document has, row %#", (given) => {
  const input = JSON.parse(JSON.stringify(given));
  expect(faultsOf("scaleway-instance", "server.create", input)).toEqual([]);
});

test.each([
  [{ ...computeServer, volumes: { "1": { name: "v", organization: uuid, size: 1, volume_type: "l_ssd" } } }],
  [{ ...computeServer, volumes: { "0": { size: 1 }, "1": uuid } }],
  [{ ...computeServer, dynamic_public_ip: true, enable_ipv6: true, public_ip: uuid, bootscript: uuid }],
])("the older create takes what the document has, row %#", (input) => {
  expect(faultsOf("scaleway-compute", "server.create", input)).toEqual([]);
});

const create = (more: object) => ({ ...instanceServer, ...more });

const refused: readonly (readonly [DialectName, Kind, unknown, string])[] = [
  ["scaleway-instance", "server.create", { type: "DEV1-S", image: "x" }, "/name: "],
  ["scaleway-instance", "server.create", create({ name: "" }), "/name: must not be empty"],
  ["scaleway-instance", "server.create", create({ name: "x".repeat(256) }), "/name: must have at most 255"],
  ["scaleway-instance", "server.create", create({ name: "a\0b" }), "/name: must not contain NUL"],
  ["scaleway-instance", "server.create", { name: "a", image: "x" }, "/type: is required"],
  [
    "scaleway-instance",
    "server.create",
    create({ commercial_type: "DEV1-M" }),
    "/commercial_type: means the same",
  ],
  ["scaleway-instance", "server.create", { name: "a", type: "DEV1-S" }, "/image: is required"],
  ["scaleway-instance", "server.create", { name: "a", type: "DEV1-S", volumes: {} }, "/image: is required"],
  [
    "scaleway-instance",
    "server.create",
    create({ tags: ["ok", "swy:op=op_1"] }),
    '/tags/1: must not begin with "swy:"',
  ],
  ["scaleway-instance", "server.create", create({ tags: "a" }), "/tags: "],
  ["scaleway-instance", "server.create", create({ start: "yes" }), "/start: "],
  ["scaleway-instance", "server.create", create({ colour: "red" }), "/colour: "],
  ["scaleway-instance", "server.create", create({ project: uuid }), "/project: "],
  [
    "scaleway-instance",
    "server.create",
    create({ volumes: { root: { size: 1 } } }),
    "/volumes/root: must be a position",
  ],
  ["scaleway-instance", "server.create", create({ volumes: { "0": {} } }), "/volumes/0: must say something"],
  [
    "scaleway-instance",
    "server.create",
    create({ volumes: { "0": { size: 1.5 } } }),
    "/volumes/0/size: must be a whole",
  ],
  ["scaleway-instance", "server.create", create({ volumes: [{ size: 1 }] }), "/volumes: must be a map"],
  [
    "scaleway-instance",
    "server.create",
    create({ cloud_init: "x".repeat(130_049) }),
    "/cloud_init: must be at most 130048 bytes",
  ],
  [
    "scaleway-instance",
    "server.create",
    create({ cloud_init: "ü".repeat(65_025) }),
    "/cloud_init: must be at most 130048 bytes",
  ],
  [
    "scaleway-instance",
    "server.create",
    create({ security_group: "default" }),
    "/security_group: must be a UUID",
  ],
  ["scaleway-instance", "server.update", {}, "/: must name at least one field"],
  ["scaleway-instance", "server.update", { start: true }, "/start: "],
  ["scaleway-instance", "server.update", { tags: ["swy:dep=x"] }, "/tags/0: must not begin"],
  ["scaleway-instance", "server.delete", { with_volumes: "yes" }, "/with_volumes: "],
  ["scaleway-instance", "server.start", { force: true }, "/force: "],
  ["scaleway-instance", "server.action", {}, "/action: "],
  ["scaleway-instance", "server.action", { action: "rm -rf" }, "/action: must be an action"],
  ["scaleway-instance", "volume.create", { name: "v" }, "/size: is required"],
  [
    "scaleway-instance",
    "volume.create",
    { name: "v", size: 1, volume_type: "tape" },
    "/volume_type: must be one of",
  ],
  ["scaleway-instance", "volume.create", { name: "v", size: 1, perf_iops: 5000 }, "/perf_iops: is for block"],
  [
    "scaleway-compute",
    "server.create",
    { ...computeServer, image: "ubuntu_noble" },
    "/image: must be a UUID",
  ],
  [
    "scaleway-compute",
    "server.create",
    { ...computeServer, volumes: { "0": 7 } },
    "/volumes/0: must be the id",
  ],
  [
    "scaleway-compute",
    "server.create",
    { ...computeServer, dynamic_ip_required: true, dynamic_public_ip: true },
    "/dynamic_public_ip: means the same",
  ],
  ["scaleway-compute", "volume.create", { name: "v" }, "/size: is required"],
  ["scaleway-compute", "volume.create", { name: "v", size: 1, base_volume: uuid }, "/base_volume: only one"],
];

test.each(refused.map(([dialect, kind, input, fault]) => [dialect, kind, fault, input] as const))(
  "%s %s refuses with %s",
  (dialect, kind, fault, input) => {
    expect(faultsOf(dialect, kind, input)).toContainEqual(expect.stringContaining(fault));
  },
);

test.each<readonly [DialectName, object, string | null]>([
  ["scaleway-instance", { zone: "fr-par-1", project: uuid }, null],
  ["scaleway-instance", { zone: "fr-par-1", organization: uuid }, null],
  ["scaleway-instance", { project: uuid }, "zone"],
  ["scaleway-instance", { zone: "paris", project: uuid }, "zone"],
  ["scaleway-instance", { zone: "fr-par-1" }, "project"],
  ["scaleway-instance", { zone: "fr-par-1", project: uuid, organization: uuid }, "organization"],
  ["scaleway-compute", { region: "par1", organization: uuid }, null],
  ["scaleway-compute", { api_url: "http://127.0.0.1:1", organization: uuid }, null],
  ["scaleway-compute", { region: "par1" }, "organization"],
  ["scaleway-compute", { organization: uuid }, "region"],
])("a connection of %s with %j lacks %j", (provider, fields, field) => {
  const connection = connectionSchema.parse({ name: "a", provider, secret: "env:A", ...fields });
  expect(dialects[provider].dialect.checkConnection(connection)?.field ?? null).toBe(field);
});

test.each([
  [["servers"], "servers"],
  [["servers", uuid], "servers/:id"],
  [["servers", uuid, "action"], "servers/:id/action"],
  [["servers", uuid, "user_data", "cloud-init"], "servers/:id/user_data/:id"],
  // The literal path before the pattern that it fits too.
  [["products", "servers"], "products/servers"],
  [["products", "servers", "availability"], "products/servers/availability"],
  [["products"], null],
  [[], null],
])("the path %j is the collection %j", (path, pattern) => {
  const { collections } = dialects["scaleway-instance"].dialect;
  expect(collectionAt(collections, path)?.rule.path ?? null).toBe(pattern);
});

test("every dialect is registered under its own name", () => {
  const registered = Object.entries(dialects).map(([name, { dialect }]) => [name, dialect.name]);
  expect(Object.fromEntries(registered)).toEqual(
    Object.fromEntries(dialectNames.map((name) => [name, name])),
  );
});
