import type { Deployment } from "./deployment.ts";
import { simulatedSecret, simulatedSecretVariable } from "./default-connection.ts";
import { localCredentials, localRegion } from "./embedded-table.ts";

/** The API key of the embedded stack unless `SWITCHYARD_API_KEY` sets another. */
export const localApiKey = "swy_dev_local";

export interface LocalEndpoints {
  readonly table: string;
  readonly queue: string;
  readonly bus: string;
}

/** What differs from one embedded stack to the next. */
export interface LocalSettings {
  readonly deployment: string;
  readonly table: string;
  readonly bus: string;
  readonly endpoints: LocalEndpoints;
  readonly startQueueUrl: string;
  readonly followQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly deliverQueueUrl: string;
  readonly bulkQueueUrl: string;
  /** What the secrets of endpoints are made from. */
  readonly signingKey: string;
  /** Null: the connections are those of `SCW_*` or of scw's own file. */
  readonly configFile: string | null;
  readonly simulated: boolean;
}

/** The variables that have a value of their own on one machine, for each name that serverless.yml gives functions. */
const functionVariables = (settings: LocalSettings, given: NodeJS.ProcessEnv): Record<string, string> => ({
  SWITCHYARD_DEPLOYMENT: settings.deployment,
  SWITCHYARD_TABLE: settings.table,
  SWITCHYARD_START_QUEUE_URL: settings.startQueueUrl,
  SWITCHYARD_FOLLOW_QUEUE_URL: settings.followQueueUrl,
  SWITCHYARD_DEAD_LETTER_QUEUE_URL: settings.deadLetterQueueUrl,
  SWITCHYARD_DELIVER_QUEUE_URL: settings.deliverQueueUrl,
  SWITCHYARD_BULK_QUEUE_URL: settings.bulkQueueUrl,
  SWITCHYARD_BUS: settings.bus,
  SWITCHYARD_CONFIG_PARAMETER: "",
  SWITCHYARD_API_KEY_REFERENCE: "env:SWITCHYARD_API_KEY",
  SWITCHYARD_SIGNING_KEY_REFERENCE: "env:SWITCHYARD_SIGNING_KEY",
  SWITCHYARD_LOG_LEVEL: given["SWITCHYARD_LOG_LEVEL"] ?? "WARN",
});

/** Variables of the machine: a real account's must not be in reach of anything that runs here. */
const machineVariables = (settings: LocalSettings, given: NodeJS.ProcessEnv): Record<string, string> => ({
  AWS_REGION: localRegion,
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: settings.endpoints.table,
  AWS_ENDPOINT_URL_SQS: settings.endpoints.queue,
  AWS_ENDPOINT_URL_EVENTBRIDGE: settings.endpoints.bus,
  POWERTOOLS_METRICS_DISABLED: "true",
  SWITCHYARD_API_KEY: given["SWITCHYARD_API_KEY"] || localApiKey,
  SWITCHYARD_SIGNING_KEY: given["SWITCHYARD_SIGNING_KEY"] || settings.signingKey,
  ...(settings.configFile === null ? {} : { SWITCHYARD_CONFIG: settings.configFile }),
  ...(settings.simulated ? { [simulatedSecretVariable]: simulatedSecret } : {}),
});

const forgotten = ["AWS_SESSION_TOKEN", "AWS_PROFILE"] as const;

/**
 * What the functions' environment is to be; null: to be removed. The functions share one process, so it is set on the
 * process itself, before any handler is imported.
 * @throws Error when serverless.yml has a name that has no value here
 */
export const localEnvironment = (
  deployment: Deployment,
  settings: LocalSettings,
  given: NodeJS.ProcessEnv,
): Readonly<Record<string, string | null>> => {
  const variables = functionVariables(settings, given);
  const unknown = deployment.environment.filter((name) => !Object.hasOwn(variables, name));
  if (unknown.length > 0) {
    throw new Error(`The embedded stack has no value for ${unknown.join(", ")} of serverless.yml`);
  }
  const set = { ...variables, ...machineVariables(settings, given) };
  const removed = Object.entries(set).filter(([, value]) => value === "");
  return {
    ...set,
    ...Object.fromEntries([...forgotten, ...removed.map(([name]) => name)].map((name) => [name, null])),
  };
};

/** Writes it to an environment such as `process.env`. */
export const applyEnvironment = (
  environment: NodeJS.ProcessEnv,
  changes: Readonly<Record<string, string | null>>,
): void => {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete environment[name];
    else environment[name] = value;
  }
};
