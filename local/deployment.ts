import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { DEFAULT_SCHEMA, load } from "js-yaml";
import * as z from "zod";

/** The stage that the embedded stack runs as. */
export const localStage = "local";

/** A reference to a resource of the same file: `{Ref: X}` or `{Fn::GetAtt: [X, Arn]}`. */
const referenceSchema = z
  .union([
    z.strictObject({ Ref: z.string() }).transform(({ Ref }) => Ref),
    z
      .strictObject({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) })
      .transform((value) => value["Fn::GetAtt"][0]),
  ])
  .readonly();

const scheduleSchema = z.union([
  z.string().transform((rate) => ({ rate: [rate], input: undefined, enabled: true })),
  z.strictObject({
    rate: z.array(z.string()),
    input: z.json().optional(),
    enabled: z.boolean().default(true),
    name: z.string().optional(),
    description: z.string().optional(),
  }),
]);

/** A path of API Gateway: whole, or with all that lies under it. */
const pathSchema = z
  .string()
  .regex(/^(?:\/[a-z0-9-]+)+(?:\/\{proxy\+\})?$/, { error: "must be /a/b or /a/b/{proxy+}" });

const eventSchema = z.union([
  z.strictObject({ httpApi: z.literal("*") }).transform(() => ({ on: "http" as const, path: null })),
  z
    .strictObject({ httpApi: z.strictObject({ method: z.literal("*"), path: pathSchema }) })
    .transform(({ httpApi: { path } }) => ({ on: "http" as const, path })),
  z
    .strictObject({
      sqs: z.strictObject({
        arn: referenceSchema,
        batchSize: z.number().int().min(1).max(10).default(10),
        maximumConcurrency: z.number().int().min(2).default(2),
        functionResponseType: z.literal("ReportBatchItemFailures").optional(),
      }),
    })
    .transform(({ sqs }) => ({
      on: "queue" as const,
      queue: sqs.arn,
      batchSize: sqs.batchSize,
      maximumConcurrency: sqs.maximumConcurrency,
      partialFailures: sqs.functionResponseType !== undefined,
    })),
  z
    .strictObject({ schedule: scheduleSchema })
    .transform(({ schedule }) => ({ on: "schedule" as const, ...schedule })),
  z
    .strictObject({
      eventBridge: z.strictObject({
        eventBus: referenceSchema,
        pattern: z.record(z.string(), z.json()),
        deadLetterQueueArn: referenceSchema.optional(),
      }),
    })
    .transform(({ eventBridge }) => ({ on: "bus" as const, pattern: eventBridge.pattern })),
]);
/** What makes a function run, by what it is on: `http`, `queue`, `schedule` or `bus`. */
export type Trigger = z.infer<typeof eventSchema>;

const functionSchema = z.object({
  handler: z.string().regex(/^\.build\/[a-z0-9-]+\.handler$/, { error: "must be .build/NAME.handler" }),
  timeout: z.number().positive(),
  events: z.array(eventSchema).default([]),
});

const queueSchema = z.object({
  Type: z.literal("AWS::SQS::Queue"),
  Properties: z.object({
    QueueName: z.string(),
    VisibilityTimeout: z.number().default(30),
    MessageRetentionPeriod: z.number().default(345_600),
    RedrivePolicy: z
      .strictObject({ deadLetterTargetArn: referenceSchema, maxReceiveCount: z.number() })
      .optional(),
  }),
});

const ruleSchema = z.object({
  Type: z.literal("AWS::Events::Rule"),
  Properties: z.object({
    EventPattern: z.record(z.string(), z.json()),
    Targets: z.array(z.object({ Arn: referenceSchema })),
  }),
});

const fileSchema = z.object({
  provider: z.object({ environment: z.record(z.string(), z.unknown()) }),
  functions: z.record(z.string(), functionSchema),
  resources: z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() }).loose()) }),
});

/** A function as it is deployed. */
export interface DeployedFunction {
  readonly name: string;
  /** Its source, from the root of the repository: `functions/api.ts`. */
  readonly module: string;
  readonly timeoutSeconds: number;
  readonly triggers: readonly Trigger[];
}

/** A queue as it is deployed. `id` is its name inside the file. */
export interface DeployedQueue {
  readonly id: string;
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly deadLetters: { readonly queue: string; readonly maxReceiveCount: number } | null;
}

/** A rule on the bus and the queues (by id) that it sends to. */
export interface DeployedRule {
  readonly pattern: Readonly<Record<string, z.core.util.JSONType>>;
  readonly targets: readonly string[];
}

/** What serverless.yml says, as far as it matters on one machine. */
export interface Deployment {
  readonly functions: readonly DeployedFunction[];
  /** Dead-letter queues before the queues that need them. */
  readonly queues: readonly DeployedQueue[];
  readonly rules: readonly DeployedRule[];
  /** Names of the environment variables of all functions. */
  readonly environment: readonly string[];
}

const queuesOf = (resources: Record<string, { Type: string }>): DeployedQueue[] =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === "AWS::SQS::Queue")
    .map(([id, resource]) => {
      const { Properties: queue } = queueSchema.parse(resource);
      const dead = queue.RedrivePolicy;
      return {
        id,
        name: queue.QueueName,
        visibilitySeconds: queue.VisibilityTimeout,
        retentionSeconds: queue.MessageRetentionPeriod,
        deadLetters:
          dead === undefined
            ? null
            : { queue: dead.deadLetterTargetArn, maxReceiveCount: dead.maxReceiveCount },
      };
    })
    .toSorted((a, b) => Number(a.deadLetters !== null) - Number(b.deadLetters !== null));

const rulesOf = (resources: Record<string, { Type: string }>): DeployedRule[] =>
  Object.values(resources)
    .filter(({ Type }) => Type === "AWS::Events::Rule")
    .map((resource) => {
      const { EventPattern, Targets } = ruleSchema.parse(resource).Properties;
      return { pattern: EventPattern, targets: Targets.map(({ Arn }) => Arn) };
    });

/** Reads the text of a serverless.yml for one stage. @throws ZodError naming what the embedded stack cannot run */
export const parseDeployment = (text: string, stage: string): Deployment => {
  const file = fileSchema.parse(load(text.replaceAll("${sls:stage}", stage), { schema: DEFAULT_SCHEMA }));
  return {
    functions: Object.entries(file.functions).map(([name, { handler, timeout, events }]) => ({
      name,
      module: `functions/${basename(handler, ".handler")}.ts`,
      timeoutSeconds: timeout,
      triggers: events,
    })),
    queues: queuesOf(file.resources.Resources),
    rules: rulesOf(file.resources.Resources),
    environment: Object.keys(file.provider.environment),
  };
};

/** Reads serverless.yml from a file. */
export const readDeployment = async (path: string, stage: string): Promise<Deployment> =>
  parseDeployment(await readFile(path, "utf8"), stage);
