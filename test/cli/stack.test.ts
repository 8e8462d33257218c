import { describe, expect, test } from "vitest";
import * as z from "zod";
import { runStack } from "../local/running-stack.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { runCli, type CliEnd } from "./run-cli.ts";

const listSchema = z.array(z.object({ id: z.string(), name: z.string().optional(), state: z.string() }));

/** The embedded stack with its simulated provider, and a way to ask it; sleeps are real. */
const openStack = async () => {
  const stack = runStack(["dev", "--port", "0", "--ephemeral"], temporaryFolder());
  const url = (await stack.line(/^ready (?<url>\S+)$/)).groups?.["url"] ?? "";
  let keys = 0;
  const newKey = (): string => {
    keys += 1;
    return `key-${keys}`;
  };
  const slept = () => new Promise<void>((resolve) => setTimeout(resolve, 300));
  return (
    argv: readonly string[],
    more: { readonly isTTY?: boolean; readonly input?: string } = {},
  ): Promise<CliEnd> => runCli(argv, { url, slept, newKey, ...more });
};

const create = ["server", "create", "type=DEV1-S", "image=ubuntu_noble", "tags=env=dev"];

describe("the command line and the embedded stack", () => {
  test("a server is made, stopped, waited for and deleted, by name and by tag", async () => {
    const swy = await openStack();
    const made = await swy([...create, "name=web-1", "--wait"]);
    expect(made.out).toMatch(/^✔ server\.create succeeded in \d+\.\d s {2}[0-9a-f-]{36} {2}op_\w+\n$/);
    expect(made.err).toMatch(/^Idempotency-Key key-1\n\[0:00\] op_\w+ server\.create /);
    expect(made.code).toBe(0);

    const again = await swy([...create, "name=web-1", "--idempotency-key", "key-1", "-o", "id"]);
    expect(made.out).toContain(again.out.trim());

    const listed = listSchema.parse(
      JSON.parse((await swy(["server", "list", "--tag", "env=dev", "-o", "json"])).out),
    );
    expect(listed).toMatchObject([{ name: "web-1", state: "running" }]);
    const id = listed[0]?.id ?? "";
    expect((await swy(["server", "list", "--tag", "env=prod", "-o", "id"])).out).toBe("");
    expect((await swy(["server", "get", id, "-o", "id"])).out).toBe(`${id}\n`);
    expect((await swy(["server", "get", "web-1", "-o", "id"])).out).toBe(`${id}\n`);

    expect((await swy(["server", "stop", "web-1", "--wait"])).out).toContain("✔ server.stop succeeded");
    expect((await swy(["server", "wait", "web-1", "--for", "stopped", "-o", "id"])).out).toBe(`${id}\n`);
    const started = await swy(["server", "start", "-", "--wait", "-o", "json"], { input: `${id}\n` });
    expect(JSON.parse(started.out)).toMatchObject([{ kind: "server.start", state: "succeeded" }]);

    const refused = await swy(["server", "delete", "tag=env=dev"]);
    expect(refused.err).toContain("This needs a yes: Delete 1 server at paris (web-1)?");
    expect(refused.code).toBe(2);
    const dry = await swy(["server", "delete", "tag=env=dev", "--dry-run"]);
    expect(dry.out).toContain(`would POST /v1/operations {"resource":{"type":"server","id":"${id}"}`);
    expect((await swy(["server", "delete", "tag=env=dev", "--yes", "--wait"])).code).toBe(0);
    expect((await swy(["server", "get", "web-1"])).code).toBe(3);
    expect((await swy(["server", "delete", "tag=env=dev", "--yes"])).code).toBe(3);
  });

  test("operations are listed, followed on a terminal, and told when they fail", async () => {
    const swy = await openStack();
    const asked = await swy([...create, "name=web-1", "-o", "id"]);
    const id = asked.out.trim();
    expect((await swy(["operation", "list", "-o", "id"])).out).toBe(`${id}\n`);
    const watched = await swy(["operation", "watch", id, "--color", "never"], { isTTY: true });
    expect(watched.err).toMatch(/^\r\p{Cc}\[J {2}· op_\w+ {2}server\.create {2}/u);
    expect(watched.out).toContain("✔ server.create succeeded");
    expect((await swy(["op", "get", id, "-o", "human=state"])).out).toBe("state  succeeded\n");
    expect((await swy(["op", "cancel", id])).code).toBe(5);
    expect((await swy(["op", "get", "op_nothing"])).code).toBe(3);

    const failed = await swy([
      "server",
      "create",
      "name=x",
      "type=NOPE",
      "image=ubuntu_noble",
      "--wait",
      "-q",
    ]);
    expect(failed.err).toMatch(/^Error {4}/);
    expect([2, 8]).toContain(failed.code);
    const gone = await swy([
      "api",
      "POST",
      "/v1/operations",
      "--idempotency-key",
      "g",
      "-d",
      JSON.stringify({
        connection: "paris",
        kind: "server.start",
        resource: { type: "server", id: "00000000-0000-4000-8000-000000000000" },
      }),
    ]);
    const failing = z.object({ id: z.string() }).parse(JSON.parse(gone.out)).id;
    const waited = await swy(["op", "wait", failing, id, "-q"]);
    expect(waited.err).toMatch(/^Error {4}server\.start 00000000-\S+ failed: [^]*^Request /m);
    expect(waited.code).toBe(8);
  });

  test("events are listed and tailed", async () => {
    const swy = await openStack();
    expect((await swy([...create, "name=web-1", "--wait", "-q"])).code).toBe(0);
    const listed = async () => (await swy(["event", "list", "--type", "server.*", "-o", "csv=type"])).out;
    // An operation is over before its events are out.
    await expect.poll(listed, { timeout: 10_000 }).toMatch(/^type\nserver\.created +\nserver\.running +\n$/);
    const tailed = await swy(["event", "tail", "--type", "operation.*", "-o", "jsonl", "--timeout", "2s"]);
    const types = tailed.out
      .trimEnd()
      .split("\n")
      .map((line) => z.object({ type: z.string() }).parse(JSON.parse(line)).type);
    expect(types).toEqual(["accepted", "started", "succeeded"].map((word) => `switchyard.operation.${word}`));
    expect(tailed.code).toBe(0);
  });
});
