import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { AwsSecrets } from "../../lib/aws/aws-secrets.ts";
import type { AwsSettings } from "../../lib/aws/clients.ts";
import { SecretUnavailable } from "../../lib/ports/secrets.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";
import { secretsContract } from "../contracts/secrets.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { type AwsAnswer, type AwsEndpoint, startAwsEndpoint } from "./aws-endpoint.ts";

const parameterSchema = z.strictObject({ Name: z.string(), WithDecryption: z.literal(true) });
const secretSchema = z.strictObject({ SecretId: z.string() });

let endpoint: AwsEndpoint;
let settings: AwsSettings;
let stored = new Map<string, string>();
let asked = 0;

const answer = (action: string, body: unknown): AwsAnswer => {
  asked += 1;
  if (action === "GetParameter") {
    const { Name } = parameterSchema.parse(body);
    const Value = stored.get(`ssm:${Name}`);
    return Value === undefined
      ? { status: 400, body: { __type: "ParameterNotFound" } }
      : { status: 200, body: { Parameter: { Name, Value, Type: "SecureString" } } };
  }
  const { SecretId } = secretSchema.parse(body);
  const SecretString = stored.get(`secretsmanager:${SecretId}`);
  return SecretString === undefined
    ? { status: 400, body: { __type: "ResourceNotFoundException" } }
    : { status: 200, body: { Name: SecretId, SecretString } };
};

beforeAll(async () => {
  endpoint = await startAwsEndpoint(answer);
  settings = {
    region: localRegion,
    credentials: localCredentials,
    endpoints: { ssm: endpoint.endpoint, secretsmanager: endpoint.endpoint },
  };
});
afterAll(() => endpoint.stop());
beforeEach(() => {
  stored = new Map();
  asked = 0;
});

const open = () => {
  const clock = new VirtualClock();
  const environment: Record<string, string | undefined> = {};
  return { clock, environment, secrets: new AwsSecrets(settings, environment, clock) };
};

const references = ["env:SCW_SECRET_KEY", "ssm:/switchyard/paris/key", "secretsmanager:switchyard/paris"];
secretsContract("AWS", references, async () => {
  const { clock, environment, secrets } = open();
  const set = (reference: string, value: string | undefined): void => {
    if (reference.startsWith("env:")) environment[reference.slice(4)] = value;
    else if (value === undefined) stored.delete(reference);
    else stored.set(reference, value);
  };
  return { secrets, clock, set };
});

describe("secrets of AWS", () => {
  it("are asked for once, by however many at once, and not again for 5 minutes", async () => {
    const { secrets, clock } = open();
    stored.set("ssm:/key", "value");
    await Promise.all(Array.from({ length: 8 }, () => secrets.read("ssm:/key")));
    await clock.advance(299_999);
    await secrets.read("ssm:/key");
    expect(asked).toBe(1);
    await clock.advance(1);
    await secrets.read("ssm:/key");
    expect(asked).toBe(2);
  });

  it("are asked for once more for any number of callers who were shown another value", async () => {
    const { secrets, clock } = open();
    stored.set("ssm:/key", "old");
    await secrets.read("ssm:/key");
    await clock.advance(10_000);
    stored.set("ssm:/key", "new");
    const values = await Promise.all(Array.from({ length: 50 }, () => secrets.readAnew("ssm:/key")));
    expect(new Set(values)).toEqual(new Set(["new"]));
    expect(asked).toBe(2);
  });

  it("keep their own time when one was forgotten while it was on its way", async () => {
    const { secrets } = open();
    stored.set("ssm:/key", "old");
    const first = secrets.read("ssm:/key");
    secrets.forget("ssm:/key");
    stored.set("ssm:/key", "new");
    await first;
    expect(await secrets.read("ssm:/key")).toBe("new");
  });

  it.each(["env:toString", "env:__proto__", "vault:key", "nothing", ""])(
    "have no value behind %j",
    async (reference) => {
      await expect(open().secrets.read(reference)).rejects.toThrow(SecretUnavailable);
    },
  );

  it("carry the store's refusal as cause", async () => {
    await expect(open().secrets.read("ssm:/none")).rejects.toMatchObject({
      reference: "ssm:/none",
      cause: { name: "ParameterNotFound" },
    });
  });
});
