import { describe, expect, it } from "vitest";
import { openStub } from "./api-stub.ts";
import { runCli } from "./run-cli.ts";

/** A stub that never answers a request, at which Ctrl-C is pressed. */
const interruptedAt = async (at: string, argv: readonly string[]) => {
  const interrupting = new AbortController();
  const stub = await openStub({
    holds: ({ method, path }) => {
      if (`${method} ${path}` !== at) return false;
      interrupting.abort();
      return true;
    },
  });
  return runCli(argv, { url: stub.url, interrupting });
};

const again = "  Again  switchyard";

describe("Ctrl-C before a request is answered", () => {
  it.each<[string, string[], string]>([
    [
      "POST /v1/bulk-jobs",
      ["bulk", "submit", "--count", "2", "name=a b-{{index}}", "-q"],
      `${again} bulk submit --count 2 'name=a b-{{index}}' -q --idempotency-key key-1\n`,
    ],
    [
      "POST /v1/bulk-jobs",
      ["bulk", "submit", "--count", "2", "name=a", "-q", "--idempotency-key", "mine"],
      `${again} bulk submit --count 2 name=a -q --idempotency-key mine\n`,
    ],
    [
      "POST /v1/bulk-jobs",
      ["bulk", "submit", "--count", "2", "name=a", "-q", "--idempotency-key=mine"],
      `${again} bulk submit --count 2 name=a -q --idempotency-key=mine\n`,
    ],
    [
      "POST /v1/operations",
      ["server", "create", "name=it's", "-q"],
      `${again} server create 'name=it'\\''s' -q --idempotency-key key-1\n`,
    ],
    [
      "POST /v1/operations",
      ["api", "POST", "/v1/operations", "-d", "{}", "-q"],
      `${again} api POST /v1/operations -d '{}' -q --idempotency-key key-1\n`,
    ],
  ])("%s: %j says how the same is asked under its key", async (at, argv, words) => {
    const end = await interruptedAt(at, argv);
    const safe = "Under the same key it is never done twice.";
    expect(end.err).toBe(`${at} was not answered yet: it may be done, and go on. ${safe}\n${words}`);
    expect(end.code).toBe(130);
  });

  it("of a change that has no key says how it is asked again", async () => {
    const end = await interruptedAt("POST /v1/bulk-jobs/blk_1/pause", ["bulk", "pause", "blk_1"]);
    expect(end.err).toBe(`POST /v1/bulk-jobs/blk_1/pause was not answered yet: it may be done, and go on.
${again} bulk pause blk_1
`);
  });

  it("is said in JSON to a program", async () => {
    const argv = ["bulk", "submit", "--count", "2", "name=a", "-q", "-o", "json"];
    const { err } = await interruptedAt("POST /v1/bulk-jobs", argv);
    expect(JSON.parse(err)).toMatchObject({
      error: {
        exit_code: 130,
        code: "INTERRUPTED",
        again: "switchyard bulk submit --count 2 name=a -q -o json --idempotency-key key-1",
      },
    });
  });

  it.each<[string, string[]]>([
    ["GET /v1/bulk-jobs/blk_1", ["bulk", "get", "blk_1"]],
    ["POST /v1/bulk-plans", ["bulk", "submit", "--count", "2", "name=a"]],
    ["GET /v1/connections", ["api", "GET", "/v1/connections"]],
  ])("needs no words where nothing was asked for: %s of %j", async (at, argv) => {
    const end = await interruptedAt(at, argv);
    expect([end.code, end.err]).toEqual([130, ""]);
  });
});
