import { describe, expect, it } from "vitest";
import { keyHashOf, keyIdIn, newKey } from "../../lib/access/key-text.ts";
import { pageOf, pointersOf, problemOf } from "../http/http-world.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { openAccess } from "./access-world.ts";

const ci = { name: "ci", scopes: ["operate"] };
const day = 86_400_000;

describe("the text of a key", () => {
  const randomness = new SeededRandomness(7);
  const made = newKey(() => randomness.token());

  it("has a prefix that scanners know, its id, 32 random bytes and a checksum", () => {
    expect(made.text).toMatch(/^swy_live_[0-9a-hjkmnp-tv-z]{12}_[A-Za-z0-9_-]{43}_[0-9A-Za-z]{6}$/);
    expect(made.text.slice(9, 21)).toBe(made.id.slice(4));
    expect(Buffer.from(made.text.slice(22, 65), "base64url")).toHaveLength(32);
    expect(keyIdIn(made.text)).toBe(made.id);
    expect(made.hash).toBe(keyHashOf(made.text));
  });

  it("differs each time in every part", () => {
    const others = Array.from({ length: 200 }, () => newKey(() => randomness.token()));
    expect(new Set(others.map(({ id }) => id)).size).toBe(200);
    expect(new Set(others.map(({ text }) => text.slice(22, 65))).size).toBe(200);
  });

  it.each([
    ["", "it is empty"],
    [made.text.slice(0, -1), "its end is cut off"],
    [`${made.text}a`, "it is too long"],
    [` ${made.text}`, "a blank stands before it"],
    [`${made.text}\n`, "a line ends after it"],
    [made.text.replace("swy_live_", "swy_test_"), "the prefix is another"],
    [made.text.toUpperCase(), "letters matter"],
    [made.text.replace(/.{6}$/, "000000"), "the checksum is another's"],
  ])("is not looked up when it is %j: %s", (text) => {
    expect(keyIdIn(text)).toBeNull();
  });
});

