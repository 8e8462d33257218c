import { describe, expect, it } from "vitest";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { isKept, makerIn, type Marked } from "../../lib/operation/marked.ts";
import { judgeMarked, type OrphanCase } from "../../lib/operation/orphan.ts";
import { judgeAddress, judgeVolume, type Leaving } from "../../lib/operation/orphan-removal.ts";
import { problem } from "../../lib/operation/problem.ts";
import { anOperation, type OperationFields } from "../operations.ts";

const maker = operationIdOf("test", "maker");
const other = operationIdOf("test", "other");
const marker = [`swy:op=${maker}`, "swy:dep=test"];
const created = "2026-11-02T08:00:00.000Z";
const at = (seconds: number): number => Date.parse(created) + seconds * 1000;

const thing = (fields: Partial<Marked> = {}): Marked => ({
  resource: { type: "server", id: "server-2" },
  name: "web-1",
  tags: ["env=dev", ...marker],
  createdAt: created,
  phase: "off",
  state: "stopped",
  isProtected: false,
  usedBy: null,
  volumes: [],
  ...fields,
});
const operation = (fields: OperationFields = {}) =>
  anOperation({
    id: maker,
    state: "succeeded",
    resource: { type: "server", id: "server-1" },
    ended_at: created,
    ...fields,
  });
const theCase = (fields: Partial<OrphanCase> = {}): OrphanCase => ({
  thing: thing(),
  deployment: "test",
  connection: "paris",
  operation: operation(),
  isWorkedOn: false,
  now: at(1000),
  horizonSeconds: 97,
  ...fields,
});
const failed = (fields: OperationFields = {}) => operation({ state: "failed", resource: null, ...fields });

describe("a marked thing that has an owner, or may have one", () => {
  const cases: readonly (readonly [string, string, Partial<OrphanCase>])[] = [
    ["not_ours", "no marker at all", { thing: thing({ tags: ["web"] }) }],
    ["not_ours", "half a marker", { thing: thing({ tags: [marker[0] ?? ""] }) }],
    ["not_ours", "another installation's", { thing: thing({ tags: [marker[0] ?? "", "swy:dep=prod"] }) }],
    ["not_ours", "two installations'", { thing: thing({ tags: [...marker, "swy:dep=prod"] }) }],
    ["not_ours", "two operations'", { thing: thing({ tags: [...marker, `swy:op=${other}`] }) }],
    ["not_ours", "one with a blank before it", { thing: thing({ tags: [...marker, ` swy:op=${other}`] }) }],
    ["not_ours", "one in capitals", { thing: thing({ tags: [...marker, "SWY:DEP=prod"] }) }],
    ["not_ours", "a longer name", { thing: thing({ tags: [marker[0] ?? "", "swy:dep=test-2"] }) }],
    ["not_ours", "an id that is none", { thing: thing({ tags: ["swy:op=op_1", "swy:dep=test"] }) }],
    ["not_ours", "the row of another operation", { operation: operation({ id: other }) }],
    ["kept", "the tag of ours", { thing: thing({ tags: [...marker, "swy:keep"] }) }],
    ["kept", "the bare tag", { thing: thing({ tags: [...marker, "keep"] }) }],
    ["kept", "a tag with a value", { thing: thing({ tags: [...marker, "Keep=until friday"] }) }],
    ["unknown_owner", "a row that has expired proves nothing", { operation: null }],
    ["unknown_owner", "an operation that makes nothing", { operation: operation({ kind: "server.stop" }) }],
    ["unknown_owner", "one that succeeded with nothing", { operation: operation({ resource: null }) }],
    ["owned", "an operation of another connection", { operation: operation({ connection: "ams" }) }],
    ["waits", "one that is accepted", { operation: anOperation({ id: maker }) }],
    ["waits", "one in doubt", { operation: operation({ state: "starting", ended_at: null }) }],
    ["waits", "one that is followed", { operation: operation({ state: "following", ended_at: null }) }],
    ["waits", "one that needs attention", { operation: operation({ state: "needs_attention" }) }],
    [
      "owned",
      "the very server that was made",
      { operation: operation({ resource: { type: "server", id: "server-2" } }) },
    ],
    ["owned", "another operation has worked on it", { isWorkedOn: true }],
    [
      "owned",
      "a volume that somebody tagged like its server",
      { thing: thing({ resource: { type: "volume", id: "v" }, usedBy: "server-1", phase: "on" }) },
    ],
    ["too_young", "made a moment ago", { now: at(96) }],
    [
      "too_young",
      "its operation ended a moment ago",
      { operation: failed({ ended_at: "2026-11-02T08:15:30.000Z" }) },
    ],
    ["too_young", "its connection assumes more", { horizonSeconds: 3600 }],
    ["too_young", "its operation assumed more", { operation: operation({ horizon_seconds: 3600 }) }],
  ];
  it.each(cases)("is %s: %s", (is, _reason, fields) => {
    expect(judgeMarked(theCase(fields)).is).toBe(is);
  });
});

