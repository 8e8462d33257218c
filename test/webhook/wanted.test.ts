import { describe, expect, it } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Endpoint } from "../../lib/webhook/endpoint.ts";
import { wantedType, wants } from "../../lib/webhook/wanted.ts";
import { anEndpoint, anEvent, isoAt, start } from "./endpoints.ts";

const aboutEndpoint = (type: string, subject: string): SwitchyardEvent =>
  anEvent({ type: `switchyard.${type}`, subject, data: { endpoint: subject } });
const tagged = (tags: string[]): SwitchyardEvent => anEvent({ data: { connection: "paris", tags } });

describe("a type filter", () => {
  it.each([
    ["switchyard.server.created", true],
    ["server.created", true],
    ["switchyard.server.*", true],
    ["server.*", true],
    ["server.cr*", true],
    ["*", true],
    ["switchyard.*", true],
    ["server", false],
    ["server.create", false],
    ["server.createds", false],
    ["operation.*", false],
    ["*.created", false],
    ["Server.Created", false],
    ["", false],
  ])("%s means server.created: %s", (pattern, isMeant) => {
    expect(wantedType(pattern, "switchyard.server.created")).toBe(isMeant);
  });
});

describe("an endpoint gets", () => {
  it.each<readonly [string, Partial<Endpoint>, SwitchyardEvent, boolean]>([
    ["everything when it asks for nothing", {}, anEvent(), true],
    ["a type that it asks for", { types: ["orphan.found", "server.*"] }, anEvent(), true],
    ["no other type", { types: ["orphan.found"] }, anEvent(), false],
    ["what happens from its first instant on", { enabled_since: isoAt(start) }, anEvent(), true],
    ["nothing from before", { enabled_since: isoAt(start + 1) }, anEvent(), false],
    ["nothing while it is disabled", { state: "disabled" }, anEvent(), false],
    ["nothing when it is deleted", { deleted_at: isoAt(start) }, anEvent(), false],
    ["events of a connection that it may see", { connections: ["paris", "rome"] }, anEvent(), true],
    ["none of another", { connections: ["rome"] }, anEvent(), false],
    ["none of any when it may see none", { connections: [] }, anEvent(), false],
    ["no events without a connection then", { connections: ["paris"] }, anEvent({ data: {} }), false],
    [
      "none whose connection is no name",
      { connections: ["null"] },
      anEvent({ data: { connection: null } }),
      false,
    ],
    ["events about others when it may see all", {}, aboutEndpoint("endpoint.disabled", "ep_other"), true],
    [
      "none about others when it may not",
      { connections: ["paris"] },
      aboutEndpoint("endpoint.failing", "ep_x"),
      false,
    ],
    ["no news of its own failing", {}, aboutEndpoint("endpoint.failing", "ep_7d3q9x"), false],
    ["nor of its being disabled", {}, aboutEndpoint("endpoint.disabled", "ep_7d3q9x"), false],
    ["nor of its lost deliveries", {}, aboutEndpoint("delivery.exhausted", "ep_7d3q9x"), false],
    ["nor of its deletion", {}, aboutEndpoint("endpoint.deleted", "ep_7d3q9x"), false],
    ["lost deliveries of others", {}, aboutEndpoint("delivery.exhausted", "ep_other"), true],
    ["nor of its recovery", {}, aboutEndpoint("endpoint.recovered", "ep_7d3q9x"), false],
    ["the recovery of others", {}, aboutEndpoint("endpoint.recovered", "ep_other"), true],
    ["events that bear its tags", { tags: ["env=prod"] }, tagged(["env=prod", "team=a"]), true],
    [
      "only those that bear all of them",
      { tags: ["env=prod", "team=b"] },
      tagged(["env=prod", "team=a"]),
      false,
    ],
    ["none without tags when it asks for some", { tags: ["env=prod"] }, anEvent(), false],
    ["none whose tags are no list", { tags: ["a"] }, anEvent({ data: { tags: "a" } }), false],
    ["what all filters let through only", { types: ["server.*"], connections: ["rome"] }, anEvent(), false],
  ])("%s", (_what, endpoint, event, isWanted) => {
    expect(wants(anEndpoint(endpoint), event)).toBe(isWanted);
  });
});
