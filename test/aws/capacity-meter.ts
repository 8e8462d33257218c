import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { AwsSettings } from "../../lib/aws/clients.ts";

const unitsSchema = z.object({ CapacityUnits: z.number().default(0) });
const consumedSchema = z.object({
  ConsumedCapacity: z.union([unitsSchema.transform((one) => [one]), z.array(unitsSchema)]).default([]),
});

/** A client that asks DynamoDB what each call cost, and adds it up. */
export interface MeteredClient {
  readonly client: DynamoDBDocumentClient;
  /** Capacity units since the last reading, and how many calls used them. */
  readonly reading: () => { readonly units: number; readonly calls: number };
}

/** Capacity units in every answer's `ConsumedCapacity`, indexes included. */
export const meteredClient = (settings: AwsSettings): MeteredClient => {
  const endpoint = settings.endpoints?.dynamodb;
  const plain = new DynamoDBClient({
    region: settings.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
  });
  let units = 0;
  let calls = 0;
  plain.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
      const { ConsumedCapacity: consumed } = consumedSchema.parse(answer.output);
      units += consumed.reduce((sum, one) => sum + one.CapacityUnits, 0);
      calls += 1;
      return answer;
    },
    { step: "initialize" },
  );
  const reading = (): { units: number; calls: number } => {
    const now = { units, calls };
    units = 0;
    calls = 0;
    return now;
  };
  return { client: DynamoDBDocumentClient.from(plain), reading };
};
