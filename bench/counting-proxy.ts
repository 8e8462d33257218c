import { once } from "node:events";
import { Agent, createServer, request as forward } from "node:http";
import { buffer } from "node:stream/consumers";
import * as z from "zod";

/** One exchange with an AWS stand-in: the operation's name, the request's body, and the status of the answer. */
export interface Exchange {
  readonly action: string;
  readonly body: Buffer;
  readonly status: number;
}

const actionOf = (target: string | string[] | undefined): string => String(target ?? "").replace(/^.*\./, "");

/** Passes every request on to `target` and tells of it once it is answered. On the loopback address. */
export const startCountingProxy = async (
  target: string,
  tellOf: (exchange: Exchange) => void,
): Promise<string> => {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(target);
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    const pass = async (): Promise<void> => {
      const body = await buffer(request);
      const { method, url, headers } = request;
      const onward = forward({ agent, hostname, port, method, path: url, headers });
      onward.on("error", () => response.destroy());
      onward.on("response", (answer) => {
        const status = answer.statusCode ?? 0;
        tellOf({ action: actionOf(headers["x-amz-target"]), body, status });
        response.writeHead(status, answer.headers);
        answer.pipe(response);
      });
      // Whoever polls may leave before the answer.
      response.on("close", () => response.writableFinished || onward.destroy());
      onward.end(body);
    };
    pass().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = z.object({ port: z.number() }).parse(server.address());
  return `http://127.0.0.1:${address.port}`;
};
