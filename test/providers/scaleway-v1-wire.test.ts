import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { connectionSchema } from "../../lib/connection.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import { markerOf } from "../../lib/operation/marker.ts";
import { ProviderRefusal, type RefusalCode } from "../../lib/ports/provider.ts";
import { chosenAction, mayBeListedLater } from "../../lib/providers/scaleway-v1/action-words.ts";
import { v1Dialect } from "../../lib/providers/scaleway-v1/dialect.ts";
import { readEveryPage } from "../../lib/providers/scaleway-v1/pages.ts";
import { asLaunch, v1ErrorOf } from "../../lib/providers/scaleway-v1/refusal.ts";
import { bodyOf, serverObservation } from "../../lib/providers/scaleway-v1/translate.ts";
import { actionsEnvelope, enveloped, listed, serverSchema } from "../../lib/providers/scaleway-v1/wire.ts";
import { testNow } from "./open-provider.ts";

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/scaleway-v1", `${name}.json`), "utf8"));

describe("the document's own examples", () => {
  it("of GET /servers/{server_id} is seen, with a state that says nothing", () => {
    const server = enveloped("server", serverSchema).parse(fixture("get-server-200"));
    expect(server === null ? null : serverObservation(server, "r-1")).toMatchObject({
      phase: "unknown",
      state: null,
      name: "zzzz",
      volumes: [],
      request_id: "r-1",
    });
  });

  it("of GET /servers/{server_id}/tags is a list of none", () => {
    expect(listed("tags").parse(fixture("get-server-tags-200"))).toEqual([]);
  });

  it("of its headers names a next page, with a comma at its end", () => {
    const { link } = z.object({ link: z.string() }).parse(fixture("get-server-tags-headers"));
    expect(link).toMatch(/rel="next".*rel="last",$/);
  });
});

describe("answers", () => {
  it.each<readonly [why: string, answer: unknown, id: string | null]>([
    ["the documented envelope", { server: { id: "a", name: "n" } }, "a"],
    ["a number for an id", { server: { id: 7 } }, "7"],
    ["an empty object", {}, null],
    ["a null", { server: null }, null],
  ])("%s is a server, or none", (_why, answer, id) => {
    expect(enveloped("server", serverSchema).parse(answer)?.id ?? null).toBe(id);
  });

  it.each([{ server: {} }, { server: "x" }, { server: { id: "" } }, []])(
    "%j is of no shape that we know",
    (answer) => {
      expect(enveloped("server", serverSchema).safeParse(answer).success).toBe(false);
    },
  );

  it.each<readonly [unknown, readonly string[]]>([
    [{ actions: ["poweron", "reboot"] }, ["poweron", "reboot"]],
    [{ actions: [{ name: "poweron" }, { action: "reboot" }] }, ["poweron", "reboot"]],
    [{ actions: [] }, []],
  ])("%j lists the actions %j", (answer, actions) => {
    expect(actionsEnvelope.parse(answer).actions).toEqual(actions);
  });

  it.each([
    ["off", "off"],
    ["stopped", "off"],
    ["on", "on"],
    ["running", "on"],
    ["starting", "moving"],
    ["stopping", "moving"],
    ["locked", "locked"],
    ["Off", "unknown"],
    ["dormant", "unknown"],
    [undefined, "unknown"],
  ])("the state %j is %s", (state, phase) => {
    expect(serverObservation(serverSchema.parse({ id: "a", state }), null).phase).toBe(phase);
  });

  it.each([
    [["a", "b"]],
    [[{ id: "a", device: "nbd0" }, { id: "b" }, {}, 7]],
    [{ "0": { id: "a" }, "1": "b" }],
  ])("the volumes %j are two", (volumes) => {
    expect(serverObservation(serverSchema.parse({ id: "s", volumes }), null).volumes).toEqual([
      { id: "a", store: "local" },
      { id: "b", store: "local" },
    ]);
  });
});

describe("actions", () => {
  it.each<readonly [listed: string[], word: string, chosen: string | null]>([
    [["poweron"], "poweron", "poweron"],
    [["start", "stop"], "poweron", "start"],
    [["off", "on"], "poweroff", "off"],
    [["restart"], "reboot", "restart"],
    [["poweron"], "poweroff", null],
    [["backup"], "backup", "backup"],
    [["poweron"], "backup", null],
    [[], "poweron", null],
  ])("of %j, for %s, is %j", (listedActions, word, chosen) => {
    expect(chosenAction(listedActions, word)).toBe(chosen);
  });

  it.each<readonly [listed: string[], word: string, later: boolean, why: string]>([
    [[], "poweron", true, "none is listed on the way"],
    [["poweroff"], "poweron", true, "the state allows others"],
    [["awaken"], "poweron", false, "its words are not ours"],
    [["poweron"], "backup", false, "nobody knows such an action"],
  ])("of %j, %s may be listed later: %s (%s)", (listedActions, word, later) => {
    expect(mayBeListedLater(listedActions, word)).toBe(later);
  });
});

