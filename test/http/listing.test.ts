import { describe, expect, it } from "vitest";
import { openWorld, pageOf, pointersOf, standing, type World } from "./http-world.ts";

describe("the list of operations", () => {
  const minutes = [0, 1, 2, 3, 4];
  const filled = async (): Promise<World> => {
    const world = openWorld();
    for (const minute of minutes) {
      const state = minute % 2 === 0 ? "succeeded" : "following";
      await standing(
        world,
        { state, created_at: `2026-11-02T08:0${minute}:00.000Z`, connection: minute < 2 ? "lyon" : "paris" },
        `m${minute}`,
      );
    }
    return world;
  };
  const minutesOf = (answered: Parameters<typeof pageOf>[0]): number[] =>
    pageOf(answered).items.map(({ created_at: at }) => Number(String(at).slice(15, 16)));

  it("is newest first, and ends with no cursor and no link", async () => {
    const answered = await (await filled()).call({ path: "/v1/operations" });
    expect(minutesOf(answered)).toEqual([4, 3, 2, 1, 0]);
    expect(pageOf(answered).next_cursor).toBeNull();
    expect(answered.headers["link"]).toBeUndefined();
  });

  it("goes on along its links, filters included, until everything was shown once", async () => {
    const world = await filled();
    const seen: number[] = [];
    let path = "/v1/operations";
    let query = "limit=1&state=succeeded";
    for (let page = 0; page < 10; page += 1) {
      const answered = await world.call({ path, query });
      seen.push(...minutesOf(answered));
      const link = /^<(?<path>[^?>]+)\?(?<query>[^>]+)>; rel="next"$/.exec(answered.headers["link"] ?? "");
      if (link === null) break;
      expect(link.groups?.["query"]).toContain(
        `cursor=${encodeURIComponent(pageOf(answered).next_cursor ?? "")}`,
      );
      path = link.groups?.["path"] ?? "";
      query = link.groups?.["query"] ?? "";
    }
    expect(seen).toEqual([4, 2, 0]);
  });

  it.each([
    ["state=following", [3, 1]],
    ["connection=lyon", [1, 0]],
    ["connection=lyon&state=succeeded", [0]],
    ["connection=nowhere", []],
    ["kind=server.create", [4, 3, 2, 1, 0]],
    ["kind=server.stop", []],
    ["bulk_job=blk_1", []],
    ["limit=100", [4, 3, 2, 1, 0]],
    ["limit=2", [4, 3]],
  ])("%s shows %j", async (query, shown) => {
    expect(minutesOf(await (await filled()).call({ path: "/v1/operations", query }))).toEqual(shown);
  });

  const filters = ["", "state=succeeded", "connection=paris", "kind=server.create", "bulk_job=blk_1"];
  it.each(filters.filter((given) => given !== "bulk_job=blk_1"))(
    "takes a cursor back with the filters under which it was given only, and with any limit: %j",
    async (given) => {
      const world = await filled();
      const path = "/v1/operations";
      const { next_cursor: cursor } = pageOf(await world.call({ path, query: `${given}&limit=1` }));
      for (const asked of filters) {
        const answered = await world.call({ path, query: `${asked}&limit=2&cursor=${String(cursor)}` });
        if (asked === given) expect(answered.status).toBe(200);
        else expect(pointersOf(answered)).toEqual(["/cursor"]);
      }
    },
  );

  it("takes a cursor back whatever the order of the filters", async () => {
    const world = await filled();
    const path = "/v1/operations";
    const first = await world.call({ path, query: "state=succeeded&connection=paris&limit=1" });
    const cursor = String(pageOf(first).next_cursor);
    const next = await world.call({ path, query: `cursor=${cursor}&connection=paris&state=succeeded` });
    expect(minutesOf(next)).toEqual([2]);
  });

  const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  it.each([
    ["limit=0", "/limit", "there is no page without items"],
    ["limit=101", "/limit", "a page has at most 100"],
    ["limit=ten", "/limit", "it is no number"],
    ["limit=1e1", "/limit", "it is not a plain number"],
    ["limit=-1", "/limit", "it is below nothing"],
    ["limit=1.5", "/limit", "it is not whole"],
    ["limit=", "/limit", "it is empty"],
    ["limit=1&limit=2", "/limit", "it is said twice"],
    ["cursor=nonsense", "/cursor", "it was never given"],
    ["cursor=", "/cursor", "it is empty"],
    [`cursor=${"A".repeat(3000)}`, "/cursor", "it is too long to be ours"],
    [`cursor=${cursor({ c: "today", i: "op_1" })}`, "/cursor", "it holds no position"],
    [`cursor=${cursor(null)}`, "/cursor", "it holds nothing"],
    [
      `cursor=${cursor({ c: "2026-11-02T08:00:00.000Z", i: "op_00000000000000000000000000" })}`,
      "/cursor",
      "it does not say what was asked",
    ],
    ["state=paused", "/state", "there is no such state"],
    ["kind=server.paint", "/kind", "there is no such kind"],
    ["connection=PARIS!", "/connection", "no connection is called that"],
    ["bulk_job=a%20b", "/bulk_job", "no bulk job is called that"],
    ["colour=red", "/colour", "there is no such parameter"],
    ["__proto__=1", "/__proto__", "there is no such parameter either"],
    ["state=%00", "/state", "NUL is nowhere allowed"],
    ["a%2Fb=1", "/a~1b", "a pointer escapes its slashes"],
  ])("refuses %s and points at %s: %s", async (query, pointer) => {
    const answered = await openWorld().call({ path: "/v1/operations", query });
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toContain(pointer);
  });
});
