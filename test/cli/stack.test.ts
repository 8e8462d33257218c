import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { runStack } from "../local/running-stack.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { runCli, type CliEnd } from "./run-cli.ts";

const listSchema = z.array(z.object({ id: z.string(), name: z.string().optional(), state: z.string() }));

/** The embedded stack with its simulated provider, and a way to ask it; sleeps are real. */
const openStack = async (folder = temporaryFolder()) => {
  const stack = runStack(["dev", "--port", "0", "--ephemeral"], temporaryFolder());
  const url = (await stack.line(/^ready (?<url>\S+)$/)).groups?.["url"] ?? "";
  let keys = 0;
  const newKey = (): string => {
    keys += 1;
    return `key-${keys}`;
  };
  const nowMilliseconds = (): number => Date.now();
  const slept = () => new Promise<void>((resolve) => setTimeout(resolve, 300));
  return (
    argv: readonly string[],
    more: { readonly isTTY?: boolean; readonly input?: string } = {},
  ): Promise<CliEnd> => runCli(argv, { url, slept, newKey, nowMilliseconds, folder, ...more });
};

const create = ["server", "create", "type=DEV1-S", "image=ubuntu_noble", "tags=env=dev"];

describe("the command line and the embedded stack", { timeout: 180_000 }, () => {
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

  test("a bulk job is planned, refused row by row, followed to its end, and reported", async () => {
    const swy = await openStack();
    const rows = (...lines: string[]) => ["name,type,image", ...lines, ""].join("\n");
    const bad = await swy(["bulk", "submit", "-f", "-"], {
      input: rows("a,DEV1-S,ubuntu_noble", ",DEV1-S,ubuntu_noble"),
    });
    expect(bad.err).toContain("line 3, name: ");
    expect(bad.code).toBe(2);

    const input = rows("web-1,DEV1-S,ubuntu_noble", "web-2,DEV1-S,ubuntu_noble");
    const done = await swy(["bulk", "submit", "-f", "-", "--wait"], { input });
    expect(done.err).toMatch(/^Plan {5}2 × server\.create at paris · EUR /);
    expect(done.out).toMatch(/^ {2}✔ 2\/2 running in \d+\.\d s {3}blk_\w+\n$/);
    expect(done.code).toBe(0);
    const id = done.out.trim().split(" ").at(-1) ?? "";
    const report = await swy(["bulk", "report", id, "--only", "succeeded", "-o", "jsonl"]);
    expect(
      report.out
        .trimEnd()
        .split("\n")
        .map((line) => z.object({ name: z.string() }).parse(JSON.parse(line)).name),
    ).toEqual(["web-1", "web-2"]);
    expect((await swy(["bulk", "retry-failed", id, "-o", "human=state"])).out).toBe("state  completed\n");

    const asked = await swy(["bulk", "submit", "--kind", "server.delete", "--name", "web-*", "--wait"]);
    expect(asked.err).toContain("waits for a confirmation");
    expect(asked.code).toBe(2);
    const deleted = await swy([
      "bulk",
      "submit",
      "--kind",
      "server.delete",
      "--name",
      "web-*",
      "--wait",
      "--yes",
    ]);
    expect(deleted.out).toContain("✔ 2/2 deleted");
  });

  test("schedules of a file are compared, saved, previewed and explained", async () => {
    const folder = temporaryFolder();
    const write = (end: string, dates: string): void =>
      writeFileSync(
        join(folder, "switchyard.yaml"),
        `calendars: { fr: [${dates}] }
schedules: { office-hours: { when: "Mon-Fri 08:00-${end} Europe/Paris", calendars: [fr] } }`,
      );
    const swy = await openStack(folder);
    write("19:00", "2026-12-25");
    const first = await swy(["schedule", "diff"]);
    expect(first).toMatchObject({ code: 9, err: "" });
    expect(first.out).toContain("2 to add, 0 to change, 0 the same");
    expect((await swy(["schedule", "apply", "--yes", "-q"])).code).toBe(0);
    expect(await swy(["schedule", "diff", "-o", "id"])).toMatchObject({ code: 0 });

    write("18:00", "2026-12-24..2026-12-25");
    const second = await swy(["schedule", "diff"]);
    expect(second.out).toContain("~ calendar fr\n    2026-12-24  nothing → usual effect\n");
    expect(second.out).toContain("~ schedule office-hours\n    periods.0.to  19:00 → 18:00\n    0 servers, ");
    expect(second.code).toBe(9);

    const week = await swy(["schedule", "preview", "office-hours", "--week"]);
    expect(week.out).toContain(
      `  Wed   ${"·".repeat(16)}${"█".repeat(22)}${"·".repeat(10)}   on 08:00  off 19:00`,
    );
    const override = [
      "schedule",
      "override",
      "add",
      "office-hours",
      "--state",
      "on",
      "--for",
      "4h",
      "--reason",
      "t",
    ];
    expect((await swy(override)).code).toBe(0);
    expect((await swy(["schedule", "override", "list", "office-hours"])).out).toContain("on     ");
    expect((await swy(["schedule", "delete", "office-hours", "--yes"])).code).toBe(0);
    expect((await swy(["schedule", "list", "-o", "id"])).out).toBe("");
  });
});
