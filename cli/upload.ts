import { createReadStream } from "node:fs";
import { request as plainRequest, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** A file to be sent as it lies there. */
export interface UploadedFile {
  readonly path: string;
  readonly bytes: number;
  readonly type: string;
}

const flat = ({ headers }: IncomingMessage): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
  );

/**
 * Sends a file and resolves with the answer. Unlike `fetch`, which reads a whole body ahead of a slow receiver, it holds
 * no more than a few pieces, and it hears an answer that comes before the end: a refusal of what is too large.
 */
export const upload = async (
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  file: UploadedFile,
  signal: AbortSignal,
): Promise<Response> => {
  const send = url.startsWith("https:") ? secureRequest : plainRequest;
  const sent = send(url, {
    method,
    headers: { ...headers, "content-type": file.type, "content-length": file.bytes },
    signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
  });
  const whole = pipeline(createReadStream(file.path), sent);
  // Whatever becomes of the rest once there is an answer; before, the answer fails with it.
  whole.catch(() => {});
  const answer = await Promise.race([answered, whole.then(() => answered)]);
  const body = await text(answer);
  if (!sent.writableFinished) sent.destroy();
  const status = answer.statusCode ?? 500;
  return new Response(status === 204 ? null : body, { status, headers: flat(answer) });
};
