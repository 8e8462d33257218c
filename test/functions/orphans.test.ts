import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { machines, openInstallation, type Installation } from "./installation.ts";

const context = { getRemainingTimeInMillis: () => 110_000 };
const answerSchema = z.object({ statusCode: z.number(), body: z.string() });
const pageSchema = z.object({
  items: z.array(
    z.looseObject({
      type: z.string(),
      id: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      detail: z.string(),
    }),
  ),
  next_cursor: z.string().nullable(),
  swept: z.boolean(),
  reason: z.string().nullable(),
});
const owner = "105bdce1-64c0-48ab-899d-868455867ecf";

/** What follows is in real time, so time is put forward by what our own clock says. */
const minutes = (count: number): void => {
  vi.setSystemTime(Date.now() + count * 60_000);
};

describe("orphans, through the deployed functions, at a simulated provider", () => {
  let installation: Installation;
  let marker: string[];
  let serial = 0;

  beforeAll(async () => {
    // Only the instant is put forward: timers run as ever, and so does the provider's clock.
    vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
    installation = await openInstallation("scaleway-instance", 40, [
      { name: "paris", orphans: { delete: true } },
      { name: "watched", orphans: {} },
    ]);
  }, 60_000);
  afterAll(async () => {
    vi.useRealTimers();
    await installation.stop();
  });

  const sweep = async (): Promise<void> => {
    const { handler } = await import("../../functions/sweep-orphans.ts");
    expect(await handler({ source: "aws.events" }, context)).toEqual({ batchItemFailures: [] });
  };
  const get = async (path: string, query = "") => {
    const { handler } = await import("../../functions/api.ts");
    return answerSchema.parse(
      await handler(
        {
          rawPath: path,
          rawQueryString: query,
          headers: { authorization: "Bearer swy_test" },
          requestContext: { requestId: "r", http: { method: "GET" } },
          isBase64Encoded: false,
        },
        context,
      ),
    );
  };
  const listed = async (connection: string) =>
    pageSchema.parse(JSON.parse((await get(`/v1/connections/${connection}/orphans`)).body));
  /** Without those that are none. */
  const orphans = async (connection: string) =>
    (await listed(connection)).items.filter(({ reason }) => reason !== null);
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${installation.simulator.url}${path}`, {
      method: "POST",
      headers: { "X-Auth-Token": "11111111-2222-4333-8444-555555555555", "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const zone = "/instance/v1/zones/fr-par-1";
  /** A server that somebody makes by hand. */
  const byHand = async (tags: readonly string[]): Promise<string> => {
    const body = { name: "by-hand", commercial_type: "DEV1-S", image: "ubuntu_noble", project: owner, tags };
    const made = z
      .object({ server: z.object({ id: z.string() }) })
      .parse(await post(`${zone}/servers`, body));
    return made.server.id;
  };
  const standing = (): string[] => installation.simulator.control.servers().map(({ id }) => id);
  const made = async (connection: string) => {
    serial += 1;
    const operation = await installation.run(
      {
        connection,
        kind: "server.create",
        input: { name: `web-${serial}`, ...machines["scaleway-instance"] },
      },
      `order-${serial}`,
    );
    marker = [`swy:op=${operation.id}`, "swy:dep=test"];
    return operation.resource?.id ?? "";
  };
  const said = (id: string) =>
    installation.events
      .filter(({ subject }) => subject.endsWith(`/orphan/server/${id}`))
      .map(({ type, sequence }) => [type, sequence]);

  it("an extra server is found by two sweeps and deleted with its volume and its marked address", async () => {
    const own = await made("paris");
    const extra = await byHand(["web", ...marker]);
    const kept = await byHand([...marker, "keep"]);
    const ip = z
      .object({ ip: z.object({ id: z.string() }) })
      .parse(await post(`${zone}/ips`, { project: owner, server: extra, tags: marker })).ip.id;
    minutes(3);
    await sweep();
    expect(await orphans("paris")).toMatchObject([
      { type: "server", id: extra, state: "suspected", reason: "extra" },
    ]);
    minutes(5);
    await sweep();
    minutes(5);
    await sweep();
    expect(standing().toSorted()).toEqual([own, kept].toSorted());
    expect(await orphans("paris")).toMatchObject([{ id: extra, state: "deleted" }]);
    expect(said(extra)).toEqual([
      ["switchyard.orphan.found", 1],
      ["switchyard.orphan.deleted", 2],
    ]);
    const deleted = installation.events.find(({ type }) => type === "switchyard.orphan.deleted");
    expect(deleted?.data).toMatchObject({ left_alone: [] });
    expect(deleted?.data["also_deleted"]).toContainEqual({ type: "ip", id: ip });
    const feed = await get("/v1/events", `after=${deleted?.id ?? ""}`);
    expect(feed.statusCode).toBe(200);
  }, 60_000);

  it("is only reported where the connection does not ask for more, and what is kept or nobody's that we know of is shown as such", async () => {
    await made("watched");
    const extra = await byHand(marker);
    minutes(3);
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      await sweep();
      minutes(5);
    }
    expect(standing()).toContain(extra);
    expect(await orphans("watched")).toMatchObject([{ id: extra, state: "confirmed" }]);
    installation.simulator.control.editServer(extra, { tags: [...marker, "swy:keep"] });
    await sweep();
    const state = async () => (await listed("watched")).items.find(({ id }) => id === extra);
    expect(await state()).toMatchObject({ state: "kept", reason: null, detail: "it is tagged to be kept" });
    expect(await listed("watched")).toMatchObject({ swept: true, reason: null });
    const stranger = ["swy:op=op_00000000000000000000000000", "swy:dep=test"];
    installation.simulator.control.editServer(extra, { tags: stranger });
    await sweep();
    expect(await state()).toMatchObject({ state: "unknown_owner", operation_id: stranger[0]?.slice(7) });
    expect(said(extra).at(-1)).toEqual(["switchyard.orphan.resolved", 2]);
  }, 60_000);

  it("an unknown connection has no orphans, and a cursor of another list is refused", async () => {
    expect((await get("/v1/connections/nowhere/orphans")).statusCode).toBe(404);
    expect((await get("/v1/connections/paris/orphans", "cursor=bm8")).statusCode).toBe(422);
  });

  it("a connection says what becomes of its orphans", async () => {
    expect(JSON.parse((await get("/v1/connections/paris")).body)).toMatchObject({
      orphans: { delete: true, most_per_run: 5 },
    });
  });
});
