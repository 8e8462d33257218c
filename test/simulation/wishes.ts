import type { DialectName } from "../../lib/connection.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type { Chance } from "./chance.ts";
import type { Personality } from "./personality.ts";

/** What somebody asks for. */
export interface Wish {
  readonly key: string;
  readonly kind: string;
  /** Null: something new. */
  readonly resource: Resource | null;
  readonly input: JsonObject;
}
/** The input of a wish may be signed with its key (asked-by.ts). */
export type Draft = Pick<Wish, "kind" | "resource"> & { readonly input: (key: string) => JsonObject };

const asked = (kind: string, resource: Resource | null, input: JsonObject = {}): Draft => ({
  kind,
  resource,
  input: () => input,
});
const onServer = (kind: string, id: string, input: JsonObject = {}): Draft =>
  asked(kind, { type: "server", id }, input);

const uuid = "fa69cc5b-75f7-4b9c-9ea5-aaca0dee1593";
const gibibytes = (count: number): number => count * 1_073_741_824;

/** A name of a panel's server: in some the marker has no room beside it. */
const panelName = (key: string, chance: Chance): string =>
  chance.happens(0.3) ? `${key}.`.padEnd(36, "x") : chance.happens(0.3) ? `${key}.`.padEnd(20, "x") : key;

const scalewayInput = (key: string, chance: Chance, image: string): JsonObject => ({
  name: key,
  type: "DEV1-S",
  image,
  ...(chance.happens(0.12) ? { start: false } : {}),
  ...(chance.happens(0.2) ? { cloud_init: "#cloud-config" } : {}),
});

const oldInput = (key: string, chance: Chance): JsonObject => ({
  name: key,
  image: uuid,
  ...(chance.happens(0.12) ? { start: false } : {}),
});

const createInputs: Readonly<Record<DialectName, (key: string, chance: Chance) => JsonObject>> = {
  "scaleway-instance": (key, chance) => scalewayInput(key, chance, "ubuntu_noble"),
  "scaleway-compute": (key, chance) => scalewayInput(key, chance, uuid),
  "scaleway-draft": oldInput,
  "scaleway-v1": oldInput,
  "convoy-v0": (key, chance) => ({
    name: panelName(key, chance),
    node_id: 1,
    user_id: 1,
    ...(chance.happens(0.15)
      ? { type: "existing", vmid: 1489, is_template: false, is_visible: true }
      : { type: "new", template_id: 1 }),
  }),
  "convoy-v4": (key, chance) => ({
    name: panelName(key, chance),
    user_id: 1,
    node_id: 1,
    hostname: "web-1.example.com",
    limits: { cpu: 2, memory: gibibytes(2), disk: gibibytes(20) },
    account_password: "env:SWITCHYARD_INPUT_GUEST",
    template_uuid: uuid,
    ...(chance.happens(0.12) ? { start: false } : {}),
  }),
};

/** A new server, with the caller's key in its name. */
export const newServer = ({ dialect }: Personality, key: string, chance: Chance): Wish => ({
  key,
  kind: "server.create",
  resource: null,
  input: createInputs[dialect.name](key, chance),
});

const on = "foreign-on";
const off = "foreign-off";

const onBothScaleways = [
  onServer("server.start", off),
  onServer("server.stop", on),
  onServer("server.reboot", on),
  onServer("server.delete", on),
  onServer("server.delete", on, { with_volumes: true }),
  onServer("server.delete", off, { with_volumes: true }),
  onServer("server.action", on, { action: "stop_in_place" }),
  onServer("server.update", on, { name: "new-name" }),
];
const powers = [
  onServer("server.start", off),
  onServer("server.stop", on),
  onServer("server.reboot", on),
  onServer("server.delete", on),
  onServer("server.update", on, { name: "new-name" }),
  onServer("server.action", off, { action: "poweron" }),
];

const container = { type: "container", id: "foreign-container" } as const;
const tag = { type: "tag", id: "foreign-tag" } as const;
const organization = { type: "organization", id: "foreign-organization" } as const;

/** A change of a part, signed with the key of whoever asks for it. */
const part = (kind: string, resource: Resource, named: JsonObject, signature: string): Draft => ({
  kind,
  resource,
  input: (key) => ({ ...named, [signature]: key }),
});

