import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { matchPattern } from "./event-pattern.ts";

type Json = z.core.util.JSONType;
/** An event as EventBridge hands it to a target. */
export type BusEvent = Readonly<Record<string, Json>>;

/** A rule on the bus. `deliver` may throw: the event is then reported as lost, as a target without dead letters is. */
export interface BusRule {
  readonly pattern: Readonly<Record<string, Json>>;
  readonly deliver: (event: BusEvent) => Promise<unknown>;
}

const entrySchema = z.object({
  Source: z.string().min(1),
  DetailType: z.string().min(1),
  Detail: z.string(),
  EventBusName: z.string(),
  Time: z.number().optional(),
  Resources: z.array(z.string()).optional(),
});
const requestSchema = z.object({ Entries: z.array(z.unknown()).min(1).max(10) });
const detailSchema = z.string().transform((json, issues) => {
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(json));
  } catch {
    issues.addIssue("Detail is malformed.");
    return z.NEVER;
  }
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const refusal = (type: string, message: string): Answer => ({ status: 400, body: { __type: type, message } });

/** An entry as an event; null when EventBridge would not take it. */
const eventOf = (entry: unknown, busName: string): BusEvent | null => {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success || parsed.data.EventBusName !== busName) return null;
  const detail = detailSchema.safeParse(parsed.data.Detail);
  if (!detail.success) return null;
  const at = parsed.data.Time === undefined ? new Date() : new Date(parsed.data.Time * 1000);
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": parsed.data.DetailType,
    source: parsed.data.Source,
    account: "000000000000",
    time: `${at.toISOString().slice(0, 19)}Z`,
    region: "eu-west-1",
    resources: parsed.data.Resources ?? [],
    detail: detail.data,
  };
};

const answerOf = (
  target: string | string[] | undefined,
  body: string,
  busName: string,
  take: (event: BusEvent) => void,
): Answer => {
  if (target !== "AWSEvents.PutEvents")
    return refusal("UnknownOperationException", "Only PutEvents is offered.");
  let entries: readonly unknown[];
  try {
    entries = requestSchema.parse(JSON.parse(body)).Entries;
  } catch {
    return refusal("ValidationException", "Entries must be 1 to 10.");
  }
  const results = entries.map((entry) => {
    const event = eventOf(entry, busName);
    if (event === null) return { ErrorCode: "MalformedDetail", ErrorMessage: "The entry can't be taken." };
    take(event);
    return { EventId: event["id"] ?? null };
  });
  const failed = results.filter((result) => "ErrorCode" in result).length;
  return { status: 200, body: { FailedEntryCount: failed, Entries: results } };
};

/** EventBridge's stand-in: takes PutEvents on the loopback address and hands events to the rules that match. */
export const startBus = async (options: {
  readonly busName: string;
  readonly rules: readonly BusRule[];
  readonly report: (message: string, error: unknown) => void;
}): Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }> => {
  const take = (event: BusEvent): void => {
    for (const rule of options.rules) {
      if (!matchPattern(rule.pattern, event)) continue;
      rule
        .deliver(event)
        .catch((error: unknown) => options.report("an event did not reach its target", error));
    }
  };
  const respond = async (request: IncomingMessage): Promise<Answer> =>
    answerOf(request.headers["x-amz-target"], await text(request), options.busName, take);
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    respond(request)
      .then(({ status, body }) => {
        response.writeHead(status, {
          "content-type": "application/x-amz-json-1.1",
          "x-amzn-requestid": randomUUID(),
        });
        return response.end(JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