describe("a key that is made", () => {
  it("is shown once, and only its hash is kept", async () => {
    const world = openAccess();
    const answered = await world.call({ method: "POST", path: "/v1/keys", body: ci });
    expect(answered.status).toBe(201);
    const { id, key } = await world.makeKey({ ...ci, name: "other" });
    expect(answered.headers["location"]).toMatch(/^\/v1\/keys\/key_\w{12}$/);
    const kept = JSON.stringify(await world.documents.list("keys", null, 10));
    expect(kept).toContain(keyHashOf(key));
    expect(kept).not.toContain(key.slice(22, 65));
    const shown = await world.call({ path: `/v1/keys/${id}` });
    expect(shown.text).not.toContain(keyHashOf(key));
    expect(shown.body).toMatchObject({ id, name: "other", created_by: "bootstrap", revoked_at: null });
  });

  it("does what its scopes say and no more", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(200);
    const refused = await world.call({ path: "/v1/keys", key });
    expect(refused.status).toBe(403);
    expect(problemOf(refused)).toMatchObject({ code: "FORBIDDEN", hint: expect.stringContaining("admin") });
  });

  it("may have one other of its name at its side, and after a revocation one more", async () => {
    const world = openAccess();
    const first = await world.makeKey(ci);
    await world.makeKey(ci);
    const third = await world.call({ method: "POST", path: "/v1/keys", body: ci });
    expect(third.status).toBe(409);
    expect(problemOf(third).code).toBe("TOO_MANY_KEYS");
    await world.call({ method: "DELETE", path: `/v1/keys/${first.id}` });
    await world.makeKey(ci);
  });

  it("is never a third, though several are asked for at once", async () => {
    const world = openAccess();
    const asked = Array.from({ length: 6 }, () =>
      world.process()({ method: "POST", path: "/v1/keys", body: ci }),
    );
    const answered = await Promise.all(asked);
    const given = answered.filter(({ status }) => status === 201).length;
    expect(given).toBe(2);
    const page = pageOf(await world.call({ path: "/v1/keys" }));
    expect(page.items).toHaveLength(given);
  });

  it.each([
    [3, "all have written before anybody looks"],
    [5, "all have written before anybody looks"],
  ])("is one of exactly two of %i at once where %s", async (count) => {
    const world = openAccess();
    const save = world.documents.save.bind(world.documents);
    let release = (): void => {};
    const allWritten = new Promise<void>((resolve) => {
      release = resolve;
    });
    let written = 0;
    world.documents.save = async (...given) => {
      const isSaved = await save(...given);
      if (given[0] !== "keys") return isSaved;
      written += 1;
      if (written === count) release();
      await allWritten;
      return isSaved;
    };
    const asked = Array.from({ length: count }, () =>
      world.process()({ method: "POST", path: "/v1/keys", body: { ...ci, name: "new" } }),
    );
    const answered = await Promise.all(asked);
    expect(answered.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      201,
      201,
      ...Array.from({ length: count - 2 }, () => 409),
    ]);
    const kept = pageOf(await world.call({ path: "/v1/keys" })).items;
    expect(kept).toHaveLength(2);
  });

  it.each<[object, string[], string]>([
    [{ ...ci, name: "CI" }, ["/name"], "names are in small letters"],
    [{ ...ci, name: "a b" }, ["/name"], "a name has no blanks"],
    [{ ...ci, scopes: [] }, ["/scopes"], "a key that may do nothing is a mistake"],
    [{ ...ci, scopes: ["read", "read"] }, ["/scopes"], "once is enough"],
    [{ ...ci, scopes: ["root"] }, ["/scopes/0"], "there is no such scope"],
    [{ ...ci, connections: [] }, ["/connections"], "none is not all"],
    [{ ...ci, connections: ["paris", "rome"] }, ["/connections/1"], "it is not configured"],
    [{ ...ci, connections: ["paris", "paris"] }, ["/connections/1"], "once is enough"],
    [{ ...ci, networks: ["10.0.0.0/33"] }, ["/networks/0"], "IPv4 has 32 bits"],
    [{ ...ci, networks: ["10.0.0.1"] }, ["/networks/0"], "an address is no network"],
    [{ ...ci, networks: ["::/0", "2001:db8::/129"] }, ["/networks/1"], "IPv6 has 128 bits"],
    [{ ...ci, expires_at: "2026-11-02T08:00:00Z" }, ["/expires_at"], "now is not the future"],
    [{ ...ci, expires_at: "tomorrow" }, ["/expires_at"], "it is no instant"],
    [
      { ...ci, expires_at: "2027-01-01T00:00:00Z", expires_in_days: 3 },
      ["/expires_in_days"],
      "it is said twice",
    ],
    [{ ...ci, expires_in_days: 0 }, ["/expires_in_days"], "it would be good for nothing"],
    [{ ...ci, requests_per_minute: 0 }, ["/requests_per_minute"], "so would this"],
    [{ ...ci, hash: "0" }, ["/hash"], "nobody chooses the hash"],
  ])("is refused as %j at %j: %s", async (body, pointers) => {
    const world = openAccess();
    const answered = await world.call({ method: "POST", path: "/v1/keys", body });
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(pointers);
    expect(world.effects).toEqual([]);
  });

  it("is made twice when it is asked for twice: an answer whose secret is not kept can't be repeated", async () => {
    const world = openAccess();
    const headers = { "idempotency-key": "one" };
    const call = { method: "POST", path: "/v1/keys", body: ci, headers };
    expect((await world.call(call)).text).not.toBe((await world.call(call)).text);
    expect(pageOf(await world.call({ path: "/v1/keys" })).items).toHaveLength(2);
  });
});