const uuid = "105bdce1-64c0-48ab-899d-868455867ecf";
const marker = markerOf(`op_${"a".repeat(26)}`, "test");
const connection = (more: object = { organization: uuid }) =>
  connectionSchema.parse({ name: "a", provider: "scaleway-v1", secret: "env:A", ...more });

describe("what is sent", () => {
  it.each<readonly [why: string, kind: Kind, input: JsonObject, body: object]>([
    [
      "a server, whose volumes the document requires",
      "server.create",
      { name: "web", image: "i", start: true },
      { name: `web-op_${"a".repeat(26)}`, image: "i", volumes: [], organization: uuid },
    ],
    [
      "a name that leaves room for the end of the marker",
      "server.create",
      { name: "x".repeat(240), volumes: ["v"] },
      { name: `${"x".repeat(240)}-${"a".repeat(14)}`, volumes: ["v"], organization: uuid },
    ],
    ["a name that leaves no room", "tag.create", { name: "x".repeat(250) }, { name: "x".repeat(250) }],
    ["a volume, which has no name", "volume.create", { size: 1, type: "t" }, { size: 1, type: "t" }],
    ["a container", "container.create", { name: "c" }, { name: `c-op_${"a".repeat(26)}` }],
  ])("%s", (_why, kind, input, body) => {
    expect(bodyOf(connection(), kind, input, marker)).toEqual(body);
  });

  it("without an organization, names none", () => {
    expect(bodyOf(connection({}), "server.create", { name: "web" }, marker)).not.toHaveProperty(
      "organization",
    );
  });
});

const error = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  v1ErrorOf({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }, testNow);
const invalid = (more: object) => ({ type: "invalid_request_error", message: "No.", ...more });

