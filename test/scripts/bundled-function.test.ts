import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { startBus } from "../../local/bus-endpoint.ts";
import { simulatedDocument } from "../../local/default-connection.ts";
import { startEmbeddedQueues } from "../../local/embedded-queue.ts";
import { startEmbeddedTable } from "../../local/embedded-table.ts";
import { bundleFunctions } from "../../scripts/bundle.ts";
import { startSimulator } from "../../simulators/start-simulator.ts";

const functions = resolve(import.meta.dirname, "../../functions");

const bundled = (async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bundles-"));
  await bundleFunctions(functions, folder);
  return folder;
})();
afterAll(async () => rmSync(await bundled, { recursive: true, force: true }));

/** A parameter store that holds these values and counts who was asked for. */
const startParameters = async (values: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    text(request)
      .then((body) => {
        const { Name } = z.object({ Name: z.string() }).parse(JSON.parse(body));
        asked.push(Name);
        response.setHeader("content-type", "application/x-amz-json-1.1");
        return response.end(JSON.stringify({ Parameter: { Name, Value: values[Name] } }));
      })
      .catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { endpoint: `http://127.0.0.1:${port}`, asked };
};

const startWorld = async () => {
  const simulator = await startSimulator({
    dialect: "scaleway-instance",
    secret: "from the parameter store",
  });
  onTestFinished(() => simulator.close());
  const table = await startEmbeddedTable({ table: "table" });
  onTestFinished(() => table.stop());
  const queues = await startEmbeddedQueues({
    queues: ["start", "follow", "deliver", "bulk", "dead"].map((name) => ({ name })),
  });
  onTestFinished(() => queues.stop());
  const bus = await startBus({ busName: "b", rules: [], report: () => {} });
  onTestFinished(() => bus.stop());
  const document = simulatedDocument(simulator.url).replace(/env:\w+/, "ssm:/secret");
  const parameters = await startParameters({
    "/config": document,
    "/secret": "from the parameter store",
    "/api-key": "k".repeat(32),
  });
  const environment = {
    SWITCHYARD_DEPLOYMENT: "test",
    SWITCHYARD_TABLE: "table",
    SWITCHYARD_BUS: "b",
    SWITCHYARD_START_QUEUE_URL: queues.urlOf("start"),
    SWITCHYARD_FOLLOW_QUEUE_URL: queues.urlOf("follow"),
    SWITCHYARD_DEAD_LETTER_QUEUE_URL: queues.urlOf("dead"),
    SWITCHYARD_DELIVER_QUEUE_URL: queues.urlOf("deliver"),
    SWITCHYARD_BULK_QUEUE_URL: queues.urlOf("bulk"),
    SWITCHYARD_SIGNING_KEY_REFERENCE: "ssm:/signing-key",
    SWITCHYARD_CONFIG_PARAMETER: "ssm:/config",
    SWITCHYARD_API_KEY_REFERENCE: "ssm:/api-key",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_SQS: queues.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    AWS_ENDPOINT_URL_SSM: parameters.endpoint,
  };
  return { simulator, parameters, environment };
};

const record = {
  messageId: "m1",
  body: JSON.stringify({
    connection: "paris",
    kind: "server.create",
    input: { name: "bundled", type: "DEV1-S", image: "ubuntu_noble" },
    idempotency_key: "bundled-1",
  }),
  attributes: { ApproximateReceiveCount: "1" },
};

