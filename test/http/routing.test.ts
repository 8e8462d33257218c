import { describe, expect, it } from "vitest";
import { routes } from "../../lib/http/routes.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { ask, eventOf, openWorld, operationOf, pointersOf, problemOf } from "./http-world.ts";

const id = "op_00000000000000000000000000";

describe("the API key", () => {
  it.each([
    ["/v1/operations", "GET", "it is a route"],
    ["/v1/nowhere", "GET", "nobody learns which paths there are"],
    ["/v1/operations", "DELETE", "nor which methods"],
    ["/v1", "GET", "the root is part of it"],
    ["/%761/operations", "GET", "it is the same path in disguise"],
    ["/v1/%ff", "GET", "a broken path below is still below"],
  ])("is needed at %s for %s: %s", async (path, method) => {
    const answered = await openWorld().call({ path, method, key: null });
    expect(answered.status).toBe(401);
    expect(answered.headers["www-authenticate"]).toMatch(/^Bearer/);
    expect(problemOf(answered).code).toBe("UNAUTHENTICATED");
  });

  it.each([
    ["Bearer swy_test_key", 200, "it is the key"],
    ["bearer swy_test_key", 200, "the scheme's letters don't matter"],
    ["Bearer  swy_test_key ", 200, "blanks don't matter"],
    ["Bearer swy_test_ke", 401, "it is a part of the key"],
    ["Bearer swy_test_key2", 401, "it is more than the key"],
    ["Bearer SWY_TEST_KEY", 401, "the key's letters matter"],
    ["Bearer swy_test_key,Bearer swy_test_key", 401, "it is two keys"],
    ["Bearer", 401, "there is no key"],
    ["", 401, "it is empty"],
    ["Basic swy_test_key", 401, "it is another scheme"],
    ["swy_test_key", 401, "there is no scheme"],
  ])("%j gets %i: %s", async (authorization, status) => {
    const call = { path: "/v1/operations", key: null, headers: { Authorization: authorization } };
    expect((await openWorld().call(call)).status).toBe(status);
  });

  it.each(["/healthz", "/openapi.json"])("is not needed at %s", async (path) => {
    expect((await openWorld().call({ path, key: null, query: "probe=1" })).status).toBe(200);
  });

  it("may have a line break at its end where it is kept", async () => {
    const world = openWorld();
    world.secrets.values.set("env:API_KEY", "swy_test_key\n");
    expect((await world.call({ path: "/v1/operations" })).status).toBe(200);
  });

  it("that was rotated is taken at once, and the one before it no longer", async () => {
    const clock = new VirtualClock({ automatic: true });
    const world = openWorld({ clock });
    const status = async (key: string) => (await world.call({ path: "/v1/operations", key })).status;
    expect(await status("swy_test_key")).toBe(200);
    await clock.advance(10_000);
    world.secrets.values.set("env:API_KEY", "swy_next_key");
    expect(await status("swy_next_key")).toBe(200);
    expect(await status("swy_test_key")).toBe(401);
  });

  it("is nobody's when an empty one is kept", async () => {
    const world = openWorld();
    world.secrets.values.set("env:API_KEY", "\n");
    expect((await world.call({ path: "/v1/operations", key: "" })).status).toBe(401);
  });
});

