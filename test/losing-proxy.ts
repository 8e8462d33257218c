import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import * as z from "zod";

/** A proxy before an engine that carries requests out and, when told, loses the reply. */
export interface LosingProxy {
  readonly endpoint: string;
  /** Loses the replies to the next `count` requests whose `x-amz-target` ends in the action, `meanwhile` first. */
  readonly loseReplies: (action: string, count?: number, meanwhile?: () => Promise<void>) => void;
  /** How many requests were carried out, by action. */
  readonly carried: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
}

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(z.instanceof(Buffer).parse(part));
  return Buffer.concat(parts);
};

const forward = (target: string, message: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target);
    const { method, url: path, headers } = message;
    const options = { hostname, port, headers, ...(path === undefined ? {} : { path }) };
    const onward = request(
      { ...options, ...(method === undefined ? {} : { method }), agent: false },
      resolve,
    );
    onward.on("error", reject);
    onward.end(body);
  });

const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return `http://127.0.0.1:${port}`;
};

/** Starts the proxy before the engine at `target`. */
export const startLosingProxy = async (target: string): Promise<LosingProxy> => {
  const toLose = new Map<string, { readonly count: number; readonly meanwhile: () => Promise<void> }>();
  const carried = new Map<string, number>();
  const carry = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const action = String(message.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const answer = await forward(target, message, await bodyOf(message));
    const body = await bodyOf(answer);
    carried.set(action, (carried.get(action) ?? 0) + 1);
    const lost = toLose.get(action);
    if (lost !== undefined && lost.count > 0) {
      toLose.set(action, { ...lost, count: lost.count - 1 });
      await lost.meanwhile();
      message.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
  };
  const server = createServer((message, response) => {
    carry(message, response).catch((error: unknown) => response.destroy(new Error("lost", { cause: error })));
  });
  const endpoint = await listen(server);
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return {
    endpoint,
    loseReplies: (action, count = 1, meanwhile = () => Promise.resolve()) =>
      toLose.set(action, { count, meanwhile }),
    carried,
    stop,
  };
};
