import { describe, expect, it } from "vitest";
import * as z from "zod";
import { auditEntrySchema, type AuditEntry } from "../../lib/access/audit-entry.ts";
import { problemOf } from "../http/http-world.ts";
import { openAccess, type AccessWorld } from "./access-world.ts";

const pageSchema = z.object({ items: z.array(auditEntrySchema), next_cursor: z.string().nullable() });

const trail = async (
  world: AccessWorld,
  query: Record<string, string> = {},
  limit = 100,
): Promise<AuditEntry[]> => {
  const entries: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const asked: Record<string, string> = { limit: String(limit), ...query };
    if (cursor !== null) asked["cursor"] = cursor;
    const answered = await world.call({ path: "/v1/audit", query: new URLSearchParams(asked).toString() });
    const page = pageSchema.parse(answered.body);
    entries.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return entries;
};

const body = { connection: "paris", kind: "server.create", input: { name: "a", type: "b" } };
const operationCall = (name: string, key?: string) => ({
  method: "POST",
  path: "/v1/operations",
  headers: { "idempotency-key": name },
  body,
  ...(key === undefined ? {} : { key }),
});

describe("the audit trail", () => {
  it("says who did what, newest first, operations among the rest", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "ci", scopes: ["operate"] });
    await world.clock.advance(1_000);
    const asked = await world.call(operationCall("one", key));
    const operation = asked.headers["location"] ?? "";
    await world.clock.advance(1_000);
    await world.call({ method: "POST", path: `${operation}/cancel`, key });
    await world.clock.advance(1_000);
    await world.call({ method: "DELETE", path: `/v1/keys/${id}`, key });
    await world.clock.advance(1_000);
    await world.call({ method: "DELETE", path: `/v1/keys/${id}` });
    const request = { request_id: "req-1" };
    expect(await trail(world)).toEqual([
      {
        at: "2026-11-02T08:00:04.000Z",
        actor: "bootstrap",
        action: "revokeKey",
        target: `/v1/keys/${id}`,
        connection: null,
        status: 200,
        ...request,
      },
      {
        at: "2026-11-02T08:00:03.000Z",
        actor: id,
        action: "revokeKey",
        target: `/v1/keys/${id}`,
        connection: null,
        status: 403,
        ...request,
      },
      {
        at: "2026-11-02T08:00:02.000Z",
        actor: id,
        action: "cancelOperation",
        target: operation,
        connection: "paris",
        status: 202,
        ...request,
      },
      {
        at: "2026-11-02T08:00:01.000Z",
        actor: id,
        action: "requestOperation",
        target: operation,
        connection: "paris",
        status: 202,
        ...request,
      },
      {
        at: "2026-11-02T08:00:00.000Z",
        actor: "bootstrap",
        action: "makeKey",
        target: `/v1/keys/${id}`,
        connection: null,
        status: 201,
        ...request,
      },
    ]);
  });

  it("costs an operation no write, and shows nothing of it in the operation", async () => {
    const world = openAccess();
    world.effects.length = 0;
    const asked = await world.call(operationCall("one"));
    expect(world.effects.filter((effect) => effect.startsWith("documents."))).toEqual([]);
    expect(world.effects.filter((effect) => effect.startsWith("operations."))).toEqual(["operations.create"]);
    expect(asked.text).not.toContain("bootstrap");
  });

  it("has nothing of what was refused for its faults, or only read", async () => {
    const world = openAccess();
    await world.call({ path: "/v1/keys" });
    await world.call({ method: "POST", path: "/v1/keys", body: {} });
    await world.call({ method: "DELETE", path: "/v1/keys/key_000000000000" });
    await world.call({ method: "POST", path: "/v1/keys", body: {}, key: "wrong" });
    expect(await trail(world)).toEqual([]);
  });

  it("has an operation that was refused to a key that may only read", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    await world.call(operationCall("one", key));
    const refused = await trail(world, { actor: id });
    expect(refused).toMatchObject([{ action: "requestOperation", status: 403, target: "/v1/operations" }]);
  });

  it("holds no secret of what was made", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "ci", scopes: ["read"] });
    expect(JSON.stringify(await trail(world))).not.toContain(key.slice(22, 65));
    expect(JSON.stringify(await world.documents.list("audit", null, 10))).not.toContain(key.slice(22, 65));
  });

  it.each([1, 2, 7, 100])("is the same in pages of %i", async (limit) => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "ci", scopes: ["operate"] });
    for (let index = 0; index < 20; index += 1) {
      const asked = await world.call(operationCall(`order-${index}`, index % 3 === 0 ? key : undefined));
      if (index % 2 === 0) await world.clock.advance(10);
      if (index % 4 === 0)
        await world.call({ method: "POST", path: `${asked.headers["location"] ?? ""}/cancel` });
    }
    const whole = await trail(world, {}, limit);
    expect(whole).toHaveLength(26);
    expect(new Set(whole.map((entry) => JSON.stringify(entry))).size).toBe(26);
    const times = whole.map(({ at }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(await trail(world, { actor: id }, limit)).toHaveLength(7);
    expect(await trail(world, { action: "cancelOperation" }, limit)).toHaveLength(5);
    expect(await trail(world, { actor: "nobody" }, limit)).toEqual([]);
  });

  it("is passed on with a cursor of the same question only", async () => {
    const world = openAccess();
    for (const name of ["a", "b"]) await world.makeKey({ name, scopes: ["read"] });
    const page = pageSchema.parse((await world.call({ path: "/v1/audit", query: "limit=1" })).body);
    const query = `actor=bootstrap&cursor=${page.next_cursor ?? ""}`;
    expect((await world.call({ path: "/v1/audit", query })).status).toBe(422);
  });

  it("is kept 90 days", async () => {
    const world = openAccess();
    await world.makeKey({ name: "ci", scopes: ["read"] });
    await world.clock.advance(90 * 86_400_000 - 1_000);
    expect(await trail(world)).toHaveLength(1);
    await world.clock.advance(2_000);
    expect(await trail(world)).toEqual([]);
  });

  it("lacks an entry, says the log, when it can't be written; what was done is answered all the same", async () => {
    const world = openAccess();
    const save = world.documents.save.bind(world.documents);
    world.documents.save = async (folder, ...rest) => {
      if (folder === "audit") throw new Error("the table is slow");
      return save(folder, ...rest);
    };
    const answered = await world.call({
      method: "POST",
      path: "/v1/keys",
      body: { name: "ci", scopes: ["read"] },
    });
    expect(answered.status).toBe(201);
    expect(world.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("is for whoever may do everything everywhere", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "ci", scopes: ["admin"], connections: ["paris"] });
    expect(problemOf(await world.call({ path: "/v1/audit", key })).code).toBe("FORBIDDEN");
  });
});
