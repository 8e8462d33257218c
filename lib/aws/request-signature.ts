import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/** What proves who asks. In Lambda all three are of the function's role. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request to a service that takes one JSON text: always `POST /`. */
export interface Unsigned {
  readonly service: string;
  readonly region: string;
  readonly host: string;
  /** Header `x-amz-target`. */
  readonly target: string;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const contentType = "application/x-amz-json-1.0";
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** The key of a day, which is derived once. */
let known: { readonly of: string; readonly key: KeyObject } | null = null;
const signingKey = (secret: string, day: string, region: string, service: string): KeyObject => {
  const of = [secret, day, region, service].join("\n");
  if (known?.of !== of) {
    const key = [region, service, "aws4_request"].reduce(hmac, hmac(`AWS4${secret}`, day));
    known = { of, key: createSecretKey(key) };
  }
  return known.key;
};

/** The headers of a request with its signature (AWS Signature Version 4). */
export const signedHeaders = (
  { service, region, host, target, body, at }: Unsigned,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
): Readonly<Record<string, string>> => {
  const time = new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  // In the order of their names, as the signature wants them.
  const headers = {
    "content-type": contentType,
    host,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    "x-amz-target": target,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = `POST\n/\n\n${lines.join("")}\n${names}\n${hash("sha256", body)}`;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash("sha256", request)}`;
  const key = signingKey(secretAccessKey, day, region, service);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const credential = `${accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
};
