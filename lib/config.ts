import * as z from "zod";
import type { AwsSettings } from "./aws/clients.ts";

/** A variable that is set to nothing counts as not set. */
const textSchema = z
  .string()
  .optional()
  .transform((text) => (text === "" ? undefined : text));
const requiredSchema = z.string().min(1);

const environmentSchema = z.object({
  SWITCHYARD_TABLE: requiredSchema,
  SWITCHYARD_START_QUEUE_URL: requiredSchema,
  SWITCHYARD_FOLLOW_QUEUE_URL: requiredSchema,
  SWITCHYARD_DEAD_LETTER_QUEUE_URL: requiredSchema,
  SWITCHYARD_DELIVER_QUEUE_URL: requiredSchema,
  SWITCHYARD_BULK_QUEUE_URL: requiredSchema,
  SWITCHYARD_BUS: requiredSchema,
  SWITCHYARD_DEPLOYMENT: z.string().regex(/^[a-z0-9-]{1,40}$/),
  SWITCHYARD_API_KEY_REFERENCE: requiredSchema,
  SWITCHYARD_SIGNING_KEY_REFERENCE: requiredSchema,
  /** Only the embedded stack passes this on: an endpoint on the loopback address may then be called. */
  SWITCHYARD_ALLOW_PRIVATE_ENDPOINTS: textSchema,
  SWITCHYARD_CONFIG: textSchema,
  SWITCHYARD_CONFIG_PARAMETER: textSchema,
  SWITCHYARD_LOG_LEVEL: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]).default("INFO"),
  AWS_REGION: z.string().default("eu-west-1"),
  AWS_ENDPOINT_URL_DYNAMODB: textSchema,
  AWS_ENDPOINT_URL_SQS: textSchema,
  AWS_ENDPOINT_URL_EVENTBRIDGE: textSchema,
});

/** The process environment, or one made for a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a deployed function needs to know. Secrets are references here, never values. */
export interface Settings {
  readonly table: string;
  readonly startQueueUrl: string;
  readonly followQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly bus: string;
  readonly deployment: string;
  readonly apiKeyReference: string;
  readonly deliverQueueUrl: string;
  readonly bulkQueueUrl: string;
  readonly signingKeyReference: string;
  readonly allowsLoopbackEndpoints: boolean;
  readonly configFile: string | null;
  readonly configParameter: string | null;
  readonly logLevel: "DEBUG" | "INFO" | "WARN" | "ERROR";
  readonly aws: AwsSettings;
  readonly environment: Environment;
}

/** The environment is not one that a function can run in. Names the variables, never their values. */
export class BadEnvironment extends Error {
  constructor(names: readonly string[]) {
    super(`These environment variables are missing or wrong: ${names.join(", ")}.`);
    this.name = "BadEnvironment";
  }
}

const endpointsOf = (env: z.infer<typeof environmentSchema>): AwsSettings["endpoints"] => ({
  ...(env.AWS_ENDPOINT_URL_DYNAMODB === undefined ? {} : { dynamodb: env.AWS_ENDPOINT_URL_DYNAMODB }),
  ...(env.AWS_ENDPOINT_URL_SQS === undefined ? {} : { sqs: env.AWS_ENDPOINT_URL_SQS }),
  ...(env.AWS_ENDPOINT_URL_EVENTBRIDGE === undefined ? {} : { events: env.AWS_ENDPOINT_URL_EVENTBRIDGE }),
});

/** Settings from an environment. @throws BadEnvironment */
export const settingsOf = (environment: Environment): Settings => {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success)
    throw new BadEnvironment([...new Set(parsed.error.issues.map(({ path }) => String(path[0])))]);
  const env = parsed.data;
  return {
    table: env.SWITCHYARD_TABLE,
    startQueueUrl: env.SWITCHYARD_START_QUEUE_URL,
    followQueueUrl: env.SWITCHYARD_FOLLOW_QUEUE_URL,
    deadLetterQueueUrl: env.SWITCHYARD_DEAD_LETTER_QUEUE_URL,
    bus: env.SWITCHYARD_BUS,
    deployment: env.SWITCHYARD_DEPLOYMENT,
    apiKeyReference: env.SWITCHYARD_API_KEY_REFERENCE,
    deliverQueueUrl: env.SWITCHYARD_DELIVER_QUEUE_URL,
    bulkQueueUrl: env.SWITCHYARD_BULK_QUEUE_URL,
    signingKeyReference: env.SWITCHYARD_SIGNING_KEY_REFERENCE,
    allowsLoopbackEndpoints:
      env.SWITCHYARD_ALLOW_PRIVATE_ENDPOINTS === "1" && env.SWITCHYARD_DEPLOYMENT === "local",
    configFile: env.SWITCHYARD_CONFIG ?? null,
    configParameter: env.SWITCHYARD_CONFIG_PARAMETER ?? null,
    logLevel: env.SWITCHYARD_LOG_LEVEL,
    aws: { region: env.AWS_REGION, endpoints: endpointsOf(env) ?? {} },
    environment,
  };
};

/** The only look at the process environment. Taken when asked, because tests and the local stack set it late. */
export const processSettings = (): Settings => settingsOf(process.env);
