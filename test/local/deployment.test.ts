import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDeployment, readDeployment } from "../../local/deployment.ts";
import { applyEnvironment, localEnvironment } from "../../local/environment.ts";
import { queueDefinitions } from "../../local/queue-attributes.ts";

const root = resolve(import.meta.dirname, "../..");
const file = join(root, "serverless.yml");

const small = (events: string, resources = "{}") => `
provider: { environment: { A: "1" } }
functions:
  one: { handler: .build/one.handler, timeout: 5, events: ${events} }
resources: { Resources: ${resources} }
`;

describe("our own serverless.yml", () => {
  test("each of its functions has its source", async () => {
    const { functions } = await readDeployment(file, "local");
    expect(functions.map(({ module }) => module).filter((module) => !existsSync(join(root, module)))).toEqual(
      [],
    );
  });

  test("dead-letter queues come before the queues that need them, with the stage in their names", async () => {
    const { queues } = await readDeployment(file, "local");
    expect(queues.map(({ name }) => name)).toEqual([
      "switchyard-local-start-dead",
      "switchyard-local-follow-dead",
      "switchyard-local-deliver-dead",
      "switchyard-local-bulk-dead",
      "switchyard-local-start",
      "switchyard-local-follow",
      "switchyard-local-deliver",
      "switchyard-local-bulk",
    ]);
    const start = queueDefinitions(queues).find(({ name }) => name === "switchyard-local-start");
    expect(start?.attributes).toMatchObject({ VisibilityTimeout: "180", MessageRetentionPeriod: "345600" });
    expect(JSON.parse(start?.attributes?.["RedrivePolicy"] ?? "")).toEqual({
      deadLetterTargetArn: "arn:aws:sqs:eu-west-1:000000000000:switchyard-local-start-dead",
      maxReceiveCount: 5,
    });
  });
});

describe("what makes a function run", () => {
  test.each([
    ["HTTP", '[{ httpApi: "*" }]', { on: "http", path: null }],
    [
      "a path",
      '[{ httpApi: { method: "*", path: "/v1/a/{proxy+}" } }]',
      { on: "http", path: "/v1/a/{proxy+}" },
    ],
    [
      "a queue",
      "[{ sqs: { arn: { Fn::GetAtt: [Q, Arn] }, batchSize: 3, maximumConcurrency: 4 } }]",
      { on: "queue", queue: "Q", batchSize: 3, maximumConcurrency: 4, partialFailures: false },
    ],
    [
      "a queue with partial answers",
      "[{ sqs: { arn: { Fn::GetAtt: [Q, Arn] }, functionResponseType: ReportBatchItemFailures } }]",
      { on: "queue", batchSize: 10, partialFailures: true },
    ],
    [
      "a schedule",
      '[{ schedule: "rate(1 minute)" }]',
      { on: "schedule", rate: ["rate(1 minute)"], enabled: true },
    ],
    [
      "a rule",
      '[{ eventBridge: { eventBus: { Ref: Bus }, pattern: { source: ["x"] } } }]',
      { on: "bus", pattern: { source: ["x"] } },
    ],
  ])("%s", (_reason, events, trigger) => {
    expect(parseDeployment(small(events), "s").functions[0]).toMatchObject({
      name: "one",
      module: "functions/one.ts",
      timeoutSeconds: 5,
      triggers: [trigger],
    });
  });

  test("what the embedded stack cannot run is refused, not ignored", () => {
    expect(() => parseDeployment(small("[{ s3: bucket }]"), "s")).toThrow("Invalid input");
  });

  test("dead letters to nowhere are refused", () => {
    const queue = `{ Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: q, RedrivePolicy: { deadLetterTargetArn: { Fn::GetAtt: [X, Arn] }, maxReceiveCount: 1 } } } }`;
    expect(() => queueDefinitions(parseDeployment(small("[]", queue), "s").queues)).toThrow(
      "dead letters of q",
    );
  });
});

describe("the environment of the functions", () => {
  const settings = {
    deployment: "local",
    table: "t",
    bus: "b",
    endpoints: { table: "http://t", queue: "http://q", bus: "http://b" },
    startQueueUrl: "http://q/start",
    followQueueUrl: "http://q/follow",
    deadLetterQueueUrl: "http://q/dead",
    deliverQueueUrl: "http://q/deliver",
    bulkQueueUrl: "http://q/bulk",
    signingKey: "k",
    configFile: "/c.yaml",
    simulated: true,
  };

  test("has every name of serverless.yml, and nothing of a real account", async () => {
    const deployment = await readDeployment(file, "local");
    const given = {
      AWS_PROFILE: "mine",
      AWS_SESSION_TOKEN: "t",
      AWS_ACCESS_KEY_ID: "real",
      SWITCHYARD_CONFIG_PARAMETER: "x",
    };
    const environment: NodeJS.ProcessEnv = { ...given };
    applyEnvironment(environment, localEnvironment(deployment, settings, given));
    const missing = deployment.environment.filter((name) => environment[name] === undefined);
    expect(missing).toEqual(["SWITCHYARD_CONFIG_PARAMETER"]); // the file takes its place
    expect(environment).toMatchObject({
      SWITCHYARD_CONFIG: "/c.yaml",
      SWITCHYARD_API_KEY: "swy_dev_local",
      AWS_ACCESS_KEY_ID: "local",
      AWS_ENDPOINT_URL_SQS: "http://q",
    });
    expect(environment).not.toHaveProperty("AWS_PROFILE");
    expect(environment).not.toHaveProperty("AWS_SESSION_TOKEN");
  });

  test("a name that has no value here is an error", () => {
    expect(() => localEnvironment(parseDeployment(small("[]"), "s"), settings, {})).toThrow("no value for A");
  });
});
