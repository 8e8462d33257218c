import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limitIn, quotaNameOf } from "../../lib/providers/scaleway-instance/quota.ts";
import { quotaListSchema } from "../../lib/providers/scaleway-instance/wire.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { newMarker } from "./contract-room.ts";
import { openProvider } from "./open-provider.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ dialect: "scaleway-instance", seed: 5 });
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.control.clearFaults();
  for (const { id } of simulator.control.servers()) simulator.control.removeServer(id);
  simulator.control.clearCalls();
});

const owner = "105bdce1-64c0-48ab-899d-868455867ecf";
const ofOrganization = { project: undefined, organization: owner };
const input = { name: "web-1", type: "DEV1-S", image: "ubuntu_noble", start: false };
const open = (more: Readonly<Record<string, unknown>> = {}, url = simulator.url) =>
  openProvider("scaleway-instance", url, more);
const create = (opened: ReturnType<typeof open>, more = {}) =>
  opened.provider.send({
    do: "create",
    kind: "server.create",
    input: { ...input, ...more },
    marker: newMarker(),
  });
const failureOf = async (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => null,
    (error: unknown) => error,
  );
const calls = (pattern: RegExp): number =>
  simulator.control.calls().filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;
const posts = () => calls(/^POST .*\/servers$/);
const looks = () => calls(/^GET \/iam\//) + calls(/^GET .*\/servers\?/);
const limitTo = (items: number, more: { readonly type?: string; readonly match?: string } = {}) =>
  simulator.control.addFault({ name: "server_quota", items, ...more });

describe("the limit of a type in a zone", () => {
  const { quota } = quotaListSchema.parse(
    JSON.parse(readFileSync(new URL("fixtures/scaleway-instance/quota.json", import.meta.url), "utf8")),
  );
  it.each([
    ["that of the zone", "DEV1-S", "fr-par-1", 22],
    ["none where the zone has none", "DEV1-S", "nl-ams-1", null],
    ["none that is told where the zone is not named", "DEV1-S", "pl-waw-1", null],
    ["that of the region", "DEV1-M", "fr-par-2", 7],
    ["none that is told where the region is another", "DEV1-M", "nl-ams-1", null],
    ["that of everywhere, nothing at all included", "DEV1-L", "it-mil-1", 0],
    ["the older one without places", "GP1-S", "fr-par-1", 4],
    ["none in the older form", "GP1-M", "fr-par-1", null],
  ])("is %s", (_which, type, zone, limit) => {
    const quotum = quota.find(({ name }) => name === quotaNameOf(type));
    expect(quotum === undefined ? "missing" : limitIn(quotum, zone)).toBe(limit);
  });
});

describe("a create", () => {
  it.each([
    ["of a connection to an organization", ofOrganization],
    ["of a connection to a project, whose servers tell whose it is", {}],
  ])("%s is refused unsent when the quota is used up, with type, zone, limit and use", async (_of, more) => {
    limitTo(2, { type: "DEV1-S" });
    await create(open(more));
    await create(open(more));
    simulator.control.clearCalls();
    expect(await failureOf(create(open(more)))).toMatchObject({
      name: "ProviderRefusal",
      code: "QUOTA_EXCEEDED",
      message: "The quota is used up: DEV1-S in fr-par-1, limit 2, in use 2.",
      provider: {
        type: "quotas_exceeded",
        fields: { cp_servers_type_DEV1_S: ["limit 2, in use 2"] },
      },
    });
    expect(posts()).toBe(0);
  });

  it("goes again as soon as a server has gone: what is used up is never taken from an older count", async () => {
    limitTo(1);
    const opened = open(ofOrganization);
    const { resource } = await create(opened);
    expect(await failureOf(create(opened))).toMatchObject({ code: "QUOTA_EXCEEDED" });
    simulator.control.removeServer(resource?.id ?? "");
    expect((await create(opened)).resource?.type).toBe("server");
    expect(posts()).toBe(2);
  });

  it("counts what it has made itself, and looks again only where that reaches the limit", async () => {
    limitTo(4);
    const opened = open(ofOrganization);
    for (let count = 0; count < 4; count += 1) await create(opened);
    expect(looks()).toBe(2);
    expect(await failureOf(create(opened))).toMatchObject({ code: "QUOTA_EXCEEDED" });
    expect([posts(), looks()]).toEqual([4, 3]);
  });

  it("of another type, or in a zone without that limit, is not concerned", async () => {
    limitTo(1, { type: "DEV1-S", match: "POST */zones/fr-par-1/servers" });
    const opened = open({ ...ofOrganization, fallback_zones: ["nl-ams-1"] });
    await create(opened);
    expect((await create(opened, { type: "DEV1-M" })).resource?.type).toBe("server");
    const there = await opened.provider.send({
      do: "create",
      kind: "server.create",
      input: { ...input, fallback: [{ zone: "nl-ams-1" }] },
      marker: newMarker(),
      choice: 1,
    });
    expect(there.resource?.id).toMatch(/^nl-ams-1\//);
  });

  it.each([
    ["a project", {}, 2],
    ["an organization", ofOrganization, 1],
    ["a project that has servers", {}, 2],
  ])("costs next to nothing without a limit: 25 of them for %s", async (what, more, most) => {
    if (what.endsWith("servers")) await create(open());
    simulator.control.clearCalls();
    const opened = open(more);
    for (let count = 0; count < 5; count += 1) await create(opened);
    await Promise.all(Array.from({ length: 20 }, () => create(opened)));
    expect(posts()).toBe(25);
    expect(looks()).toBe(most);
  });

  it.each([
    ["a key without permission", { name: "error", type: "permissions_denied", match: "GET /iam/*" }],
    ["an API that has no quota", { name: "error", type: "not_found", match: "GET /iam/*" }],
    ["an answer that can't be read", { name: "truncated_json", match: "GET /iam/*" }],
    ["a server error", { name: "unavailable_html", match: "GET /iam/*" }],
    ["a list that can't be read", { name: "unavailable_html", match: "GET */servers" }],
  ] as const)("is sent in spite of %s, which is told once and not asked again", async (_why, fault) => {
    limitTo(1);
    const opened = open(ofOrganization);
    await create(opened);
    simulator.control.addFault(fault);
    simulator.control.clearCalls();
    const late = open(ofOrganization);
    for (let count = 0; count < 3; count += 1) {
      expect(await failureOf(create(late))).toMatchObject({
        code: "QUOTA_EXCEEDED",
        provider: { status: 403 },
      });
    }
    expect(posts()).toBe(3);
    expect(calls(/^GET \/iam\//)).toBe(1);
    const told = late.log.lines.filter(({ level }) => level === "warn");
    expect(told).toHaveLength(1);
  });

  it("is sent when the budget has no place for a look", async () => {
    const opened = open(ofOrganization);
    opened.budget.empty = true;
    expect((await create(opened)).resource?.type).toBe("server");
    expect(looks()).toBe(0);
  });

  it("is not refused for servers that a filter should have left out", async () => {
    const body = (path: string): unknown => {
      if (path.startsWith("/iam/")) {
        return { quota: [{ name: "cp_servers_type_DEV1_S", limits: [{ zone: "fr-par-1", limit: 2 }] }] };
      }
      const servers = ["DEV1-S", "DEV1-M", "DEV1-L"].map((commercial_type) => ({
        commercial_type,
        organization: owner,
      }));
      return path.includes("/availability") ? { servers: {} } : { servers };
    };
    let sent = 0;
    const server = createServer((request, response) => {
      if (request.method === "POST") sent += 1;
      const answer =
        request.method === "POST" ? { server: { id: "s-1", state: "stopped" } } : body(request.url ?? "");
      response.writeHead(200, { "Content-Type": "application/json", "X-Total-Count": "3" });
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}`;
    await create(open(ofOrganization, url), { image: owner });
    expect(sent).toBe(1);
    server.closeAllConnections();
    server.close();
  });
});

describe("the provider's own refusal", () => {
  it("names type, zone, limit and use in the same words", async () => {
    const opened = open(ofOrganization);
    await create(opened);
    limitTo(1);
    const error = await failureOf(create(opened));
    expect(error).toMatchObject({
      code: "QUOTA_EXCEEDED",
      message: expect.stringContaining("The quota is used up: DEV1-S in fr-par-1, limit 1, in use 1."),
      provider: { status: 403 },
    });
  });

  it("that tells no limit has it from the quota", async () => {
    limitTo(22);
    simulator.control.addFault({ name: "quotas_exceeded_legacy", count: 1 });
    expect(await failureOf(create(open(ofOrganization)))).toMatchObject({
      code: "QUOTA_EXCEEDED",
      message: expect.stringContaining("DEV1-S in fr-par-1, limit 22."),
    });
  });
});