describe("a marked thing without an owner", () => {
  const cases: readonly (readonly [string, string, Partial<OrphanCase>])[] = [
    ["extra", "its operation has another server", {}],
    [
      "extra",
      "its failed operation has another server",
      { operation: failed({ resource: { type: "server", id: "server-1" } }) },
    ],
    ["without_owner", "its operation failed with nothing", { operation: failed() }],
    [
      "without_owner",
      "its failed operation left it behind",
      { operation: failed({ resource: { type: "server", id: "server-2" } }) },
    ],
    ["extra", "its own operation was the last that changed it", { thing: thing({ changedAt: created }) }],
    [
      "without_owner",
      "its operation was cancelled",
      { operation: operation({ state: "cancelled", resource: null }) },
    ],
  ];
  it.each(cases)("may go: %s, because %s", (reason, _why, fields) => {
    expect(judgeMarked(theCase(fields))).toMatchObject({ is: "orphan", reason, heldBack: null });
  });

  const held: readonly (readonly [string, string, Partial<OrphanCase>])[] = [
    ["it runs", "it is running", { thing: thing({ phase: "on", state: "running" }) }],
    ["it moves", "it is stopping", { thing: thing({ phase: "moving", state: "stopping" }) }],
    [
      "it stands by",
      "it is stopped in place",
      { thing: thing({ phase: "standby", state: "stopped in place" }) },
    ],
    ["it is locked", "it is locked", { thing: thing({ phase: "locked", state: "locked" }) }],
    [
      "nobody knows its state",
      "it is hibernated",
      { thing: thing({ phase: "unknown", state: "hibernated" }) },
    ],
    ["it is protected", "protected", { thing: thing({ isProtected: true }) }],
    [
      "somebody has changed it since",
      "somebody may have taken it over",
      { thing: thing({ changedAt: "2026-11-02T08:01:01.000Z" }) },
    ],
    [
      "its change has no date that can be read",
      "somebody may have taken it over",
      { thing: thing({ changedAt: "yesterday" }) },
    ],
    [
      "a person gave up and was told that it stays",
      "a person gave its operation up",
      {
        operation: failed({
          error: problem({ code: "ABANDONED", title: "Given up", status: 422, detail: "By request." }),
        }),
      },
    ],
    [
      "a free address that somebody has tagged",
      "whoever has tagged it",
      { thing: thing({ resource: { type: "ip", id: "ip-1" }, createdAt: null }) },
    ],
    [
      "a volume in use",
      "a server uses it",
      {
        thing: thing({ resource: { type: "volume", id: "v" }, usedBy: "x", phase: "on" }),
        operation: operation({ kind: "volume.create", resource: { type: "volume", id: "v-1" } }),
      },
    ],
  ];
  it.each(held)("is reported only: %s", (_reason, word, fields) => {
    const judgement = judgeMarked(theCase(fields));
    expect(judgement.is === "orphan" ? judgement.heldBack : judgement).toContain(word);
  });
});

describe("what a deleted server had", () => {
  const leaving: Leaving = {
    serverId: "server-2",
    operationId: maker,
    removal: { since: created, created_at: created, volumes: [], addresses: [] },
    deployment: "test",
    now: at(10),
  };
  const volume = (fields: Partial<Marked> = {}): Marked =>
    thing({ resource: { type: "volume", id: "v" }, tags: [], state: "available", ...fields });
  const volumes: readonly (readonly [string, string, Marked | null])[] = [
    ["gone", "it is not there any more", null],
    ["goes", "it was made with the server and is nobody's now", volume()],
    ["goes", "it bears the same marker", volume({ tags: marker })],
    ["busy", "it is being detached", volume({ phase: "on", state: "in_use" })],
    ["busy", "it is still at the server that goes", volume({ phase: "on", usedBy: "server-2" })],
    ["stays", "another server has it", volume({ phase: "on", usedBy: "server-3" })],
    ["stays", "it is tagged to be kept", volume({ tags: ["keep"] })],
    ["stays", "another operation made it", volume({ tags: [`swy:op=${other}`, "swy:dep=test"] })],
    ["stays", "another installation made it", volume({ tags: ["swy:dep=prod"] })],
    ["stays", "it is older than the server", volume({ createdAt: "2026-10-01T08:00:00.000Z" })],
    ["stays", "it came later", volume({ createdAt: "2026-11-02T08:05:01.000Z" })],
    ["stays", "nobody knows when it was made", volume({ createdAt: null })],
    ["stays", "its date can't be read", volume({ createdAt: "long ago" })],
    ["stays", "it is locked", volume({ phase: "locked", state: "locked" })],
  ];
  it.each(volumes)("a volume %s: %s", (is, _reason, seen) => {
    expect(judgeVolume(seen, leaving).is).toBe(is);
  });

  it("a volume stays when it has not come to rest in an hour", () => {
    const seen = volume({ phase: "on", state: "in_use" });
    expect(judgeVolume(seen, { ...leaving, now: at(3599) }).is).toBe("busy");
    expect(judgeVolume(seen, { ...leaving, now: at(3601) }).is).toBe("stays");
  });

  const address = (fields: Partial<Marked> = {}): Marked =>
    thing({ resource: { type: "ip", id: "ip-1" }, createdAt: null, state: "detached", ...fields });
  const addresses: readonly (readonly [string, string, Marked | null])[] = [
    ["gone", "it is not there any more", null],
    ["goes", "it bears the marker and is free", address()],
    ["stays", "it bears none", address({ tags: [] })],
    ["stays", "it bears another one", address({ tags: [`swy:op=${other}`, "swy:dep=test"] })],
    ["stays", "it is tagged to be kept", address({ tags: [...marker, "swy:keep"] })],
    ["stays", "another server has it", address({ phase: "on", usedBy: "server-3" })],
  ];
  it.each(addresses)("an address %s: %s", (is, _reason, seen) => {
    expect(judgeAddress(seen, leaving).is).toBe(is);
  });
});

describe("the words of tags", () => {
  it.each(["keeper", "swy:keeper", "no-keep", "swy:keep-not", "keeping=1"])("%s keeps nothing", (tag) => {
    expect(isKept([tag])).toBe(false);
  });

  it("a marker that is written twice is one", () => {
    expect(makerIn([...marker, ...marker], "test")).toBe(maker);
  });
});
