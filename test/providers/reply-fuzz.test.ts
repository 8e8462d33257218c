import { describe, expect, it } from "vitest";
import { dialectNames, type DialectName } from "../../lib/connection.ts";
import { ProviderRefusal } from "../../lib/ports/provider.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { fuzzReplies } from "./reply-fuzz.ts";
import { faultOf, type Outcome, type Served, type Trial } from "./reply-oracle.ts";
import { testNow } from "./open-provider.ts";

/** Served in all; `npm run fuzz:provider` serves ten times as many. */
const replies = 20_000;

describe("replies that were tampered with", () => {
  it.each(dialectNames)(
    "make the adapter of %s neither crash nor see a success or a failure that is not there",
    async (dialect: DialectName) => {
      const report = await fuzzReplies(dialect, Math.ceil(replies / dialectNames.length), 7);
      expect(report.replies * dialectNames.length).toBeGreaterThanOrEqual(replies);
      expect(report.acts).toBeGreaterThan(50);
      expect(report.findings.slice(0, 5)).toEqual([]);
    },
  );
});

describe("the judge of these replies", () => {
  const server = { type: "server", id: "s-1" };
  const aServed = (fields: {
    method?: "GET" | "POST" | "DELETE";
    status?: number;
    body?: string;
  }): Served => {
    const reply = {
      status: fields.status ?? 200,
      headers: {},
      body: fields.body ?? '{"server":{"id":"s-1"}}',
    };
    const request = {
      method: fields.method ?? "GET",
      url: "http://x/servers/s-1",
      headers: {},
      timeoutMilliseconds: 1,
    };
    return { request, reply, original: reply, how: "changed", tellsOtherState: false, isOther: false };
  };
  const seen = (phase: string): Outcome => ({
    is: "value",
    value: [{ phase, state: phase, detail: null, name: null }],
  });
  const threw = (error: unknown): Outcome => ({ is: "error", error });
  const refusal = (code: "RESOURCE_NOT_FOUND" | "INVALID_INPUT"): Outcome =>
    threw(new ProviderRefusal(code, "no", { status: 400 }));
  const made = (id: string | null): Outcome => ({
    is: "value",
    value: {
      resource: id === null ? null : { type: "server", id },
      task: null,
      observation: null,
      requestId: null,
    },
  });
  const look = {
    do: "look",
    handles: [{ resource: server, task: null, ageSeconds: 1, seenMoving: false }],
  } as const;
  const create = {
    do: "send",
    call: { do: "create", kind: "server.create", input: {}, marker: { operation: "o", deployment: "d" } },
  } as const;
  const remove = { do: "send", call: { do: "delete", resource: server, input: {} } } as const;
  const gone = '{"type":"unknown_resource","message":"not found"}';
  const post = { method: "POST" } as const;
  /** A body without words is definite only where the provider has none. */
  const page = aServed({ status: 404, body: "<html>" });
  const gateway = { ...page, original: { ...page.reply, body: gone } };

  it.each<readonly [string, Trial["ask"], Served, Outcome, Outcome, RegExp]>([
    ["an error that is none of ours", look, aServed({}), threw(new TypeError("x")), seen("on"), /^crash/],
    [
      "a state that nobody has told",
      look,
      aServed({}),
      seen("on"),
      seen("moving"),
      /^server s-1: on instead/,
    ],
    ["a failure that nobody has told", look, aServed({}), seen("failed"), seen("on"), /failed instead of on/],
    ["gone after 400", look, aServed({ status: 400, body: gone }), seen("gone"), seen("on"), /gone without/],
    ["gone after a 404 of a gateway", look, gateway, seen("gone"), seen("on"), /gone without/],
    [
      "fewer sights than things",
      look,
      aServed({}),
      { is: "value", value: [] },
      seen("on"),
      /0 observations of 1/,
    ],
    [
      "a yes after a no",
      remove,
      aServed({ method: "DELETE", status: 500 }),
      made(null),
      made(null),
      /yes after 500/,
    ],
    ["a no after a yes", create, aServed(post), refusal("INVALID_INPUT"), made("s-1"), /may have happened/],
    ["not found, for a page of HTML", remove, gateway, refusal("RESOURCE_NOT_FOUND"), made(null), /definite/],
    ["a create without an id", create, aServed(post), made(null), made("s-1"), /without an id/],
    ["an id that nobody has said", create, aServed(post), made("s-9"), made("s-1"), /nobody said: s-9/],
  ])("finds fault with %s", (_what, ask, one, outcome, usual, words) => {
    const { dialect } = dialects["scaleway-compute"];
    expect(faultOf({ dialect, ask, served: [one], outcome, usual, holds: [], now: testNow })).toMatch(words);
  });

  it.each<readonly [string, Trial["ask"], Served, Outcome, Outcome]>([
    ["what it usually is", look, aServed({}), seen("on"), seen("on")],
    ["not knowing", look, aServed({}), seen("unknown"), seen("on")],
    ["gone after a 404 in words", look, aServed({ status: 404, body: gone }), seen("gone"), seen("on")],
    ["a create with the id of the answer", create, aServed(post), made("s-1"), made("s-1")],
    [
      "a refusal of a refusal",
      create,
      aServed({ ...post, status: 400 }),
      refusal("INVALID_INPUT"),
      made("s-1"),
    ],
  ])("finds no fault with %s", (_what, ask, one, outcome, usual) => {
    const { dialect } = dialects["scaleway-compute"];
    expect(faultOf({ dialect, ask, served: [one], outcome, usual, holds: [], now: testNow })).toBeNull();
  });
});