describe("a list of keys", () => {
  it("goes by name and age, page by page, with revoked ones for 90 days", async () => {
    const world = openAccess();
    const { id } = await world.makeKey({ name: "b", scopes: ["read"] });
    await world.makeKey({ name: "c", scopes: ["read"] });
    await world.makeKey({ name: "a", scopes: ["read"] });
    await world.call({ method: "DELETE", path: `/v1/keys/${id}` });
    const names: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = `limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const page = pageOf(await world.call({ path: "/v1/keys", query }));
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next_cursor;
    }
    expect(names).toEqual(["a", "b", "c"]);
    await world.clock.advance(91 * day);
    const kept = pageOf(await world.call({ path: "/v1/keys" })).items;
    expect(kept.map(({ name }) => name)).toEqual(["a", "c"]);
  });
});

describe("a key that is revoked", () => {
  it("is refused by every process within 60 seconds, and stays readable", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    const others = [world.process(), world.process()];
    const statuses = () =>
      Promise.all(others.map(async (call) => (await call({ path: "/v1/operations", key })).status));
    expect(await statuses()).toEqual([200, 200]);
    await world.clock.advance(29_000);
    expect(await statuses()).toEqual([200, 200]);
    const revoked = await world.call({ method: "DELETE", path: `/v1/keys/${id}` });
    expect(revoked.body).toMatchObject({ id, revoked_at: "2026-11-02T08:00:29.000Z" });
    await world.clock.advance(59_000);
    expect(await statuses()).toEqual([401, 401]);
    const again = await world.call({ method: "DELETE", path: `/v1/keys/${id}` });
    expect(again.body).toMatchObject({ revoked_at: "2026-11-02T08:00:29.000Z" });
  });

  it("is refused at once where it was revoked, and may have revoked itself", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "boss", scopes: ["admin"] });
    expect((await world.call({ method: "DELETE", path: `/v1/keys/${id}`, key })).status).toBe(200);
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(401);
    expect((await world.call({ path: "/v1/operations" })).status).toBe(200);
  });

  it("is not brought back by the note of its last use", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    const other = world.process();
    await other({ path: "/v1/operations", key });
    await world.clock.advance(29_000);
    await world.call({ method: "DELETE", path: `/v1/keys/${id}` });
    await other({ path: "/v1/operations", key });
    await world.clock.advance(31_000);
    expect((await other({ path: "/v1/operations", key })).status).toBe(401);
  });
});

describe("a key", () => {
  it("is good until it expires, to the millisecond, though it is known", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({
      name: "eyes",
      scopes: ["read"],
      expires_at: "2026-11-02T08:00:10Z",
    });
    await world.clock.advance(9_999);
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(200);
    await world.clock.advance(1);
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(401);
  });

  it.each([
    ["192.0.2.7", 200, "inside the first"],
    ["192.0.3.1", 401, "outside"],
    ["::ffff:192.0.2.7", 200, "the same, as a socket for both families writes it"],
    ["2001:db8::1", 200, "inside the second"],
    ["2001:db9::1", 401, "outside"],
    ["", 401, "nobody knows where from"],
    ["192.0.2.7, 10.0.0.1", 401, "no address"],
  ])("that is for two networks is answered from %j with %i: %s", async (sourceIp, status) => {
    const world = openAccess();
    const networks = ["192.0.2.0/24", "2001:db8::/32"];
    const { key } = await world.makeKey({ name: "eyes", scopes: ["read"], networks });
    expect((await world.call({ path: "/v1/operations", key, sourceIp })).status).toBe(status);
  });

  it("is refused in the same words whatever is wrong with it", async () => {
    const world = openAccess();
    const good = await world.makeKey({ name: "eyes", scopes: ["read"], networks: ["10.0.0.0/8"] });
    const old = await world.makeKey({ name: "old", scopes: ["read"], expires_in_days: 1 });
    const gone = await world.makeKey({ name: "gone", scopes: ["read"] });
    await world.call({ method: "DELETE", path: `/v1/keys/${gone.id}` });
    await world.clock.advance(2 * day);
    const randomness = new SeededRandomness(9);
    const keys = [
      "swy_no_key",
      newKey(() => randomness.token()).text,
      `${good.key.slice(0, -1)}!`,
      good.key,
      old.key,
      gone.key,
    ];
    const answered = await Promise.all(keys.map((key) => world.call({ path: "/v1/operations", key })));
    expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(answered.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answered.map(({ headers }) => JSON.stringify(headers))).size).toBe(1);
  });

  it("works within 5 seconds though somebody asked for it before there was one", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    const kept = await world.documents.load("keys", id);
    if (kept === null) throw new Error("There is no such key.");
    await world.documents.remove("keys", id, kept.version);
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(401);
    await world.documents.save("keys", id, kept.value, 0);
    await world.clock.advance(5_000);
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(200);
  });

  it("has the day of its last use noted, once a day", async () => {
    const world = openAccess();
    const { id, key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    world.effects.length = 0;
    const calls = [world.call, world.process(), world.process()];
    for (const call of calls)
      for (let use = 0; use < 5; use += 1) await call({ path: "/v1/operations", key });
    expect(world.effects.filter((effect) => effect === "documents.save keys")).toHaveLength(1);
    expect((await world.call({ path: `/v1/keys/${id}` })).body).toMatchObject({ last_used_on: "2026-11-02" });
    await world.clock.advance(day);
    await world.call({ path: "/v1/operations", key });
    expect((await world.call({ path: `/v1/keys/${id}` })).body).toMatchObject({ last_used_on: "2026-11-03" });
  });

  it("is answered though its use can't be noted", async () => {
    const world = openAccess();
    const { key } = await world.makeKey({ name: "eyes", scopes: ["read"] });
    const { documents } = world;
    const save = documents.save.bind(documents);
    documents.save = async () => {
      throw new Error("the table is slow");
    };
    expect((await world.call({ path: "/v1/operations", key })).status).toBe(200);
    documents.save = save;
    expect(world.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});
