import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { expiryAttribute, tableDefinition } from "../../lib/aws/table-definition.ts";
import { functionNames } from "../../scripts/bundle.ts";
import { compileTemplate, type Resource, root, type Template } from "./compiled-template.ts";

let template: Template;
beforeAll(async () => {
  template = await compileTemplate();
}, 60_000);

const ofType = (type: string): readonly (readonly [string, Resource["Properties"]])[] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties }]) => [id, Properties]);

const getAtt = z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) });
const targetOf = (value: unknown): string => getAtt.parse(value)["Fn::GetAtt"][0];
const list = <Item extends z.ZodType>(item: Item) =>
  z.union([z.array(item), item.transform((one: z.output<Item>) => [one])]);
const statementSchema = z.object({ Effect: z.string(), Action: list(z.string()), Resource: list(z.json()) });
const policiesSchema = z.array(
  z.object({ PolicyDocument: z.object({ Statement: z.array(statementSchema) }) }),
);

const functionSchema = z.object({
  Handler: z.string(),
  Timeout: z.number(),
  Runtime: z.string(),
  Architectures: z.array(z.string()),
  Role: z.json(),
  FunctionName: z.string(),
});
const functions = () =>
  ofType("AWS::Lambda::Function").map(([id, properties]) =>
    Object.assign({ id }, functionSchema.parse(properties)),
  );
const sourceSchema = z.object({
  EventSourceArn: z.json(),
  FunctionName: z.json(),
  BatchSize: z.number(),
  FunctionResponseTypes: z.array(z.string()).optional(),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional(),
});
const sources = () =>
  ofType("AWS::Lambda::EventSourceMapping").map(([, properties]) => sourceSchema.parse(properties));
const redriveSchema = z.object({ deadLetterTargetArn: z.json(), maxReceiveCount: z.number() });
const queueSchema = z.object({
  VisibilityTimeout: z.number().default(30),
  MessageRetentionPeriod: z.number(),
  RedrivePolicy: redriveSchema.optional(),
});
const queues = () =>
  ofType("AWS::SQS::Queue").map(([id, properties]) => Object.assign({ id }, queueSchema.parse(properties)));
const deadLetterQueues = () =>
  queues().flatMap(({ RedrivePolicy }) =>
    RedrivePolicy === undefined ? [] : [targetOf(RedrivePolicy.deadLetterTargetArn)],
  );

