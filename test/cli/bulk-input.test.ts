import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import { openStub } from "./api-stub.ts";
import { csv, folderWith } from "./rows.ts";
import { runCli } from "./run-cli.ts";

describe("what bulk submit sends", () => {
  it.each([
    ["servers.csv", csv(3), "text/csv"],
    ["servers.jsonl", '{"name":"a"}\n{"name":"b"}\n{"name":"c"}\n', "application/jsonl"],
  ])("%s as it is, with the settings beside it", async (file, text, type) => {
    const stub = await openStub();
    const argv = [
      "bulk",
      "submit",
      "-f",
      file,
      "--max-failures",
      "10%",
      "--priority",
      "9",
      "--var",
      "env=dev",
    ];
    const end = await runCli(argv, { url: stub.url, folder: folderWith(file, text) });
    expect(end.code).toBe(0);
    const { body, query, headers } = stub.last("POST", "/v1/bulk-jobs");
    expect(body).toBe(text);
    expect(headers["content-type"]).toBe(type);
    expect(headers["content-length"]).toBe(String(text.length));
    expect(headers["idempotency-key"]).toBe("key-1");
    expect(query).toEqual({
      connection: "paris",
      kind: "server.create",
      max_failures: "10%",
      priority: "9",
      vars: '{"env":"dev"}',
    });
  });

  it.each([
    [
      "a list of items",
      '[{"name":"a"}]',
      { items: [{ name: "a" }], kind: "server.create", connection: "paris" },
    ],
    [
      "a whole job",
      '{"connection":"rome","kind":"server.stop","items":[{"resource_id":"s"}]}',
      { connection: "rome", kind: "server.stop", items: [{ resource_id: "s" }] },
    ],
  ])("a JSON file that is %s, completed by the flags", async (_what, text, sent) => {
    const stub = await openStub();
    const folder = folderWith("servers.json", text);
    await runCli(["bulk", "submit", "-f", "servers.json", "--max-parallel", "4"], { url: stub.url, folder });
    expect(JSON.parse(stub.last("POST", "/v1/bulk-jobs").body)).toEqual({ ...sent, max_parallel: 4 });
  });

  it.each([
    ["csv", csv(2), "text/csv"],
    ["jsonl", '{"name":"a"}\n{"name":"b"}\n', "application/jsonl"],
    ["json", '{"count": 2,\n "template": {"name": "a"}}', "application/json"],
  ])("standard input, recognised as %s", async (_format, input, type) => {
    const stub = await openStub();
    const end = await runCli(["bulk", "submit", "-f", "-"], { url: stub.url, input });
    expect(end.code).toBe(0);
    expect(stub.last("POST", "/v1/bulk-plans").headers["content-type"]).toBe(type);
    expect(stub.last("POST", "/v1/bulk-jobs").headers["content-type"]).toBe(type);
  });

  it("so many of a template", async () => {
    const stub = await openStub();
    const argv = ["bulk", "submit", "--count", "25", "name=web-{{index:02}}", "type=DEV1-S", "tags=a,b"];
    await runCli(argv, { url: stub.url });
    expect(JSON.parse(stub.last("POST", "/v1/bulk-jobs").body)).toEqual({
      connection: "paris",
      kind: "server.create",
      count: 25,
      template: { name: "web-{{index:02}}", type: "DEV1-S", tags: ["a", "b"] },
    });
  });

  it("a selection", async () => {
    const stub = await openStub();
    await runCli(["bulk", "submit", "--kind", "server.stop", "--tag", "env=dev"], { url: stub.url });
    expect(JSON.parse(stub.last("POST", "/v1/bulk-jobs").body)).toEqual({
      connection: "paris",
      kind: "server.stop",
      select: { tags: ["env=dev"] },
    });
  });

  it("nothing, with --dry-run: only the plan is asked for", async () => {
    const stub = await openStub();
    const folder = folderWith("servers.csv", csv(3));
    const end = await runCli(["bulk", "submit", "-f", "servers.csv", "--dry-run"], { url: stub.url, folder });
    expect(stub.asked().filter((line) => line.startsWith("POST"))).toEqual(["POST /v1/bulk-plans"]);
    expect(end.out).toBe(
      "would POST /v1/bulk-jobs?kind=server.create&connection=paris (109 bytes of text/csv)\n",
    );
  });

  it("a large file in pieces, never as a whole", async () => {
    const stub = await openStub();
    const folder = folderWith("servers.csv", csv(100_000));
    const end = await runCli(["bulk", "submit", "-f", "servers.csv", "-q"], { url: stub.url, folder });
    expect(end.code).toBe(0);
    expect(stub.last("POST", "/v1/bulk-jobs").pieces).toBeGreaterThan(10);
  });
});

