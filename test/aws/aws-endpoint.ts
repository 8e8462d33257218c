import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
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
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const action = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const answer = answerTo(action, await json(request));
    if (answer === null) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer.body));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A request that the test did not expect: say so in the answer, so that the test fails with the reason.
      response.writeHead(400).end(JSON.stringify({ __type: "UnexpectedRequest", message: String(error) }));
    });
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