describe("errors", () => {
  it.each<readonly [why: string, status: number, body: unknown, code: RefusalCode | "doubt"]>([
    ["a parameter is wrong", 400, invalid({ param: "name" }), "INVALID_INPUT"],
    [
      "the state does not allow it",
      400,
      invalid({ code: "server_not_off", param: "server_id" }),
      "WRONG_STATE",
    ],
    ["in words", 400, invalid({ message: "server should be off" }), "WRONG_STATE"],
    [
      "a name may hold any words",
      400,
      invalid({ message: '"is running" is no name', param: "name" }),
      "INVALID_INPUT",
    ],
    ["it is there already", 400, invalid({ code: "object_exists", param: "object_id" }), "ALREADY_EXISTS"],
    ["no key", 401, invalid({ message: "No valid API key provided." }), "UNAUTHENTICATED"],
    ["a failed launch", 402, { type: "api_error", message: "can not be launched" }, "PROVIDER_REFUSED"],
    ["no machine is left", 402, { type: "api_error", message: "x", code: "no_capacity" }, "OUT_OF_STOCK"],
    ["a charge failed", 402, { type: "api_error", message: "The charge failed" }, "PAYMENT_REQUIRED"],
    ["a quota", 402, { type: "api_error", message: "x", code: "quota_exceeded" }, "QUOTA_EXCEEDED"],
    ["no such thing", 404, invalid({ message: "The requested item doesn't exist." }), "RESOURCE_NOT_FOUND"],
    ["a bare 404 may be a wrong path", 404, "", "PROVIDER_REFUSED"],
    ["a page may come from a gateway", 404, "<html>", "PROVIDER_REFUSED"],
    ["a later API's conflict", 409, invalid({}), "WRONG_STATE"],
    ["too many", 429, "", "RATE_LIMITED"],
    ["their side", 500, { type: "api_error", message: "x" }, "doubt"],
    ["their side, whatever it says", 503, invalid({}), "doubt"],
    ["a page", 502, "<html>", "doubt"],
    ["a redirect", 302, "", "doubt"],
  ])("%s: %i %j is %s", (_why, status, body, code) => {
    const found = error(status, body);
    expect(found instanceof ProviderRefusal ? found.code : "doubt").toBe(code);
  });

  it("keep the provider's type, code, param, message and request id, and nothing that is of another shape", () => {
    const body = { type: "api_error", message: "m", code: "c", param: "p", more: 1 };
    expect(error(402, body, { "x-request-id": "r" }).provider).toEqual({
      status: 402,
      type: "api_error",
      message: "m",
      code: "c",
      param: "p",
      request_id: "r",
    });
    expect(error(400, { type: 7, message: ["m"], code: "c" }).provider).toEqual({ status: 400, code: "c" });
  });

  it("of 429 say when the limit is renewed", () => {
    const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(testNow / 1000 + 7) };
    expect(error(429, "", reset)).toMatchObject({ retryAfterSeconds: 7 });
    expect(error(429, "", { "retry-after": "3" })).toMatchObject({ retryAfterSeconds: 3 });
    expect(error(429, "")).toMatchObject({ retryAfterSeconds: null });
  });

  it("of 402 are a failed start where a server was to be launched", () => {
    const body = { type: "api_error", message: "can not be launched", code: "c", param: "p" };
    expect(asLaunch(error(402, body))).toMatchObject({
      code: "START_FAILED",
      provider: { code: "c", param: "p" },
    });
    expect(asLaunch(error(400, invalid({})))).toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("a list of several pages", () => {
  const pagesOf = (...readings: string[][][]) => {
    let reading = -1;
    return (page: number) => {
      if (page === 1) reading += 1;
      const pages = readings[Math.min(reading, readings.length - 1)] ?? [];
      return Promise.resolve({ items: pages[page - 1] ?? [], hasNext: page < pages.length });
    };
  };
  const read = (...readings: string[][][]) => readEveryPage(pagesOf(...readings), (item) => item);

  it("that shrinks while it is read loses nobody", async () => {
    // b is deleted while page 1 is read: d moves onto it, and the next page begins with e.
    expect(await read([["a", "b", "c"], ["e", "f"], []], [["a", "c", "d"], ["e", "f"], []])).toEqual(
      expect.arrayContaining(["a", "c", "d", "e", "f"]),
    );
  });

  it("is read once where it is one page", async () => {
    let calls = 0;
    const fetchPage = (page: number) => {
      calls += 1;
      return Promise.resolve({ items: page === 1 ? ["a"] : [], hasNext: null });
    };
    expect([await readEveryPage(fetchPage, (item) => item), calls]).toEqual([["a"], 2]);
  });
});

describe("the catalogue", () => {
  const offerOf = (kind: Kind) => {
    const offer = v1Dialect.kinds.get(kind);
    if (offer === undefined) throw new Error(`no ${kind}`);
    return offer;
  };

  it.each<readonly [Kind, unknown, string]>([
    ["server.create", {}, "name"],
    ["server.create", { name: "w", volumes: {} }, "volumes"],
    ["server.create", { name: "w", tags: [] }, "tags"],
    ["server.update", {}, "name"],
    ["server.action", { action: "rm -rf" }, "action"],
    ["volume.create", { size: 1.5, type: "t" }, "size"],
    ["volume.create", { size: 1 }, "type"],
    ["volume.create", { size: 1, type: "t", name: "v" }, "name"],
    ["object.create", { content: "x" }, "object_id"],
    ["object.delete", { object_id: "a", content: "x" }, "content"],
    ["tag_metadata.create", { metadata_key: "k" }, "metadata_value"],
    ["tag_metadata.update", { metadata_key: "..", metadata_value: "" }, "metadata_key"],
    ["server_tag.attach", {}, "tag_id"],
    ["organization.create", { name: "a", technical_contacts: "t" }, "technical_contacts"],
    ["organization.update", { city: "Paris" }, "city"],
  ])("%s refuses %j at %s", (kind, input, field) => {
    const issues = offerOf(kind).input.safeParse(input).error?.issues ?? [];
    const places = issues.map((issue) =>
      (issue.code === "unrecognized_keys" ? issue.keys : issue.path).join("."),
    );
    expect(places).toContain(field);
  });

  it.each<readonly [Kind, JsonObject, readonly string[], boolean]>([
    ["server.create", { name: "w" }, ["create", "power_on"], true],
    ["server.create", { name: "w", start: false }, ["create"], true],
    ["server.create", { name: "x".repeat(250) }, ["create", "power_on"], false],
    ["tag.create", { name: "blue" }, ["create", "update"], true],
    ["tag.create", { name: "x".repeat(250) }, ["create"], false],
    ["volume.create", { size: 1, type: "t" }, ["create"], false],
    ["server.reboot", {}, ["reboot"], true],
    ["server.action", { action: "start" }, ["power_on"], true],
    ["server.action", { action: "halt" }, ["power_off"], true],
    ["server.action", { action: "terminate" }, ["action"], true],
  ])("%s of %j takes the steps %j, and has room for a marker: %s", (kind, input, steps, hasRoom) => {
    const offer = offerOf(kind);
    const given = offer.input.parse(input);
    expect(offer.steps(given).map(({ name }) => name)).toEqual(steps);
    expect(offer.hasRoomForMarker?.(given) ?? true).toBe(hasRoom);
  });
});
