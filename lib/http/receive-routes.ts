import * as z from "zod";
import { receiveWebhook } from "../flows/receive-webhook.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import { operationIdPattern } from "../operation/operation-id.ts";
import type { BodyRule } from "./json-body.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

/** Any text: what is no name of a hook is the name of none, and answered so. */
const params = z.strictObject({ name: z.string().meta({ description: "Name of the hook." }) });

const faultSchema = z.strictObject({ pointer: z.string(), detail: z.string() });
const heldSchema = z.enum(["cooldown", "daily_cap"]);

/** GitHub may send 25 MB and the gateway takes 10; what starts an operation is far smaller. */
const largestBytes = 1024 * 1024;

/** The bytes as sent: nothing of them is believed, or even parsed, before they are verified. */
const webhookBody: BodyRule<Uint8Array> = {
  document: {
    schema: z.json().meta({ description: "JSON, or a form with the field `payload`; the sender's own." }),
    required: true,
  },
  check: ({ body }) => {
    if (body.length <= largestBytes) return;
    throw new RequestRefused({
      status: 413,
      code: "PAYLOAD_TOO_LARGE",
      title: "The body is too large",
      detail: `The body has ${body.length} bytes; at most ${largestBytes} are taken.`,
      hint: "Set the sender to fewer events, or to less in each.",
    });
  },
  read: ({ body }) => body,
};

const receive = route({
  method: "POST",
  path: "/hooks/{name}",
  operationId: "receiveWebhook",
  summary: "Takes a webhook, and starts what the hook's rules say",
  scope: null,
  params,
  query: nothing,
  ignoresQuery: true,
  readHeaders: noHeaders,
  body: webhookBody,
  answers: {
    202: {
      description: "It is verified. A repeat is answered with what the first one started.",
      schema: z
        .strictObject({
          operations: z.array(z.string().regex(operationIdPattern)),
          pending: z
            .array(z.strictObject({ rule: z.string() }))
            .exactOptional()
            .meta({
              description:
                "The rule names servers by name or tag: they are looked for now, and what is started is told by events.",
            }),
          refused: z
            .array(z.strictObject({ rule: z.string(), errors: z.array(faultSchema) }))
            .exactOptional()
            .meta({ description: "The rule wanted it and can make nothing of it." }),
          held: z
            .array(z.strictObject({ rule: z.string(), why: heldSchema, until: z.string() }))
            .exactOptional()
            .meta({ description: "The rule wanted it and may not act again yet." }),
        })
        .meta({ id: "WebhookReceived" }),
    },
  },
  refusals: {
    400: "It is verified, and not JSON.",
    401: "`WEBHOOK_NOT_VERIFIED`: it is not verified, or there is no such hook.",
    409: "`STOPPED`: nothing may be changed for now; later it may.",
    413: "The body is larger than 1 MiB.",
    429: "A limit of the connection is reached; later it is not.",
    503: "It can't be taken now; send it again.",
  },
  handle: async ({ params: { name }, body, request: { headers, requestId } }, { ports }) =>
    reply(202, await receiveWebhook(name, { headers, body, requestId }, ports)),
});

/** Webhooks themselves: they bear no key, and prove by the hook's scheme who has sent them. */
export const receiveRoutes: readonly Route[] = [receive];
