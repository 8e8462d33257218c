import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../ports/clock.ts";
import type { Randomness } from "../ports/randomness.ts";
import type { TableClient } from "./table-client.ts";

/** A request as the AWS SDK hands it over. */
interface AwsRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the AWS SDK takes it. */
export interface AwsAnswer {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
  };
}

/** What carries requests in the place of the SDK's own transport. */
export interface AwsTransport {
  handle(request: AwsRequest): Promise<AwsAnswer>;
  /** The SDK calls it where its client is destroyed. */
  destroy(): void;
}

/** Where AWS is. Endpoints and credentials are only given locally and in tests; in AWS the SDK finds its own. */
export interface AwsSettings {
  readonly region: string;
  readonly endpoints?: {
    readonly dynamodb?: string;
    readonly sqs?: string;
    readonly events?: string;
    readonly ssm?: string;
    readonly secretsmanager?: string;
  };
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly transport?: AwsTransport;
  /** Opens a leaner client of the table than the SDK's; null: the SDK's will do. */
  readonly openTable?: (settings: AwsSettings, clock: Clock, randomness: Randomness) => TableClient | null;
}

/** Time limits in milliseconds: a call that hangs must not eat the function's whole time. */
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
/** Repeats are safe for all that we call: reads, sends that may be doubled, and writes whose token tells our own. */
const maxAttempts = 4;

const common = (settings: AwsSettings, endpoint: string | undefined) => ({
  region: settings.region,
  maxAttempts,
  requestHandler: settings.transport ?? requestHandler,
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
});

/** A client for the table. One a process: it keeps connections. */
export const tableClient = (settings: AwsSettings): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(common(settings, settings.endpoints?.dynamodb)), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** A client for the queues. It sends to the host of the queue's URL. */
export const queueClient = (settings: AwsSettings): SQSClient =>
  new SQSClient(common(settings, settings.endpoints?.sqs));

/** A client for the bus. */
export const busClient = (settings: AwsSettings): EventBridgeClient =>
  new EventBridgeClient(common(settings, settings.endpoints?.events));

/** A client for the parameter store; its code is loaded at the first use, to keep cold starts short. */
export const parameterClient = async (settings: AwsSettings): Promise<SSMClient> => {
  const { SSMClient: Client } = await import("@aws-sdk/client-ssm");
  return new Client(common(settings, settings.endpoints?.ssm));
};

/** A client for the secrets manager; its code is loaded at the first use. */
export const secretClient = async (settings: AwsSettings): Promise<SecretsManagerClient> => {
  const { SecretsManagerClient: Client } = await import("@aws-sdk/client-secrets-manager");
  return new Client(common(settings, settings.endpoints?.secretsmanager));
};