test("a bundle does as its sources do: with credentials of the environment and what the parameter store says, it makes a server", async () => {
  const folder = await bundled;
  const { simulator, parameters, environment } = await startWorld();
  const script = `
    const bundle = require(${JSON.stringify(join(folder, "start-operation.cjs"))});
    const context = { getRemainingTimeInMillis: () => 20000 };
    const event = ${JSON.stringify({ Records: [record] })};
    const run = async () => {
      const answers = [await bundle.handler(event, context), await bundle.handler(event, context)];
      console.error(JSON.stringify({ answers, exports: Object.keys(bundle), parameters: bundle.handler.length }));
    };
    run().finally(() => process.exit());`;
  const { stderr } = await promisify(execFile)(process.execPath, ["-e", script], {
    env: environment,
    cwd: folder,
  });
  // On a busy machine a line of the log may stand before it.
  expect(JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "")).toEqual({
    // The second time, the condition of the write fails: the same request has been accepted before.
    answers: [{ batchItemFailures: [] }, { batchItemFailures: [] }],
    exports: ["handler"],
    parameters: 2,
  });
  expect(simulator.control.servers().map(({ name }) => name)).toEqual(["bundled"]);
  expect(parameters.asked).toEqual(["/config", "/secret"]);
}, 180_000);

test("the API's bundle describes itself from what the build has written beside it", async () => {
  const folder = await bundled;
  const { environment } = await startWorld();
  const event = {
    version: "2.0",
    rawPath: "/openapi.json",
    rawQueryString: "",
    headers: { host: "localhost" },
    requestContext: { http: { method: "GET", path: "/openapi.json" } },
    isBase64Encoded: false,
  };
  const script = `
    const bundle = require(${JSON.stringify(join(folder, "api.cjs"))});
    const context = { getRemainingTimeInMillis: () => 20000 };
    bundle.handler(${JSON.stringify(event)}, context)
      .then(({ statusCode, body }) => {
        const { openapi, paths } = JSON.parse(body);
        console.error(JSON.stringify({ status: statusCode, openapi, paths: Object.keys(paths) }));
      })
      .finally(() => process.exit());`;
  const { stderr } = await promisify(execFile)(process.execPath, ["-e", script], {
    env: environment,
    cwd: folder,
  });
  const described = z
    .object({ status: z.literal(200), openapi: z.string(), paths: z.array(z.string()) })
    .parse(JSON.parse(stderr));
  // Those of the other functions are described here too.
  expect(described.paths).toEqual(
    expect.arrayContaining(["/v1/operations", "/v1/endpoints", "/hooks/{name}"]),
  );
});

const ics = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//test//EN",
  "BEGIN:VEVENT",
  "UID:1",
  "DTSTAMP:20261101T000000Z",
  "DTSTART;VALUE=DATE:20261225",
  "SUMMARY:Christmas",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

test.each([
  ["schedules", "PUT", "/v1/calendars/france", "", "text/calendar", ics, 201],
  [
    "bulk",
    "POST",
    "/v1/bulk-plans",
    "connection=paris&kind=server.stop",
    "text/csv",
    "resource_id\ns-1\n",
    200,
  ],
])(
  "the bundle %s finds beside it what reads %s %s?%s of type %s",
  async (name, method, path, query, type, body, status) => {
    const folder = await bundled;
    const { environment } = await startWorld();
    const event = {
      version: "2.0",
      rawPath: path,
      rawQueryString: query,
      headers: { host: "localhost", "content-type": type, authorization: `Bearer ${"k".repeat(32)}` },
      requestContext: { http: { method, path } },
      body,
      isBase64Encoded: false,
    };
    const script = `
    const bundle = require(${JSON.stringify(join(folder, `${name}.cjs`))});
    const context = { getRemainingTimeInMillis: () => 20000 };
    bundle.handler(${JSON.stringify(event)}, context)
      .then(({ statusCode, body }) => console.error(JSON.stringify({ status: statusCode, body })))
      .finally(() => process.exit());`;
    const { stderr } = await promisify(execFile)(process.execPath, ["-e", script], {
      env: environment,
      cwd: folder,
    });
    const answered = z
      .object({ status: z.number(), body: z.string() })
      .parse(JSON.parse(stderr.split("\n").find((line) => line.startsWith('{"status"')) ?? "{}"));
    expect(answered.status, stderr).toBe(status);
  },
);
