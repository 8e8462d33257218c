import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import * as z from "zod";
import { Webhook } from "standardwebhooks";

const wordsSchema = z.object({ type: z.string() });

/** What a receiver does wrong; null: nothing. */
export const receiverFaults = [
  "verifies nothing",
  "does not look at the time",
  "takes what is not signed",
  "calls a repeat a conflict",
  "takes the types that it knows only",
  "waits half a second for a body",
  "answers 500 to what it refuses",
  "has another secret",
  "redirects",
  "is gone",
  "throttles",
  "never answers",
] as const;
export type ReceiverFault = (typeof receiverFaults)[number];

interface Asked {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const asked = async (incoming: IncomingMessage): Promise<Asked> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(z.instanceof(Buffer).parse(chunk));
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return { headers: Object.fromEntries(headers), body: Buffer.concat(chunks).toString("utf8") };
};

/** Whether the signature is right, whatever its time. */
const isSigned = (secret: string, { headers, body }: Asked): boolean => {
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  const right = new Webhook(secret).sign(headers["webhook-id"] ?? "", at, body);
  return headers["webhook-signature"]?.split(" ").includes(right) ?? false;
};

const isVerified = (secret: string, { headers, body }: Asked): boolean => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

const isTaken = (fault: ReceiverFault | null, secret: string, request: Asked): boolean => {
  if (fault === "verifies nothing") return true;
  if (fault === "does not look at the time") return isSigned(secret, request);
  if (fault === "takes what is not signed" && request.headers["webhook-signature"] === undefined) return true;
  return isVerified(secret, request);
};

const always: Partial<Record<ReceiverFault, number>> = { redirects: 307, "is gone": 410, throttles: 429 };

/** A receiver of webhooks on loopback, and its end. */
export const openReceiver = async (secret: string, fault: ReceiverFault | null) => {
  const seen = new Set<string>();
  const statusFor = (request: Asked): number => {
    const status = fault === null ? undefined : always[fault];
    if (status !== undefined) return status;
    if (!isTaken(fault, secret, request)) return fault === "answers 500 to what it refuses" ? 500 : 401;
    const id = request.headers["webhook-id"] ?? "";
    const isRepeat = seen.has(id);
    seen.add(id);
    if (isRepeat && fault === "calls a repeat a conflict") return 409;
    const { type } = wordsSchema.parse(JSON.parse(request.body));
    const isKnown = type === "switchyard.endpoint.test";
    return !isKnown && fault === "takes the types that it knows only" ? 400 : 204;
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (fault === "never answers") return;
    const patience =
      fault === "waits half a second for a body"
        ? setTimeout(() => response.writeHead(408, { connection: "close" }).end(), 500)
        : undefined;
    const request = await asked(incoming).catch(() => null);
    clearTimeout(patience);
    if (request !== null && !response.headersSent) response.writeHead(statusFor(request)).end();
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