describe("the functions", () => {
  test("each file of functions/ is deployed, and nothing else is", async () => {
    const deployed = functions().map(({ Handler }) => Handler);
    const files = await functionNames(join(root, "functions"));
    expect(deployed.toSorted()).toEqual(files.map((name) => `.build/${name}.handler`));
  });

  test("they run on Node 24, on arm64, and no longer than what calls them waits", () => {
    for (const { Runtime, Architectures, Handler, Timeout } of functions()) {
      expect({ Runtime, Architectures }).toEqual({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
      expect(Timeout).toBeLessThanOrEqual(/\/(?:api|settings|receive-webhook)\./.test(Handler) ? 29 : 900);
    }
  });

  test("logs are kept for 30 days, in a group for each function and one for the API", () => {
    const groups = ofType("AWS::Logs::LogGroup").map(([, properties]) => properties);
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(groups.map(() => 30));
    const names = groups.map(({ LogGroupName }) => LogGroupName);
    for (const { FunctionName } of functions()) expect(names).toContain(`/aws/lambda/${FunctionName}`);
    expect(names).toContain("/aws/http-api/switchyard-test");
  });
});

describe("the roles", () => {
  const statements = () =>
    ofType("AWS::IAM::Role").flatMap(([id, { Policies }]) =>
      policiesSchema
        .parse(Policies)
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement.map((statement) => ({ id, ...statement }))),
    );

  test("each function has its own, and there is no other", () => {
    const used = functions().map(({ Role }) => targetOf(Role));
    expect(new Set(used).size).toBe(used.length);
    expect(used.toSorted()).toEqual(
      ofType("AWS::IAM::Role")
        .map(([id]) => id)
        .toSorted(),
    );
  });

  test("no action and no resource has a wildcard, but the streams of a function's own log group", () => {
    const all = statements();
    expect(all.length).toBeGreaterThan(10);
    for (const { Effect, Action, Resource } of all) {
      expect(Effect).toBe("Allow");
      for (const action of Action) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
      const text = Resource.map((resource) => JSON.stringify(resource));
      for (const resource of text.filter((one) => one.includes("*"))) {
        expect(resource).toMatch(/log-group:\/aws\/lambda\/switchyard-test-[a-z-]+:log-stream:\*"\}$/);
        expect(Action).toEqual(["logs:CreateLogStream", "logs:PutLogEvents"]);
      }
    }
  });

  test("a function may write to its own log group only", () => {
    for (const { Role, FunctionName } of functions()) {
      const role = targetOf(Role);
      const logs = statements().filter(
        ({ id, Action }) => id === role && Action.includes("logs:PutLogEvents"),
      );
      expect(JSON.stringify(logs.map(({ Resource }) => Resource))).toContain(
        `/aws/lambda/${FunctionName}:log-stream`,
      );
      expect(logs).toHaveLength(1);
    }
  });

  test("a function that a queue feeds may receive and delete there, and nobody else may", () => {
    const receivers = statements()
      .filter(({ Action }) => Action.includes("sqs:ReceiveMessage"))
      .map(({ id, Action, Resource }) => ({ id, Action, queue: targetOf(Resource[0]) }));
    const fed = sources().map(({ FunctionName, EventSourceArn }) => ({
      id: targetOf(functions().find(({ id }) => id === targetOf(FunctionName))?.Role),
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      queue: targetOf(EventSourceArn),
    }));
    expect(receivers.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
      fed.toSorted((a, b) => a.id.localeCompare(b.id)),
    );
  });
});

describe("the queues", () => {
  test("each event source takes partial answers, has a ceiling, and ten messages at most", () => {
    expect(
      sources()
        .map(({ EventSourceArn }) => targetOf(EventSourceArn))
        .toSorted(),
    ).toEqual(["BulkQueue", "DeliverQueue", "FollowQueue", "StartQueue"]);
    for (const source of sources()) {
      expect(source.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
      // Deliverers that wait for a receiver must leave room for those that lead.
      const isWide = ["StartQueue", "DeliverQueue"].includes(targetOf(source.EventSourceArn));
      expect(source.ScalingConfig?.MaximumConcurrency).toBe(isWide ? 5 : 2);
      expect(source.BatchSize).toBe(10);
    }
  });

  test("visibility is at least six times the timeout of the function", () => {
    for (const { EventSourceArn, FunctionName } of sources()) {
      const queue = queues().find(({ id }) => id === targetOf(EventSourceArn));
      const timeout = functions().find(({ id }) => id === targetOf(FunctionName))?.Timeout ?? Number.NaN;
      expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
    }
  });

  test("each has dead letters after five receives, kept longer than the messages", () => {
    for (const { id, RedrivePolicy, MessageRetentionPeriod } of queues()) {
      if (deadLetterQueues().includes(id)) continue;
      expect(RedrivePolicy?.maxReceiveCount).toBe(5);
      const dead = queues().find((queue) => queue.id === targetOf(RedrivePolicy?.deadLetterTargetArn));
      expect(MessageRetentionPeriod).toBe(4 * 86_400);
      expect(dead?.MessageRetentionPeriod).toBe(14 * 86_400);
    }
    expect(deadLetterQueues()).toHaveLength(4);
  });

  test("each has a policy that refuses whoever comes without TLS", () => {
    const policySchema = z.object({
      Queues: z.tuple([z.object({ Ref: z.string() })]),
      PolicyDocument: z.object({
        Statement: z.tuple(
          [z.object({ Effect: z.literal("Deny"), Resource: getAtt, Condition: z.json() })],
          z.object({ Effect: z.literal("Allow"), Principal: z.json(), Condition: z.json() }),
        ),
      }),
    });
    const policies = ofType("AWS::SQS::QueuePolicy").map(([, properties]) => policySchema.parse(properties));
    expect(policies.map(({ Queues: [queue] }) => queue.Ref).toSorted()).toEqual(
      queues()
        .map(({ id }) => id)
        .toSorted(),
    );
    for (const { Queues, PolicyDocument } of policies) {
      expect(targetOf(PolicyDocument.Statement[0].Resource)).toBe(Queues[0].Ref);
      const [refusing, ...allowing] = PolicyDocument.Statement;
      expect(refusing.Condition).toEqual({ Bool: { "aws:SecureTransport": "false" } });
      // Only the bus sends from outside, and only by our rule.
      expect(allowing.map(({ Principal, Condition }) => ({ Principal, Condition }))).toEqual(
        Queues[0].Ref.startsWith("Deliver")
          ? [
              {
                Principal: { Service: "events.amazonaws.com" },
                Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": ["DeliverRule", "Arn"] } } },
              },
            ]
          : [],
      );
    }
  });

  test("dead letters come from their own queue only", () => {
    for (const id of deadLetterQueues()) {
      const source = id.replace("DeadLetters", "").toLowerCase();
      expect(JSON.stringify(template.Resources[id]?.Properties["RedriveAllowPolicy"])).toContain(
        `:switchyard-test-${source}"`,
      );
    }
  });
});

describe("the clock and the bus", () => {
  test("each schedule may call the function that it is for", () => {
    const ruleSchema = z.object({
      ScheduleExpression: z.string(),
      Targets: z.tuple([z.object({ Arn: z.json() })]),
    });
    const rules = ofType("AWS::Events::Rule")
      .filter(([, { ScheduleExpression }]) => ScheduleExpression !== undefined)
      .map(([id, properties]) => Object.assign({ id }, ruleSchema.parse(properties)));
    expect(rules.map(({ ScheduleExpression }) => ScheduleExpression).toSorted()).toEqual([
      "rate(1 minute)",
      "rate(1 minute)",
      "rate(1 minute)",
      "rate(1 minute)",
      "rate(5 minutes)",
    ]);
    for (const { id, Targets } of rules) {
      expect(ofType("AWS::Lambda::Permission").map(([, permission]) => permission)).toContainEqual({
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        FunctionName: Targets[0].Arn,
        SourceArn: { "Fn::GetAtt": [id, "Arn"] },
      });
    }
  });

  test("a rule on our bus brings its own dead letters", () => {
    const onBus = ofType("AWS::Events::Rule").filter(([, { EventBusName }]) => EventBusName !== undefined);
    expect(onBus.map(([id]) => id)).toEqual(["DeliverRule"]);
    for (const [, { Targets }] of onBus) {
      for (const target of z.array(z.object({ DeadLetterConfig: z.json() })).parse(Targets)) {
        expect(target.DeadLetterConfig).toBeDefined();
      }
    }
    expect(ofType("AWS::Events::EventBus").map(([id]) => id)).toEqual(["Bus"]);
  });
});

describe("the table", () => {
  test("is the one that the code makes for itself elsewhere", () => {
    const [table] = ofType("AWS::DynamoDB::Table").map(([, properties]) => properties);
    const { BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = table ?? {};
    expect({ BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes }).toEqual(tableDefinition);
    expect(table?.["TimeToLiveSpecification"]).toEqual({ AttributeName: expiryAttribute, Enabled: true });
  });
});

describe("the API and what watches over all of it", () => {
  test("is throttled", () => {
    const [stage] = ofType("AWS::ApiGatewayV2::Stage").map(([, properties]) => properties);
    expect(stage?.["DefaultRouteSettings"]).toMatchObject({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 100,
    });
  });

  test("each alarm tells the topic", () => {
    const alarms = ofType("AWS::CloudWatch::Alarm");
    expect(alarms.length).toBeGreaterThan(0);
    for (const [, { AlarmActions }] of alarms) expect(AlarmActions).toEqual([{ Ref: "AlarmTopic" }]);
  });

  test("one dead letter in any dead-letter queue is an alarm", () => {
    for (const id of deadLetterQueues()) {
      expect(ofType("AWS::CloudWatch::Alarm").map(([, alarm]) => alarm)).toContainEqual(
        expect.objectContaining({
          MetricName: "ApproximateNumberOfMessagesVisible",
          Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [id, "QueueName"] } }],
          Threshold: 1,
          ComparisonOperator: "GreaterThanOrEqualToThreshold",
        }),
      );
    }
  });

  test.each([
    ["an operation that stays open", "OldestOpenOperationSeconds", "notBreaching"],
    ["a follower that is silent, because then there is no metric at all", "FollowerHeartbeat", "breaching"],
    ["a provider that says 429", "ProviderRateLimited", "notBreaching"],
    ["server errors of the API", "5xx", "notBreaching"],
  ])("so is %s", (_reason, metric, missing) => {
    const alarms = ofType("AWS::CloudWatch::Alarm").filter(([, { MetricName }]) => MetricName === metric);
    expect(alarms.map(([, { TreatMissingData }]) => TreatMissingData)).toEqual([missing]);
  });

  test("the outputs name what others connect to", () => {
    expect(Object.keys(template.Outputs)).toEqual(
      expect.arrayContaining([
        "Endpoint",
        "BusName",
        "StartQueueUrl",
        "StartDeadLettersUrl",
        "AlarmTopicArn",
      ]),
    );
  });
});
