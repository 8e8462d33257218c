import * as z from "zod";
import { offerSnooze, type SnoozeOffer, snoozeStop } from "../flows/snooze.ts";
import { instant } from "../operation/time.ts";
import { noBody } from "./json-body.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { reply, type Reply, Text } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const params = z.strictObject({ token: z.string().max(1000).meta({ description: "Of a notice's link." }) });

const viewSchema = z
  .strictObject({
    schedule: z.string(),
    stop_at: z.string(),
    until: z.string().meta({ description: "Its servers stay on until then." }),
    snoozed: z.boolean(),
  })
  .meta({ id: "Snooze" });

/** The link itself is the secret: it goes to nobody else, and nothing of the page may come from elsewhere. */
const pageHeaders = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Robots-Tag": "noindex",
} as const;

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

const pageOf = (title: string, text: string, hasButton: boolean): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>
<body><h1>${escaped(title)}</h1><p>${escaped(text)}</p>${
  hasButton ? '<form method="post"><button type="submit">Keep them on</button></form>' : ""
}</body></html>
`;

/** A browser says that it would rather have a page. */
const wantsPage = ({ headers }: IncomingRequest): boolean =>
  /\btext\/html\b/i.test(headers.get("accept") ?? "");

const answer = (
  request: IncomingRequest,
  { schedule, stopAt, until }: SnoozeOffer,
  isSnoozed: boolean,
): Reply => {
  const view = { schedule, stop_at: instant(stopAt), until: instant(until), snoozed: isSnoozed };
  if (!wantsPage(request))
    return reply(200, view, { "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex" });
  const [title, text] = isSnoozed
    ? [`${schedule}: snoozed`, `Its servers stay on until ${view.until}.`]
    : [
        `${schedule}: stop at ${view.stop_at}`,
        `You can keep its servers on until ${view.until}. The link works once.`,
      ];
  return { status: 200, headers: pageHeaders, body: new Text(pageOf(title, text, !isSnoozed)) };
};

const refusals = {
  404: "It is none of our links.",
  409: "`SNOOZE_USED`: it was used. `SNOOZE_TOO_LATE`: the stop has begun.",
  410: "`SNOOZE_EXPIRED`: the stop was before now.",
  503: "Links can't be checked now.",
} as const;

const facts = {
  path: "/snooze/{token}",
  scope: null,
  params,
  query: nothing,
  // Whoever passes links on adds parameters of their own.
  ignoresQuery: true,
  readHeaders: noHeaders,
  body: noBody,
  refusals,
} as const;

const look = route({
  ...facts,
  method: "GET",
  operationId: "showSnooze",
  summary: "Says what a notice's link would do; nothing is done, so that previews of links do no harm",
  answers: {
    200: {
      description: "What it would do: JSON, or a page with a button for a browser.",
      schema: viewSchema,
    },
  },
  handle: async ({ params: { token }, request }, { ports }) =>
    answer(request, await offerSnooze(token, ports), false),
});

const snooze = route({
  ...facts,
  method: "POST",
  operationId: "snoozeStop",
  summary: "Snoozes the stop of a notice, once",
  answers: { 200: { description: "The servers stay on until then.", schema: viewSchema } },
  handle: async ({ params: { token }, request }, { ports }) =>
    answer(request, await snoozeStop(token, ports), true),
});

/** Links of notices: they bear no key; each is signed, works once, and no longer than until its stop. */
export const snoozeRoutes: readonly Route[] = [look, snooze];