/** What the API with more than servers is asked for beside them. */
const partsOfV1: readonly Draft[] = [
  ...["container.create", "tag.create", "organization.create"].map((kind) => ({
    kind,
    resource: null,
    input: (key: string) => ({ name: key }),
  })),
  {
    kind: "volume.create",
    resource: null,
    input: (key) => ({ size: 20_000_000_000, type: "l_hdd", base_snapshot: key }),
  },
  {
    kind: "volume.create",
    resource: null,
    input: (key) => ({ size: 20_000_000_000, type: "l_ssd", base_snapshot: key }),
  },
  asked("container.update", container, { name: "new-name" }),
  asked("container.delete", container),
  asked("organization.update", organization, { address_city: "Paris" }),
  part("object.create", container, { object_id: "a.txt" }, "content"),
  part("object.create", container, { object_id: "a.txt" }, "content"),
  part("object.create", container, { object_id: "old" }, "content"),
  part("object.update", container, { object_id: "old" }, "content"),
  asked("object.delete", container, { object_id: "old" }),
  part("tag_metadata.create", tag, { metadata_key: "colour" }, "metadata_value"),
  part("tag_metadata.create", tag, { metadata_key: "old" }, "metadata_value"),
  part("tag_metadata.update", tag, { metadata_key: "old" }, "metadata_value"),
  asked("tag_metadata.delete", tag, { metadata_key: "old" }),
  onServer("server_tag.attach", on, { tag_id: "tag-1" }),
  onServer("server_tag.detach", on, { tag_id: "tag-old" }),
];

const newSettings = { cpu: 4, memory: gibibytes(4), disk: gibibytes(40) };

const suspensions = ({ connection }: Personality, id: string): readonly Draft[] =>
  connection.suspend_is_stop
    ? [onServer("server.stop", id)]
    : [onServer("server.action", id, { action: "suspend" })];

/** What servers that have always been there are asked for, and whatever else the provider has. */
export const onForeign = (personality: Personality, chance: Chance): readonly Draft[] => {
  switch (personality.dialect.name) {
    case "scaleway-instance":
    case "scaleway-compute":
      return onBothScaleways;
    case "scaleway-draft":
      return [...powers, onServer("server.action", on, { action: "backup" })];
    case "scaleway-v1":
      return chance.happens(0.2) ? powers : partsOfV1;
    case "convoy-v0":
      return [
        onServer("server.delete", on, { purge: true }),
        onServer("server.update", on, { name: "new-name" }),
        onServer("server.update", off, { name: "new-name" }),
        onServer("specifications.update", on, { cores: 2 }),
      ];
    case "convoy-v4":
      return [
        onServer("server.delete", on, { purge: true }),
        onServer("server.delete", off, { purge: true }),
        onServer("server.update", on, { name: "new-name" }),
        onServer("server.action", off, { action: "unsuspend" }),
        onServer("specifications.update", on, newSettings),
        ...suspensions(personality, on),
      ];
  }
};

/** What a server that has just come to run is asked for. */
export const onRunning = (personality: Personality, id: string): readonly Draft[] => {
  const { name } = personality.dialect;
  switch (name) {
    case "scaleway-instance":
    case "scaleway-compute":
      return [
        onServer("server.stop", id),
        onServer("server.reboot", id),
        onServer("server.delete", id),
        onServer("server.delete", id, { with_volumes: true }),
      ];
    case "scaleway-draft":
    case "scaleway-v1":
      return [onServer("server.stop", id), onServer("server.reboot", id), onServer("server.delete", id)];
    case "convoy-v0":
      return [
        onServer("server.delete", id, { purge: true }),
        onServer("specifications.update", id, { cores: 4 }),
      ];
    case "convoy-v4":
      return [
        onServer("server.delete", id, { purge: true }),
        onServer("specifications.update", id, newSettings),
        ...suspensions(personality, id),
      ];
  }
};

/** What a server is asked for that is still being built; nothing where servers are not built. */
export const onNew = ({ dialect }: Personality, id: string): readonly Draft[] => {
  if (dialect.name !== "convoy-v0" && dialect.name !== "convoy-v4") return [];
  const settings = dialect.name === "convoy-v0" ? { cores: 4 } : newSettings;
  return [
    onServer("specifications.update", id, settings),
    onServer("specifications.update", id, settings),
    onServer("server.delete", id, { purge: true }),
  ];
};
