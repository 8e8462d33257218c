import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { afterEach, describe, expect, it } from "vitest";
import type { AwsSettings, AwsTransport } from "../../lib/aws/clients.ts";
import { leanTable } from "../../lib/aws/lean-table.ts";
import { signedHeaders } from "../../lib/aws/request-signature.ts";
import { createAwsTransport } from "../../lib/aws/undici-transport.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";
import { tableSuite } from "../contracts/table-suite.ts";
import { dynoxideEngine, hasDynoxide } from "../dynoxide-engine.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { dynaliteEngine } from "../table-engine.ts";
import { startAwsEndpoint } from "./aws-endpoint.ts";
import { engineWorlds, type OpenClient } from "./engine-world.ts";

const leanClient = (settings: AwsSettings, clock = new VirtualClock({ automatic: true })): OpenClient => {
  const transport = createAwsTransport();
  const table = leanTable({ ...settings, transport }, clock, new SeededRandomness(7));
  if (table === null) throw new Error("It has a transport.");
  return Object.assign(table, { destroy: () => transport.destroy() });
};

describe("the lean table on dynalite", () => {
  tableSuite("dynalite, lean", engineWorlds(dynaliteEngine, leanClient));
});
describe.skipIf(!hasDynoxide)("the lean table on dynoxide", () => {
  tableSuite("dynoxide, lean", engineWorlds(dynoxideEngine, leanClient));
});

describe("the lean table", () => {
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  const settings = { region: localRegion, credentials: localCredentials };
  const put = new PutCommand({ TableName: "rows", Item: { pk: "a", sk: "b" } });

  /** A table that gives these answers one after the other, the last one again and again. */
  const answering = async (...answers: { readonly status: number; readonly body: unknown }[]) => {
    const asked: string[] = [];
    const endpoint = await startAwsEndpoint((action) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(action);
      return answer ?? { status: 200, body: {} };
    });
    const client = leanClient({ ...settings, endpoints: { dynamodb: endpoint.endpoint } });
    stops.push(
      () => endpoint.stop(),
      () => client.destroy(),
    );
    return { client, asked };
  };
  const fault = (status: number, type: string) => ({
    status,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "no" },
  });

  it.each([
    [400, "ThrottlingException", "it asks for patience"],
    [400, "ProvisionedThroughputExceededException", "it asks for patience"],
    [500, "InternalServerError", "it may have been a moment's"],
    [503, "UnknownError", "it may have been a moment's"],
  ])("asks again after %i %s: %s", async (status, type) => {
    const { client, asked } = await answering(fault(status, type), { status: 200, body: {} });
    await client.send(put);
    expect(asked).toEqual(["PutItem", "PutItem"]);
  });

  it("gives up after four times", async () => {
    const { client, asked } = await answering(fault(500, "InternalServerError"));
    await expect(client.send(put)).rejects.toMatchObject({ name: "InternalServerError" });
    expect(asked).toHaveLength(4);
  });

  it.each([
    [400, "ValidationException", "it will never be better"],
    [400, "AccessDeniedException", "nobody may do it"],
  ])("does not ask again after %i %s: %s", async (status, type) => {
    const { client, asked } = await answering(fault(status, type));
    await expect(client.send(put)).rejects.toMatchObject({ name: type });
    expect(asked).toHaveLength(1);
  });

  it("tells a condition that does not hold by the SDK's own name", async () => {
    const { client } = await answering(fault(400, "ConditionalCheckFailedException"));
    await expect(client.send(put)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  });

  it("takes nothing for an answer that is no object", async () => {
    const { client } = await answering({ status: 200, body: "<html>" });
    await expect(client.send(new GetCommand({ TableName: "rows", Key: { pk: "a" } }))).rejects.toThrow(
      "expected object",
    );
  });

  it("is no one's who has no transport", () => {
    expect(leanTable(settings, new VirtualClock({ automatic: true }), new SeededRandomness(1))).toBeNull();
  });

  /** What a client has sent, seen by its transport. */
  const seenBy = async (ask: (transport: AwsTransport) => Promise<unknown>) => {
    const requests: Parameters<AwsTransport["handle"]>[0][] = [];
    await ask({
      handle: async (request) => {
        requests.push(request);
        return { response: { statusCode: 200, headers: {}, body: Buffer.from("{}") } };
      },
      destroy: () => {},
    });
    return requests;
  };

  it("asks at the same place and in the same words as the SDK", async () => {
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
    const query = new QueryCommand({
      TableName: "rows",
      KeyConditionExpression: "pk = :pk AND sk > :sk",
      ExpressionAttributeValues: { ":pk": "größe", ":sk": 5, ":bytes": Uint8Array.of(0, 255) },
      ExclusiveStartKey: { pk: "a", sk: -0.5 },
      Limit: 3,
    });
    const [theirs] = await seenBy((requestHandler) =>
      DynamoDBDocumentClient.from(
        new DynamoDBClient({ region: "eu-west-3", credentials, requestHandler }),
      ).send(query),
    );
    const clock = new VirtualClock({ automatic: true });
    const [ours] = await seenBy(async (transport) => {
      const table = leanTable(
        { region: "eu-west-3", credentials, transport },
        clock,
        new SeededRandomness(1),
      );
      await table?.send(query);
    });
    expect(ours).toMatchObject({ hostname: theirs?.hostname, protocol: theirs?.protocol, path: "/" });
    const textOf = (body: unknown): string => {
      if (typeof body === "string") return body;
      const { buffer, byteOffset, byteLength } = z.instanceof(Uint8Array).parse(body);
      return Buffer.from(buffer, byteOffset, byteLength).toString();
    };
    expect(JSON.parse(textOf(ours?.body))).toEqual(JSON.parse(textOf(theirs?.body)));
    for (const name of ["x-amz-target", "content-type", "host", "x-amz-security-token"])
      expect(ours?.headers[name]).toBe(theirs?.headers[name]);
  });

  // Both signatures are those that @smithy/signature-v4 gives for the same headers.
  it.each([
    [undefined, "cc8a5eee84a5e5ce011573b48c9b01dd7a9ae3e6967973a45d93dd244e3b4b09"],
    ["a/token+=", "a9388805b85da8d90b779a273359e9a2bb16aeee0b1447ab7c1a7a618a5396fc"],
  ])("signs as the rules say, with the session token %s", (sessionToken, signature) => {
    const { authorization } = signedHeaders(
      {
        service: "dynamodb",
        region: "us-east-1",
        host: "dynamodb.us-east-1.amazonaws.com",
        target: "DynamoDB_20120810.ListTables",
        body: "{}",
        at: Date.parse("2026-11-02T08:00:00.000Z"),
      },
      {
        accessKeyId: "AKIDEXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        sessionToken,
      },
    );
    expect(authorization).toContain(`, Signature=${signature}`);
  });
});
