import { describe, expect, it } from "vitest";
import { ask, create, openWorld, operationOf, pointersOf, problemOf } from "./http-world.ts";

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
/** A request whose body has `levels` objects in one another, its own included. */
const bodyOfDepth = (levels: number): string =>
  `{"connection":"paris","kind":"server.create","input":{"name":"a","type":"b","labels":{"x":${nested(levels - 3)}}}}`;
/** A request of exactly so many bytes. */
const bodyOfSize = (bytes: number): string => {
  const empty = JSON.stringify({ ...create, input: { name: "", type: "DEV1-S" } });
  return empty.replace('"name":""', `"name":"${"x".repeat(bytes - empty.length)}"`);
};

describe("a request for an operation", () => {
  it("is answered with 202, where the operation is, and when to ask again", async () => {
    const world = openWorld();
    const answered = await ask(world, "order-1");
    const { id, state } = operationOf(answered);
    expect(answered.status).toBe(202);
    expect(answered.headers["location"]).toBe(`/v1/operations/${id}`);
    expect(Number(answered.headers["retry-after"])).toBeGreaterThan(0);
    expect(answered.headers["idempotent-replayed"]).toBeUndefined();
    expect(answered.headers["content-type"]).toBe("application/json");
    expect(answered.headers["cache-control"]).toBe("private, no-cache");
    expect(state).toBe("accepted");
    expect(world.queue.starts).toEqual([id]);
  });

  it("is the same operation when it is repeated, and says so", async () => {
    const world = openWorld();
    const first = await ask(world, "order-1");
    const again = await ask(world, "order-1", {
      input: { type: "DEV1-S", name: "web-1" },
      kind: "server.create",
      connection: "paris",
    });
    expect(again.status).toBe(202);
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.headers["location"]).toBe(first.headers["location"]);
    expect(again.headers["retry-after"]).toBeDefined();
    // Nobody has begun it: whoever took it first may have died before its message, so the start is asked for again.
    expect(new Set(world.queue.starts).size).toBe(1);
  });

  it("is refused when its key belongs to another request", async () => {
    const world = openWorld();
    await ask(world, "order-1");
    const other = await ask(world, "order-1", { ...create, input: { name: "web-2", type: "DEV1-S" } });
    expect(other.status).toBe(422);
    expect(problemOf(other).code).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  it("may leave out an input that needs nothing", async () => {
    const body = { connection: "paris", kind: "server.stop", resource: { type: "server", id: "s-1" } };
    expect((await ask(openWorld(), "order-1", body)).status).toBe(202);
  });

  it.each([
    ["application/json", 202, "is JSON"],
    ["APPLICATION/JSON; charset=UTF-8", 202, "is JSON, and says that it is UTF-8"],
    ["application/vnd.switchyard+json", 202, "is JSON by its suffix"],
    ["", 202, "is nothing: JSON is what we take"],
    ["text/plain", 415, "is not JSON"],
    ["application/x-www-form-urlencoded", 415, "is what curl says when it isn't told"],
    ["application/json; charset=latin1", 415, "is JSON in other letters"],
    ["multipart/json+json+", 415, "is another family"],
  ])("of the type %j gets %i: it %s", async (type, status) => {
    expect((await ask(openWorld(), "order-1", create, { "content-type": type })).status).toBe(status);
  });

  it.each([
    ["gzip", 415, "it would have to be unpacked"],
    ["GZIP", 415, "letters don't matter"],
    ["br", 415, "so would this"],
    ["x-unheard-of", 415, "nobody knows what that is"],
    ["identity, gzip", 415, "one of two is enough"],
    ["identity", 202, "that is no encoding"],
    ["", 202, "nothing is said"],
  ])("encoded as %j gets %i: %s", async (encoding, status) => {
    const world = openWorld();
    const answered = await ask(world, "order-1", create, { "content-encoding": encoding });
    expect(answered.status).toBe(status);
    if (status === 202) return;
    expect(problemOf(answered).code).toBe("UNSUPPORTED_CONTENT_ENCODING");
    expect(answered.headers["accept-encoding"]).toBe("identity");
    expect(world.queue.starts).toEqual([]);
  });

  it("needs no content type at all", async () => {
    const headers = { "idempotency-key": "order-1" };
    const call = { method: "POST", path: "/v1/operations", headers, body: create };
    expect((await openWorld().call(call)).status).toBe(202);
  });

  it("may come as base64, as API Gateway sends what it does not know as text", async () => {
    expect((await ask(openWorld(), "order-1", Buffer.from(JSON.stringify(create)))).status).toBe(202);
  });
});

describe("an idempotency key", () => {
  it.each([
    ["order-1", '"order-1"', "quoted is the same as bare"],
    [" order-1 ", "order-1", "blanks around it are the header's"],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`, "escapes belong to the quotes"],
  ])("%j is the same as %j: %s", async (one, other) => {
    const world = openWorld();
    await ask(world, one);
    expect((await ask(world, other)).headers["idempotent-replayed"]).toBe("true");
  });

  it.each([
    ["x", 202, "one character is enough"],
    ["x".repeat(255), 202, "255 are the most"],
    ["x".repeat(256), 400, "256 are too many"],
    [`"${"x".repeat(255)}"`, 202, "quotes don't count"],
    ["", 400, "nothing is no key"],
    ["   ", 400, "blanks are no key"],
    ['""', 400, "nothing in quotes is no key"],
    ['"open', 400, "the quote must end"],
    ['"a"b"', 400, "the quote must end at the end"],
    ["a\tb", 400, "what can't be seen can't be typed again"],
    ['"a,b"', 202, "in quotes a comma is one of the key"],
    ["a\u0000b", 400, "NUL is nowhere allowed"],
  ])("%j gets %i: %s", async (key, status) => {
    expect((await ask(openWorld(), key)).status).toBe(status);
  });

  it.each([
    ["order-1,order-2", "two of them, as HTTP joins them"],
    ["order-1, order-2", "joined with a blank"],
    ["order-1,order-1", "the same one twice"],
    ["order-1,", "one of them empty"],
    [",order-1", "the other one empty"],
    ['"order-1","order-2"', "both in quotes"],
    ['"order-1", "order-1"', "both in quotes, with a blank"],
    ['"order-1",order-2', "one of them in quotes"],
    ['order-1,"order-2"', "the other one in quotes"],
  ])("%j is refused, and the next step is said: %s", async (header) => {
    const world = openWorld();
    const answered = await ask(world, header);
    expect(answered.status).toBe(400);
    expect(problemOf(answered).code).toBe("IDEMPOTENCY_KEY_INVALID");
    expect(problemOf(answered).hint).toContain("once");
    expect(world.queue.starts).toEqual([]);
  });

  it("is required, and the problem says of what kind", async () => {
    const world = openWorld();
    const answered = await world.call({ method: "POST", path: "/v1/operations", body: create });
    expect(answered.status).toBe(400);
    expect(problemOf(answered).code).toBe("IDEMPOTENCY_KEY_REQUIRED");
    expect(problemOf(answered).hint).toContain("255");
    expect(world.queue.starts).toEqual([]);
  });
});

describe("a body that can't be read", () => {
  it.each([
    ["{", 400, "ends too early"],
    ["", 400, "is empty"],
    ["  \n", 400, "is blank"],
    ['{"a":1,}', 400, "has a comma too many"],
    ["name=web-1", 400, "is a form"],
    ["NaN", 400, "is no value of JSON"],
    [Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, "is not UTF-8"],
    [bodyOfSize(64 * 1024), 202, "has exactly 64 KiB"],
    [bodyOfSize(64 * 1024 + 1), 413, "has one byte more"],
    [Buffer.from(bodyOfSize(64 * 1024 + 1)), 413, "has one byte more, in base64"],
    ["é".repeat(33_000), 413, "has more bytes than letters"],
    [bodyOfDepth(20), 202, "is exactly 20 deep"],
    [bodyOfDepth(21), 422, "is one deeper"],
    ["[".repeat(32_000) + "]".repeat(32_000), 422, "is deep beyond reason"],
    ["[".repeat(60_000), 400, "is deep and has no end"],
  ])("%# gets %i", async (body, status, _reason) => {
    const answered = await ask(openWorld(), "order-1", body);
    expect(answered.status).toBe(status);
  });

  it("is refused for its size whatever else is wrong with it", async () => {
    const headers = { "content-type": "text/plain" };
    const body = "x".repeat(70_000);
    const answered = await openWorld().call({ method: "POST", path: "/v1/operations", headers, body });
    expect(answered.status).toBe(413);
  });

  it("never shows up in the answer", async () => {
    const answered = await ask(openWorld(), "order-1", '{"password": hunter2}');
    expect(answered.status).toBe(400);
    expect(answered.text).not.toContain("hunter2");
  });
});

describe("a fault of a request", () => {
  const web = (more: object): object => ({ ...create, input: { ...create.input, ...more } });
  it.each([
    ["an unknown field", { ...create, colour: "red" }, ["/colour"]],
    ["an unknown field of the input", web({ colour: "red" }), ["/input/colour"]],
    ["an unknown connection", { ...create, connection: "lyon" }, ["/connection"]],
    ["an unknown kind", { ...create, kind: "server.paint" }, ["/kind"]],
    ["a kind that the dialect does not offer", { ...create, kind: "server.reboot" }, ["/kind"]],
    ["a wrong type", web({ size: "20" }), ["/input/size"]],
    ["a wrong type in a list", web({ tags: ["a", 1] }), ["/input/tags/1"]],
    ["no connection", { kind: "server.create" }, ["/connection"]],
    ["a resource for a create", { ...create, resource: { type: "server", id: "s" } }, ["/resource"]],
    ["no resource for a stop", { connection: "paris", kind: "server.stop" }, ["/resource"]],
    [
      "a resource of another type",
      { connection: "paris", kind: "server.stop", resource: { type: "volume", id: "v" } },
      ["/resource/type"],
    ],
    ["a list", [], [""]],
    ["null", "null", [""]],
    ["a number", "7", [""]],
    ["several faults", { kind: 7, colour: "red" }, ["/connection", "/kind", "/colour"]],
    ["several faults of the input", web({ name: "", size: 0 }), ["/input/name", "/input/size"]],
    ["a slash and a tilde in a name", { ...create, "a/b~c": 1 }, ["/a~1b~0c"]],
  ])("is shown at its place: %s", async (_what, body, pointers) => {
    const world = openWorld();
    const answered = await ask(world, "order-1", body);
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual(pointers);
    expect(world.queue.starts).toEqual([]);
  });

  const raw = (input: string): string =>
    `{"connection":"paris","kind":"server.create","input":{"name":"a","type":"b",${input}}}`;
  it.each([
    ["__proto__ at the root", '{"__proto__":{},"connection":"paris"}', "/__proto__"],
    ["__proto__ in a free map", raw('"labels":{"__proto__":{"a":1}}'), "/input/labels/__proto__"],
    ["__proto__ in disguise", raw(String.raw`"labels":{"\u005f_proto__":1}`), "/input/labels/__proto__"],
    [
      "constructor.prototype",
      raw('"labels":{"constructor":{"prototype":1}}'),
      "/input/labels/constructor/prototype",
    ],
    ["a key twice", raw('"name":"c"'), "/input/name"],
    ["a key twice in disguise", raw(String.raw`"n\u0061me":"c"`), "/input/name"],
    ["a key twice in an object of a list", raw('"labels":{"l":[1,{"a":1,"a":2}]}'), "/input/labels/l/1/a"],
    ["NUL in a text", raw(String.raw`"tags":["fine","b\u0000"]`), "/input/tags/1"],
    ["NUL in a name", raw(String.raw`"labels":{"a\u0000":1}`), "/input/labels/a\0"],
    ["half a surrogate pair", raw(String.raw`"tags":["\ud800"]`), "/input/tags/0"],
  ])("is refused on every level: %s", async (_what, body, pointer) => {
    const answered = await ask(openWorld(), "order-1", body);
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toContain(pointer);
  });

  it.each([
    ["the same key in two objects", raw('"labels":{"a":{"x":1},"b":{"x":1}}')],
    ["braces, quotes and colons inside a text", raw(String.raw`"labels":{"a":"{\"a\":[","b":"\\"}`)],
    ["a field called prototype", raw('"labels":{"prototype":1,"constructor":1}')],
    ["a whole surrogate pair", raw(String.raw`"tags":["\ud83d\ude00"]`)],
  ])("is not seen where there is none: %s", async (_what, body) => {
    expect((await ask(openWorld(), "order-1", body)).status).toBe(202);
  });

  it.each([
    [{ kind: "server.create" }, "required: string"],
    [{ ...create, kind: "server.paint" }, "must be one of server.create, "],
    [{ ...create, connection: 7 }, "must be a string"],
    [{ ...create, resource: { type: "server", id: "" } }, "must have at least 1 character"],
    [web({ size: 0 }), "must be more than 0"],
    [web({ size: 1.5 }), "must be a whole number"],
    [web({ tags: "a" }), "must be an array"],
    ['{"connection":"paris","kind":"server.create","input":{"x":1e999}}', "must be a finite number"],
  ])("is said in our words, row %#", async (body, words) => {
    const answered = await ask(openWorld(), "order-1", body);
    expect(answered.status).toBe(422);
    expect(problemOf(answered).errors?.[0]?.detail).toContain(words);
  });

  it("names what was probably meant", async () => {
    const answered = await ask(openWorld(), "order-1", { ...create, conection: "paris" });
    expect(problemOf(answered).errors?.[0]?.detail).toContain('did you mean "connection"');
  });

  it("is repeated in measure, however long and many the faults are", async () => {
    const long = { [`x${"y".repeat(20_000)}`]: 1 };
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`field_${index}`, 1]));
    for (const fields of [long, many]) {
      const answered = await ask(openWorld(), "order-1", { ...create, ...fields });
      expect(answered.status).toBe(422);
      expect(answered.text.length).toBeLessThan(20_000);
    }
  });
});