describe("bulk submit refuses", () => {
  it.each([
    ["nothing to do", ["bulk", "submit"], "What is to be done?"],
    ["two ways at once", ["bulk", "submit", "-f", "a.csv", "--count", "3"], "say different things"],
    ["a file that is not there", ["bulk", "submit", "-f", "no.csv"], "no.csv can't be read"],
    ["a file of an unknown form", ["bulk", "submit", "-f", "servers.txt"], "What is in servers.txt?"],
    ["an empty filter", ["bulk", "submit", "--kind", "server.stop", "--tag", ""], "An empty filter"],
    ["a selection without a kind", ["bulk", "submit", "--tag", "a"], "What is to be done with them?"],
    [
      "a count that is none",
      ["bulk", "submit", "--count", "many", "name=a"],
      "--count: must be a whole number",
    ],
    [
      "a connection without a name",
      ["bulk", "submit", "-f", "a.csv", "--connection", ""],
      "--connection is empty",
    ],
  ])("%s", async (_what, argv, message) => {
    const stub = await openStub();
    const end = await runCli(argv, { url: stub.url, folder: folderWith("a.csv", csv(1)) });
    expect(end.err).toContain(message);
    expect(end.code).toBe(2);
    expect(stub.asked().filter((line) => line.startsWith("POST"))).toEqual([]);
  });

  it("to choose between connections", async () => {
    const stub = await openStub({ connections: ["paris", "rome"] });
    const folder = folderWith("a.csv", csv(1));
    const end = await runCli(["bulk", "submit", "-f", "a.csv"], { url: stub.url, folder });
    expect(end.err).toBe("Error    Which connection? There are 2\nFix      --connection paris | rome\n");
    expect(end.code).toBe(2);
  });

  it("rows with faults, each with its line", async () => {
    const faults = [
      { pointer: "/rows/3/type", detail: 'line 3: must be known; did you mean "DEV1-S"?' },
      { pointer: "/rows/4/name", detail: "line 4: name is taken" },
    ];
    const stub = await openStub({ jobs: { faults } });
    const folder = folderWith("a.csv", csv(4));
    const end = await runCli(["bulk", "submit", "-f", "a.csv"], { url: stub.url, folder });
    expect(end.err).toBe(`Error    The request has faults
Why      line 3, type: must be known; did you mean "DEV1-S"?
         line 4: name is taken
Docs     switchyard help exit-codes
Request  req_5C1T
`);
    expect(end.code).toBe(2);
  });

  it("what is too large, as soon as the API says so", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(413, { "content-type": "application/problem+json", connection: "close" });
      response.end('{"title":"The body is too large","code":"PAYLOAD_TOO_LARGE"}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const argv = ["bulk", "submit", "-f", "a.csv", "--connection", "paris", "-q"];
    const folder = folderWith("a.csv", csv(1_000_000));
    const end = await runCli(argv, { url: `http://127.0.0.1:${port}`, folder });
    expect(end.err).toContain("Error    The body is too large");
    expect(end.code).toBe(2);
  });
});
