import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../cli/exit-codes.ts";
import { buildProgram } from "../../cli/program.ts";
import { openStub, problem } from "./api-stub.ts";
import { runCli } from "./run-cli.ts";
import { deafWorld } from "./deaf-world.ts";

const program = buildProgram(deafWorld, () => Promise.resolve());
const pathsOf = (command: Command, path: readonly string[] = []): string[][] => [
  [...path],
  ...command.commands.flatMap((one) => pathsOf(one, [...path, one.name()])),
];
const paths = pathsOf(program);

describe("help", () => {
  it.each(paths.filter((path) => path[0] !== "help").map((path) => [path.join(" "), path] as const))(
    "switchyard %s --help says how it is used, and so does switchyard help",
    async (_name, path) => {
      const end = await runCli([...path, "--help"]);
      expect(end.out).toContain(`Usage: switchyard ${path.join(" ")}`.trim());
      expect(end.out).toContain("--idempotency-key");
      expect(end.err).toBe("");
      expect(end.code).toBe(0);
      expect((await runCli(["help", ...path])).out).toBe(end.out);
    },
  );

  it("there are all the commands that were promised", () => {
    const there = new Set(paths.map((path) => path.join(" ")));
    const promised = [
      ["bulk", "plan submit get list watch pause resume cancel confirm retry-failed report"],
      ["server", "list get create delete start stop reboot wait"],
      ["operation", "list get watch wait cancel"],
      ["event", "tail list"],
      ["schedule", "list get diff apply preview explain override pause resume savings delete"],
      ["", "api help version"],
    ].flatMap(([group = "", verbs = ""]) => verbs.split(" ").map((verb) => `${group} ${verb}`.trim()));
    expect(promised.filter((path) => !there.has(path))).toEqual([]);
  });

  it.each([
    ["exit-codes", "124  `--timeout` is over"],
    ["output", "-o jsonl"],
    ["date", "tomorrow 08:00"],
    ["environment", "SWITCHYARD_API_KEY"],
  ])("help %s tells about it", async (topic, text) => {
    const end = await runCli(["help", topic]);
    expect(end.out).toContain(text);
    expect(end.code).toBe(0);
  });

  it("a command line without a command is help, a group without one is a mistake", async () => {
    expect(await runCli([])).toMatchObject({ code: 0, err: "" });
    const group = await runCli(["bulk"]);
    expect(group.err).toContain("Usage: switchyard bulk");
    expect(group).toMatchObject({ code: 2, out: "" });
  });

  it("the version is told in each way", async () => {
    for (const argv of [["--version"], ["-V"], ["version"]])
      expect(await runCli(argv)).toMatchObject({ code: 0, out: "0.1.0\n" });
  });
});

describe("a command line that is wrong ends with 2, and says what was probably meant", () => {
  it.each([
    [["schedul", "list"], 'unknown command "schedul"', 'did you mean "schedule"?'],
    [["bulk", "sumbit"], 'unknown command "sumbit"', 'did you mean "submit"?'],
    [["operation", "list", "--stat", "failed"], 'unknown option "--stat"', 'did you mean "--state"?'],
    [["bulk", "watch", "a", "--wiat"], 'unknown option "--wiat"', 'did you mean "--wait"?'],
    [["bulk", "get"], 'missing required argument "id"', "switchyard bulk get --help"],
    [["bulk", "get", "a", "b"], "too many arguments", "switchyard bulk get --help"],
    [["help", "bulks"], 'There is no help about "bulks"', "exit-codes"],
    [["bulk", "list", "-o", "yml"], 'There is no output form "yml"', "jsonl"],
    [["bulk", "list", "-o", "human=stat"], 'There is no column "stat"', 'did you mean "state"?'],
    [["bulk", "list", "--limit", "x"], "--limit: must be a whole number", ""],
    [["bulk", "list", "--timeout", "soon"], "--timeout soon is not a duration", "90s"],
    [["bulk", "list", "--color", "red"], "--color is auto, always or never", ""],
    [["bulk", "list", "--endpoint", "here"], "--endpoint is not the address", ""],
    [["bulk", "list", "--endpoint", "http://u:p@h"], "holds a user name or password", "SWITCHYARD_API_KEY"],
    [["api", "FETCH", "/v1/operations"], "There is no method FETCH", "GET"],
    [["api", "GET", "https://elsewhere.example/"], "Only a path of the endpoint is asked", ""],
    [["server", "create", "nonsense"], '"nonsense" is not a field', "type=DEV1-S"],
    [["server", "delete", "tag=", "--yes"], "tag= is empty", "every server"],
    [["server", "list", "--tag", " "], "--tag is empty", ""],
  ])("%j", async (argv, message, hint) => {
    const stub = await openStub();
    const end = await runCli(argv, { url: stub.url });
    expect(end.err).toContain(message);
    expect(end.err).toContain(hint);
    expect(end).toMatchObject({ code: 2, out: "" });
    expect(stub.asked().filter((line) => !line.startsWith("GET "))).toEqual([]);
  });
});

