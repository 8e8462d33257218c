import { describe, expect, it } from "vitest";
import {
  isHeldByStop,
  isStanding,
  openSwitch,
  withoutStop,
  withStop,
  type Stop,
} from "../../lib/limits/stop.ts";
import { kinds, type Kind } from "../../lib/operation/kind.ts";
import { jsonObjectSchema } from "../../lib/operation/json.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { anOperation } from "../operations.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const stop: Stop = {
  until: "2026-11-02T09:00:00.000Z",
  reason: "a key has leaked",
  set_at: "2026-11-02T08:00:00.000Z",
  set_by: "bootstrap",
};

const lessening =
  /\.delete$|^server\.stop$|^server_tag\.|^(?:object|tag_metadata|container|tag|organization)\.update$/;

/** Every kind that some dialect offers, with the steps that it plans for its example. */
const offered = Object.values(dialects).flatMap(({ dialect }) =>
  [...dialect.kinds].map(([kind, offer]): [string, Kind, ReturnType<typeof isHeldByStop>] => {
    const input = { ...offer.example };
    return [dialect.name, kind, isHeldByStop({ kind, input, steps: offer.steps(input) })];
  }),
);

describe("a stop", () => {
  it.each(offered.filter(([, kind]) => kind.endsWith(".create")))(
    "at %s holds %s up",
    (_dialect, _kind, isHeld) => expect(isHeld).toBe(true),
  );

  it.each(offered.filter(([, kind]) => kind === "server.start"))(
    "at %s holds %s up",
    (_dialect, _kind, isHeld) => expect(isHeld).toBe(true),
  );

  it.each(offered.filter(([, kind]) => lessening.test(kind)))(
    "at %s lets %s through",
    (_dialect, _kind, isHeld) => expect(isHeld).toBe(false),
  );

  it("was asked about every kind that adds or takes away", () => {
    const asked = new Set(offered.map(([, kind]) => kind));
    expect(kinds.filter((kind) => !asked.has(kind))).toEqual([]);
  });

  it.each<readonly [string, "on" | "off" | "standby" | "gone" | "changed" | "answered", boolean, string]>([
    ["poweron", "on", true, "it powers on"],
    ["poweroff", "off", false, "its end is off"],
    ["stop_in_place", "standby", false, "its end is standby"],
    ["terminate", "gone", false, "its end is gone"],
    ["backup", "answered", true, "it makes an image"],
    ["wake_up_all", "answered", true, "nobody knows what it does"],
    ["shutdown", "answered", false, "its word says that less runs then"],
    ["off", "answered", false, "its word says that less runs then"],
  ])("on the action %s with the end %s: %s, because %s", (action, goal, isHeld) => {
    const steps = [{ mode: "once", goal } as const];
    expect(isHeldByStop({ kind: "server.action", input: { action }, steps })).toBe(isHeld);
  });

  it("holds a change of type up, and no other change", () => {
    const update = (input: Record<string, string>) =>
      isHeldByStop(anOperation({ kind: "server.update", input, steps: [] }));
    expect([
      update({ type: "GP1-XL" }),
      update({ commercial_type: "GP1-XL" }),
      update({ name: "a" }),
    ]).toEqual([true, true, false]);
  });

  it.each<readonly [string, object, boolean]>([
    ["an address that says only its type", { public_ips: ["0a1b", { type: "routed_ipv6" }] }, true],
    ["addresses that exist", { public_ips: ["0a1b"] }, false],
    ["no address any more", { public_ips: [] }, false],
    ["a dynamic address", { dynamic_ip_required: true }, true],
    ["a dynamic address of the draft", { dynamic_public_ip: true }, true],
    ["no dynamic address", { dynamic_ip_required: false }, false],
    ["an empty volume", { volumes: { 0: { id: "0a1b" }, 1: { size: 10_000_000_000 } } }, true],
    ["a volume from a snapshot", { volumes: { 1: { base_snapshot: "0a1b" } } }, true],
    ["volumes that exist", { volumes: { 0: { id: "0a1b", name: "root" } } }, false],
    ["volumes that exist, as a list", { volumes: ["0a1b"] }, false],
    ["a volume put in", { attach_volumes: ["0a1b"] }, false],
    ["an address given back", { release_public_ips: ["0a1b"] }, false],
  ])("on an update that asks for %s %j: %s", (_what, fields, isHeld) => {
    const input = jsonObjectSchema.parse(fields);
    expect(isHeldByStop(anOperation({ kind: "server.update", input, steps: [] }))).toBe(isHeld);
  });

  it.each(["reboot", "restart", "reset", "soft_reboot", "hard-reboot", "resetsoft", "resethard"])(
    "lets the action %s through as it does server.reboot, however its end is planned",
    (action) => {
      const isHeld = (goal: "restarted" | "answered") =>
        isHeldByStop({ kind: "server.action", input: { action }, steps: [{ mode: "once", goal }] });
      expect([isHeld("restarted"), isHeld("answered")]).toEqual([false, false]);
      expect(
        isHeldByStop({ kind: "server.reboot", input: {}, steps: [{ mode: "once", goal: "restarted" }] }),
      ).toBe(false);
    },
  );

  it("stands until its time, and not longer", () => {
    expect([isStanding(stop, now), isStanding(stop, now + 3_600_000), isStanding(null, now)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("tells of itself with numbers without a gap, also where one takes the place of another", () => {
    const set = withStop(withStop(openSwitch, stop, now), { ...stop, reason: "another" }, now + 1);
    const lifted = withoutStop(set, "key_1", now + 2);
    expect(lifted.outbox.map(({ type, sequence, data }) => [type, sequence, data["lifted_by"]])).toEqual([
      ["switchyard.stop.set", 1, null],
      ["switchyard.stop.set", 2, null],
      ["switchyard.stop.lifted", 3, "key_1"],
    ]);
    expect(new Set(lifted.outbox.map(({ id }) => id)).size).toBe(3);
    expect(withoutStop(lifted, "key_1", now + 3)).toBe(lifted);
  });
});
