import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  flagOf,
  looksLikeMachine,
  observationOf,
  specificationsBodyOf,
  updateBodyOf,
} from "../../lib/providers/convoy-v0/translate.ts";
import { serverEnvelope, serverSchema, specificationsEnvelope } from "../../lib/providers/convoy-v0/wire.ts";

/** An example of the document as it stands, but for the dots that leave something out. */
const example = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, `fixtures/convoy-v0/${name}.json`), "utf8"));

describe("the document's examples", () => {
  test.each(["server", "updated", "created"])("%s is a server", (name) => {
    expect(serverEnvelope.parse(example(name)).data).toEqual({
      id: "1",
      vmid: 1489,
      installing: 0,
      name: "Zaria",
      user_id: 1,
      node_id: 1,
    });
  });

  test("list is a page of three servers", () => {
    const page = example("list");
    expect(page).toMatchObject({ meta: { pagination: { total: 70, per_page: 50 } } });
    const [data] = Object.values(page ?? {});
    const ids = Array.isArray(data) ? data.map((one) => serverSchema.parse(one).id) : [];
    expect(ids).toEqual(["1", "2", "3"]);
  });

  test.each(["specifications", "specifications-updated"])("%s are those of a machine", (name) => {
    const { data } = specificationsEnvelope.parse(example(name));
    expect(data).toMatchObject({ node: "proxmox", cores: 1, memory: 3_179_282_432 });
    expect(looksLikeMachine(data)).toBe(true);
  });
});

const server = (installing: unknown) => serverSchema.parse({ id: 1, name: "web", installing });

test.for<readonly [installing: unknown, flag: string, why: string]>([
  [1, "working", "at work, or failed"],
  [0, "idle", "queued, or over"],
  [null, "idle", "just made"],
  [undefined, "unknown", "left out"],
  [2, "unknown", "a number that nobody knows"],
  ["failed", "unknown", "a word that nobody knows"],
])("installing %j is %s: %s", ([installing, flag]) => {
  expect(flagOf(server(installing))).toBe(flag);
});

test("a server made by an operation tells so in its name", () => {
  const id = `op_${"0".repeat(25)}7`;
  const seen = observationOf({ ...server(0), name: `web-${id}` }, null);
  expect(seen).toMatchObject({ made_by: id, state: "not installing", phase: "on" });
});

test("memory is MiB on the wire, and bytes everywhere else", () => {
  expect(specificationsBodyOf({ memory: 2_147_483_648, cores: 2, lock_ips: ["10.0.0.1"] })).toEqual({
    memory: 2048,
    cores: 2,
    lockIps: ["10.0.0.1"],
  });
});

test("what an update leaves out is as the server has it", () => {
  const asItIs = serverSchema.parse({ id: 1, name: "web", node_id: 3, user_id: 4, vmid: 5 });
  expect(updateBodyOf({ user_id: 9 }, asItIs)).toEqual({ node_id: 3, user_id: 9, vmid: 5 });
});

test.each([
  ["no data", null],
  ["nulls while the machine is missing", { node: "proxmox", cores: null, memory: null, disks: [] }],
  ["no disks", { node: "proxmox", cores: 1, memory: 1024, disks: [] }],
])("%s are no machine's", (_why, data) => {
  expect(looksLikeMachine(specificationsEnvelope.parse({ data }).data)).toBe(false);
});
