import { expect, test } from "vitest";
import { connectionSchema } from "../../lib/connection.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import { convoyV0Dialect } from "../../lib/providers/convoy-v0/dialect.ts";

const made = { type: "new", name: "web", node_id: 1, user_id: 1, template_id: 1 };
const there = { type: "existing", name: "web", node_id: 1, user_id: 1, vmid: 1489, is_template: false };
const offerOf = (kind: Kind) => {
  const offer = convoyV0Dialect.kinds.get(kind);
  if (offer === undefined) throw new Error(`${kind} is not offered`);
  return offer;
};

test.for<readonly [kind: Kind, input: object, place: string, why: string]>([
  ["server.create", { ...made, type: "old" }, "type", "neither new nor existing"],
  ["server.create", { ...made, template_id: undefined }, "template_id", "nothing to clone"],
  ["server.create", { ...made, node_id: "1" }, "node_id", "a text"],
  ["server.create", { ...made, name: "x".repeat(41) }, "name", "one character too many"],
  ["server.create", { ...made, addresses: [1, 2, 3] }, "addresses", "one too many"],
  ["server.create", { ...made, tags: ["a"] }, "", "there are no tags"],
  ["server.create", there, "is_visible", "needed with is_template"],
  ["server.create", { ...there, vmid: undefined, is_visible: true }, "vmid", "which machine"],
  ["server.update", {}, "", "nothing to change"],
  ["server.delete", { purge: "true" }, "purge", "only a boolean purges"],
  ["server.delete", { with_volumes: true }, "", "another dialect's word"],
  ["specifications.update", {}, "", "nothing to change"],
  ["specifications.update", { cores: 0 }, "cores", "the panel ignores 0"],
  ["specifications.update", { memory: 2048 }, "memory", "MiB, not bytes"],
  ["specifications.update", { memory: 2_000_000_000 }, "memory", "no whole MiB"],
  ["specifications.update", { disks: [{ disk: "scsi0", size: "big" }] }, "disks.0.size", "no size"],
  ["specifications.update", { lock_ips: ["10.0.0"] }, "lock_ips.0", "no address"],
  ["specifications.update", { ipconfig: "x" }, "", "the panel checks it and forgets it"],
])("%s with %j is refused at %j: %s", ([kind, input, place]) => {
  const { error } = offerOf(kind).input.safeParse(input);
  expect(error?.issues.map(({ path }) => path.join("."))).toContain(place);
});

test.for<readonly [kind: Kind, input: Record<string, unknown>, steps: readonly string[]]>([
  ["server.create", made, ["create", "build"]],
  ["server.create", { ...there, is_visible: true }, ["create"]],
  ["server.update", { name: "other" }, ["update"]],
  ["server.delete", {}, ["remove"]],
  ["specifications.update", { cores: 2 }, ["build", "apply"]],
])("%s of %j takes the steps %j", ([kind, input, steps]) => {
  const offer = offerOf(kind);
  expect(offer.steps(offer.input.parse(input)).map(({ name }) => name)).toEqual(steps);
});

test("a delete leaves the machine unless it is told otherwise", () => {
  expect(offerOf("server.delete").input.parse({})).toEqual({ purge: false });
});

test.each([
  [31, true],
  [32, false],
])("a name of %i characters has room for the marker: %j", (length, hasRoom) => {
  expect(offerOf("server.create").hasRoomForMarker?.({ ...made, name: "x".repeat(length) })).toBe(hasRoom);
});

test("a connection names its panel", () => {
  const connection = { name: "panel", provider: "convoy-v0", secret: "env:PANEL" };
  expect(convoyV0Dialect.checkConnection(connectionSchema.parse(connection))?.field).toBe("api_url");
});