describe("the endpoint and its key", () => {
  it("a local API is asked with the local key, unless SWITCHYARD_API_KEY is another", async () => {
    const stub = await openStub();
    expect((await runCli(["bulk", "list"], { url: stub.url })).code).toBe(0);
    const environment = { SWITCHYARD_API_KEY: "wrong" };
    const refused = await runCli(["bulk", "list"], { url: stub.url, environment });
    expect(refused.err).toContain("The key is that of SWITCHYARD_API_KEY.");
    expect(refused.err).not.toContain("wrong");
    expect(refused.code).toBe(4);
  });

  it("another API is never sent the local key", async () => {
    const end = await runCli(["bulk", "list", "-e", "https://switchyard.example"]);
    expect(end.err).toContain("There is no key for https://switchyard.example");
    expect(end.code).toBe(4);
  });

  it("--endpoint goes before SWITCHYARD_URL", async () => {
    const stub = await openStub();
    const argv = ["bulk", "list", "-e", stub.url];
    expect((await runCli(argv, { url: "http://127.0.0.1:1" })).code).toBe(0);
  });

  it("an API that does not answer is said so, with what starts one", async () => {
    const gone = await openStub();
    const end = await runCli(["bulk", "list", "-e", gone.url.replace(/\d+$/, "9")]);
    expect(end.err).toContain("does not answer");
    expect(end.err).toContain("npm run dev");
    expect(end.code).toBe(1);
  });

  it("a redirect is not followed: the key stays here", async () => {
    const other = await openStub();
    const stub = await openStub({ route: () => ({ status: 307, headers: { location: `${other.url}/` } }) });
    expect((await runCli(["bulk", "list"], { url: stub.url })).code).toBe(1);
    expect(other.received).toEqual([]);
  });
});

describe("refusals of the API", () => {
  it.each([
    [400, "INVALID_JSON", 2],
    [401, "UNAUTHENTICATED", 4],
    [403, "FORBIDDEN", 4],
    [404, "NOT_FOUND", 3],
    [409, "TOO_LATE", 5],
    [410, "JOB_EXPIRED", 3],
    [413, "PAYLOAD_TOO_LARGE", 2],
    [422, "INVALID_REQUEST", 2],
    [422, "IDEMPOTENCY_KEY_REUSED", 5],
    [422, "QUOTA_EXCEEDED", 6],
    [429, "LIMIT_CREATES_PER_MINUTE", 6],
    [503, "RATE_LIMITED", 6],
    [500, "INTERNAL", 1],
    [502, "PROVIDER_REFUSED", 1],
  ])("%i %s ends with %i, in JSON too", async (status, code, exit) => {
    expect(exitCodeOf(status, code)).toBe(exit);
    const stub = await openStub({
      route: () => problem(status, code, "It is refused", { hint: "Do this." }),
    });
    const end = await runCli(["bulk", "pause", "blk_1", "-o", "json"], { url: stub.url });
    expect(end.code).toBe(exit);
    expect(JSON.parse(end.err)).toMatchObject({
      error: { exit_code: exit, code, message: "It is refused", request_id: "req_5C1T" },
    });
    expect(end.out).toBe("");
  });

  it("a read that is to be asked again later is asked again", async () => {
    let times = 0;
    const stub = await openStub({
      route: () => {
        times += 1;
        return times > 2
          ? null
          : { ...problem(503, "RATE_LIMITED", "Later"), headers: { "retry-after": "2" } };
      },
    });
    expect((await runCli(["bulk", "list"], { url: stub.url })).code).toBe(0);
    expect(times).toBe(3);
  });

  it("an answer that is no Switchyard's is said so", async () => {
    const stub = await openStub({ route: () => ({ status: 200, text: "<html>" }) });
    const end = await runCli(["bulk", "list"], { url: stub.url });
    expect(end.err).toContain("can't be read");
    expect(end.code).toBe(1);
  });

  it("control characters from outside do not reach the terminal", async () => {
    const title = "Red \u001B[31m alert\u0007";
    const stub = await openStub({ route: () => problem(404, "NOT_FOUND", title) });
    const end = await runCli(["bulk", "get", "blk_1"], { url: stub.url });
    expect(end.err).toContain("Error    Red  [31m alert ");
    expect(end.err).not.toContain("\u001B");
  });
});

describe("api", () => {
  it("asks anything, with a key where it is a POST, and shows the answer", async () => {
    const stub = await openStub();
    const data = '{"connection":"paris","kind":"server.create","count":2,"template":{"name":"a"}}';
    const end = await runCli(["api", "POST", "v1/bulk-jobs", "-d", data], { url: stub.url });
    expect(JSON.parse(end.out)).toMatchObject({ id: "blk_1" });
    expect(stub.last("POST", "/v1/bulk-jobs").headers).toMatchObject({
      "content-type": "application/json",
      "idempotency-key": "key-1",
    });
    expect(end.code).toBe(0);
  });

  it("shows a refusal as it came, and ends by its status", async () => {
    const stub = await openStub();
    const end = await runCli(["api", "get", "/v1/nothing"], { url: stub.url });
    expect(JSON.parse(end.out)).toMatchObject({ status: 404 });
    expect(end).toMatchObject({ code: 3, err: "" });
  });

  it("sends headers, a file, or standard input", async () => {
    const stub = await openStub();
    const argv = ["api", "PUT", "/v1/calendars/fr", "-d", "-", "-H", "Content-Type: text/calendar"];
    await runCli(argv, { url: stub.url, input: "BEGIN:VCALENDAR" });
    expect(stub.last("PUT", "/v1/calendars/fr")).toMatchObject({
      body: "BEGIN:VCALENDAR",
      headers: { "content-type": "text/calendar" },
    });
  });
});