describe("a path", () => {
  it.each([
    ["/", "there is nothing at the root"],
    ["/nowhere", "it is unknown"],
    ["/v1/operations/", "a slash at the end is another path"],
    ["//v1/operations", "so is one at the beginning"],
    ["/v1//operations", "and one in between"],
    ["/V1/operations", "letters matter"],
    [`/v1/operations/${id}/pause`, "there is no such verb"],
    ["/v1/connections/paris/servers/a/action/b/c", "nothing is that deep"],
  ])("%s is not found: %s", async (path) => {
    const answered = await openWorld().call({ path });
    expect(answered.status).toBe(404);
    expect(problemOf(answered).code).toBe("NOT_FOUND");
  });

  it.each([
    ["/v1/operations/%", "an escape is cut off"],
    ["/v1/operations/%zz", "an escape is none"],
    ["/%ff", "a byte is none of UTF-8"],
    ["/v1/operations/%c3%28", "a letter is cut off"],
    ["/v1/operations/%c0%80", "NUL is written in too many bytes"],
    ["/v1/operations/%c0%af", "so is a slash"],
    ["/v1/operations/%ed%a0%80", "it is half a surrogate pair"],
    ["/v1/operations/\ud800", "it is half a surrogate pair that nobody encoded"],
    ["/v1/operations/%f4%90%80%80", "it is beyond Unicode"],
    ["/v1/operations/%00", "it holds NUL"],
    ["/v1/operations/a\0", "it holds NUL that nobody encoded"],
    ["/%00", "it holds NUL where there is no route"],
  ])("%j can't be read: %s", async (path) => {
    const answered = await openWorld().call({ path });
    expect(answered.status).toBe(400);
    expect(problemOf(answered).code).toBe("BAD_PATH");
    expect(problemOf(answered).detail).toContain(`"${(path.split("/").at(-1) ?? "").toWellFormed()}"`);
    expect(problemOf(answered).hint).toContain("%C3%A9");
  });
});

describe("a query", () => {
  /** An id of the form that the path takes. */
  const idIn = (path: string): string => {
    if (path.startsWith("/v1/bulk-jobs/")) return `blk_${"0".repeat(26)}`;
    if (path.startsWith("/v1/endpoints/")) return `ep_${"0".repeat(26)}`;
    return path.startsWith("/v1/deliveries/") ? `dlv_${"0".repeat(32)}` : id;
  };
  const every = routes.map(
    ({ method, path }) => [method, path.replaceAll(/\{[a-z_]+\}/g, idIn(path))] as const,
  );
  /** What makes a request good enough for its query to be looked at. */
  const rest = { headers: { "idempotency-key": "order-1" }, body: {} };

  const broken = [
    ["name=%ff", "/name", "a byte is none of UTF-8"],
    ["name=a%c3", "/name", "a letter is cut off"],
    ["name=%c0%80", "/name", "NUL is written in too many bytes"],
    ["name=%ed%a0%80", "/name", "it is half a surrogate pair"],
    ["name=\ud800", "/name", "it is half a surrogate pair that nobody encoded"],
    ["name=%f4%90%80%80", "/name", "it is beyond Unicode"],
    ["name=100%", "/name", "a percent sign is not escaped"],
    ["name=%zz", "/name", "an escape is none"],
    ["a+b=%ff", "/a b", "the name has a blank"],
    ["%ff=1", "/%ff", "the name itself can't be read"],
    ["limit=1&name=%ff&name=%fe", "/name", "others are fine"],
  ] as const;
  describe.each(broken)("with %j", (query, pointer) => {
    it.each(every)("is a 400 that names the parameter: %s %s", async (method, path) => {
      const answered = await openWorld().call({ method, path, query, ...rest });
      expect(answered.status).toBe(400);
      expect(problemOf(answered).code).toBe("INVALID_ENCODING");
      expect(pointersOf(answered)).toContain(pointer);
      expect(problemOf(answered).hint).toContain("%C3%A9");
    });
  });

  describe.each([
    ["name=%00", "/name"],
    ["name=a\0", "/name"],
    ["na%00me=a", "/na\0me"],
    ["name=a%0a", "/name"],
    ["name=%c2%85", "/name"],
  ])("with the control character of %j", (query, pointer) => {
    it.each(every)("is a 422 that names the parameter: %s %s", async (method, path) => {
      const answered = await openWorld().call({ method, path, query, ...rest });
      expect(answered.status).toBe(422);
      expect(pointersOf(answered)).toEqual([pointer]);
    });
  });

  it.each([
    ["name=%C3%A9+%2B", "é +", "blanks are plus signs, and plus signs are escaped"],
    ["name=é", "é", "a gateway may have decoded it"],
    ["name=a=b", "a=b", "only the first sign of equality parts"],
    ["&&name=x&", "x", "nothing between two ampersands is nothing"],
    ["name=%F0%9F%98%80", "😀", "four bytes are one letter"],
    ["n%61me=x", "x", "names are escaped as values are"],
  ])("%j means %j: %s", async (query, name) => {
    const world = openWorld();
    expect((await world.call({ path: "/v1/connections/paris/servers", query })).status).toBe(200);
    expect(world.provider.reads[0]?.filters).toEqual({ name });
  });
});

