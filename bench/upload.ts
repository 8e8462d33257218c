import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

const row = "upload,DEV1-S,ubuntu_noble\n";
const rowsInAPiece = 2400;

/** A CSV file of so many megabytes, piece by piece. */
function* csv(megabytes: number): Generator<Buffer> {
  yield Buffer.from("name,type,image\n");
  const piece = Buffer.from(row.repeat(rowsInAPiece));
  for (let sent = 0; sent < megabytes * 1024 * 1024; sent += piece.length) yield piece;
}

/** Uploads a file as the rows of a bulk job, without saying before how large it is. */
export const upload = async (
  url: string,
  token: string,
  megabytes: number,
): Promise<{ readonly status: number; readonly body: string }> => {
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "text/csv",
    "idempotency-key": "upload",
  };
  const sent = request(`${url}/v1/bulk-jobs?connection=bench&kind=server.create`, {
    method: "POST",
    headers,
  });
  const answered = Promise.withResolvers<IncomingMessage>();
  sent.once("response", answered.resolve);
  await pipeline(Readable.from(csv(megabytes), { objectMode: false }), sent);
  const answer = await answered.promise;
  return { status: answer.statusCode ?? 0, body: await text(answer) };
};
