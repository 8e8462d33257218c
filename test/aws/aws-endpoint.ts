import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import * as z from "zod";

/** What the endpoint answers: a status and a JSON body, or null to cut the connection. */
export type AwsAnswer = { readonly status: number; readonly body: unknown } | null;

export interface AwsEndpoint {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/** An HTTP endpoint that speaks AWS's JSON protocol: the action is the last part of `x-amz-target`. */
export const startAwsEndpoint = async (
  answerTo: (action: string, body: unknown) => AwsAnswer,
): Promise<AwsEndpoint> => {
  const server = createServer(async (request, response) => {
    const action = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const answer = answerTo(action, await json(request));
    if (answer === null) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer.body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { endpoint: `http://127.0.0.1:${port}`, stop };
};