describe("a method", () => {
  it.each([
    ["DELETE", "/v1/operations", "GET, HEAD, POST"],
    ["PUT", `/v1/operations/${id}`, "GET, HEAD"],
    ["GET", `/v1/operations/${id}/cancel`, "POST"],
    ["HEAD", `/v1/operations/${id}/cancel`, "POST"],
    ["OPTIONS", "/v1/operations", "GET, HEAD, POST"],
    ["POST", "/v1/events", "GET, HEAD"],
    ["POST", "/v1/connections/paris/servers", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
    ["get", "/healthz", "GET, HEAD"],
    ["BREW", "/openapi.json", "GET, HEAD"],
  ])("%s at %s is refused, with what there is: %s", async (method, path, allow) => {
    const answered = await openWorld().call({ method, path });
    expect(answered.status).toBe(405);
    expect(answered.headers["allow"]).toBe(allow);
    expect(answered.headers["content-type"]).toBe("application/problem+json");
  });

  it.each(["/healthz", "/v1/operations", "/v1/connections/paris", "/openapi.json"])(
    "HEAD at %s is GET without the body",
    async (path) => {
      const world = openWorld();
      const got = await world.call({ path });
      const head = await world.call({ method: "HEAD", path });
      expect(head.status).toBe(200);
      expect(head.text).toBe("");
      expect(head.headers).toEqual(got.headers);
    },
  );
});

describe("every answer", () => {
  it.each([
    ["/healthz", 200],
    ["/v1/operations", 200],
    ["/nowhere", 404],
  ])("bears the gateway's request id: %s", async (path, status) => {
    const answered = await openWorld().call({ path });
    expect(answered.status).toBe(status);
    expect(answered.headers["x-request-id"]).toBe("req-1");
    if (status >= 400) expect(problemOf(answered)["request_id"]).toBe("req-1");
  });

  it.each([undefined, "", "a\r\nX-Evil: 1", "x".repeat(500)])(
    "bears one of ours where the gateway's is %j",
    async (requestId) => {
      const event = eventOf({ path: "/healthz" });
      const requestContext = { ...event.requestContext, requestId };
      const answered = await openWorld().send({ ...event, requestContext });
      expect(answered.headers["x-request-id"]).toMatch(/^req_\w{16,}$/);
    },
  );

  it("flushes the log", async () => {
    const world = openWorld();
    await world.call({ path: "/nowhere" });
    expect(world.log.flushes).toBe(1);
  });
});

describe("a fault of ours", () => {
  it("is a 500 that says nothing of it, and is logged once", async () => {
    const world = openWorld();
    world.operations.load = async () => {
      throw new Error("the table is on fire");
    };
    const answered = await world.send(eventOf({ path: `/v1/operations/${id}` }));
    expect(answered.status).toBe(500);
    expect(problemOf(answered).code).toBe("INTERNAL");
    expect(answered.text).not.toContain("fire");
    expect(answered.text).not.toContain(".ts:");
    const errors = world.log.lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields.request_id).toBe("req-1");
  });

  it("lets nobody in when the key can't be read", async () => {
    const world = openWorld();
    world.secrets.values.delete("env:API_KEY");
    const answered = await world.send(eventOf({ path: "/v1/operations" }));
    expect(answered.status).toBe(500);
    expect(answered.text).not.toContain("API_KEY");
  });

  it("is not what a queue that is away is: the due index has the operation", async () => {
    const world = openWorld();
    const { id: asked } = operationOf(await ask(openWorld(), "order-1"));
    world.queue.refuse.add(asked);
    expect((await ask(world, "order-1")).status).toBe(202);
  });
});

describe("the table of routes", () => {
  it("has each method and path once", () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
