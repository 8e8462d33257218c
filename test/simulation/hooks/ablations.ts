import type { AnyAblation } from "../ablate-each.ts";
import type { Patch } from "../patched-source.ts";
import type { Span } from "./receivers.ts";

/** A rule of webhooks, and how a test build does without it. */
export interface HookAblation extends AnyAblation {
  readonly patches: readonly Patch[];
  readonly span?: Span;
}

const delivering = "lib/flows/deliver-webhooks.ts";
const serving = "lib/flows/serve-endpoints.ts";
const dispatching = "lib/flows/dispatch-events.ts";
const attempting = "lib/flows/attempt-delivery.ts";
const storing = "lib/flows/endpoint-store.ts";
const wanting = "lib/webhook/wanted.ts";
const one = (file: string, find: string, put: string): readonly Patch[] => [{ file, find, put }];

const dispatchRules: readonly HookAblation[] = [
  {
    rule: "deliveries have their rows before the feed is read on",
    patches: [
      {
        file: dispatching,
        find: `  await inParallel(pairs, putsAtOnce, (pair) => put(pair, ports));\n  await lease.moveTo(behind, true);`,
        put: `  await lease.moveTo(behind, true);\n  await inParallel(pairs, putsAtOnce, (pair) => put(pair, ports));`,
      },
    ],
    proves: ["delivered"],
  },
  {
    rule: "who was enabled while the feed was read gets what came since",
    patches: one(dispatching, `events.length === 0 ? before : await loadEndpoints(ports)`, `before`),
    strengths: { slow: 8, "tick twice": 2 },
    proves: ["delivered"],
  },
  {
    rule: "the id of a delivery follows from its event and its endpoint",
    patches: one("lib/webhook/new-delivery.ts", "`${eventId}\\n${endpointId}`", "`${eventId}\\n`"),
    proves: ["delivered"],
  },
  {
    rule: "an endpoint gets the types that it asks for",
    patches: one(wanting, `endpoint.types.length > 0 && !`, `endpoint.types.length > 99 && !`),
    proves: ["unwanted"],
  },
  {
    rule: "an endpoint gets events of its connections only",
    patches: one(wanting, `if (known !== null && !`, `if (known !== null && known.length > 99 && !`),
    proves: ["I15"],
  },
  {
    rule: "an endpoint gets nothing from before it was there",
    patches: one(
      wanting,
      `Date.parse(event.time) < Date.parse(endpoint.enabled_since)`,
      `Date.parse(event.time) < 0`,
    ),
    proves: ["unwanted"],
  },
  {
    rule: "what is appended late is for a recovered endpoint, too",
    patches: one(
      "lib/flows/send-again.ts",
      `enabled_since: earlier(on.enabled_since, missed.from),`,
      `enabled_since: on.enabled_since,`,
    ),
    proves: ["delivered"],
  },
  {
    rule: "what is missed is sent up to the end of the feed",
    patches: one("lib/flows/send-again.ts", `  to: null,\n  only_missed`, `  to: since,\n  only_missed`),
    proves: ["delivered"],
  },
];

const attemptRules: readonly HookAblation[] = [
  {
    rule: "410 disables",
    patches: one("lib/webhook/attempt.ts", `if (attempt.status === 410)`, `if (attempt.status === 999)`),
    proves: ["410"],
  },
  {
    rule: "an endpoint is read anew before each attempt",
    patches: [
      {
        file: attempting,
        find: `const endpoint = await loadEndpoint(delivery.endpoint, turn.ports);`,
        put: `const cache = (globalThis.kept ??= new Map()), seen = cache.get(turn) ?? new Map(); cache.set(turn, seen); const endpoint = seen.get(delivery.endpoint) ?? (await loadEndpoint(delivery.endpoint, turn.ports)); seen.set(delivery.endpoint, endpoint);`,
      },
    ],
    proves: ["410", "signature"],
  },
  {
    rule: "Retry-After is honoured",
    patches: one("lib/webhook/retry.ts", `Math.round(Math.max(own, asked))`, `Math.round(own)`),
    proves: ["Retry-After"],
  },
  {
    rule: "nothing is tried before it is due",
    patches: one(attempting, `if ((deliveryDueAt(delivery) ?? Infinity) > now) return;`, ``).concat(
      one(serving, `at.dueAtMilliseconds <= now`, `at.dueAtMilliseconds <= now + 60_000`),
    ),
    proves: ["schedule"],
  },
  {
    rule: "older secrets sign beside the new one",
    patches: one(
      "lib/webhook/signature.ts",
      `[generation, ...older].map(`,
      `[generation, ...older.slice(0, 0)].map(`,
    ),
    proves: ["signature"],
  },
  {
    rule: "an older secret signs no longer than it is said to",
    patches: one("lib/webhook/signature.ts", `Date.parse(until) > now)`, `Date.parse(until) > 0)`),
    proves: ["signature"],
  },
  {
    rule: "3xx is no success",
    patches: one(
      "lib/webhook/attempt.ts",
      `status >= 200 && status < 300) return null`,
      `status >= 200 && status < 400) return null`,
    ),
    proves: ["delivered"],
  },
  {
    rule: "others are told before the row says that it is over",
    patches: [
      {
        file: attempting,
        find: `  await tellEndpoint(endpoint, facts, turn);\n`,
        put: ``,
      },
      {
        file: attempting,
        find: `  await deliveries.replace(next, delivery.version);\n  log.debug`,
        put: `  await deliveries.replace(next, delivery.version);\n  await tellEndpoint(endpoint, facts, turn);\n  log.debug`,
      },
    ],
    strengths: { "crash before": 3, "crash after": 3, "store throttled": 4, slow: 1 },
    proves: ["I4", "410"],
  },
  {
    rule: "five days of only failures disable",
    patches: one("lib/webhook/endpoint-change.ts", `seconds >= disableAfterSeconds`, `seconds >= 1e9`),
    span: "long",
    proves: ["five days"],
  },
  {
    rule: "a success ends the failures",
    patches: one(
      "lib/webhook/endpoint-change.ts",
      `const well = { ...endpoint, ...healthy, updated_at: instant(now) };`,
      `const well = { ...endpoint, updated_at: instant(now) };`,
    ),
    span: "long",
    proves: ["five days"],
  },
];

const otherRules: readonly HookAblation[] = [
  {
    rule: "events about endpoints are marked after they are published",
    patches: [
      {
        file: storing,
        find: `    const known = await alreadyInFeed(outbox, ports);`,
        put: `    await changeEndpoint(id, withoutEvents(new Set(outbox.map((event) => event.id))), ports);\n    const known = await alreadyInFeed(outbox, ports);`,
      },
    ],
    proves: ["I4"],
  },
  {
    rule: "what the bus did not take is sent again",
    patches: one(storing, `.filter((event) => !refused.has(event))`, ``),
    strengths: { "bus takes a part": 6, slow: 1 },
    proves: ["I4"],
  },
  {
    rule: "a deleted endpoint goes when what waited for it is ended",
    patches: [
      ...one(storing, `if (waiting.length === 0) await`, `await`),
      ...one(storing, `const staysSeconds = 60;`, `const staysSeconds = -1;`),
    ],
    proves: ["410"],
  },
  {
    rule: "one lane for each endpoint",
    patches: one(serving, "=> `deliver to ${id}`;", "=> `deliver${id.slice(0, 0)}`;"),
    proves: ["dead"],
  },
  {
    rule: "who comes next need not wait for attempts that are under way",
    patches: one(
      delivering,
      `endsAt }: Delivering): Promise<boolean> => {\n  await lease`,
      `endsAt, errands }: Delivering): Promise<boolean> => {\n  await errands.settled();\n  await lease`,
    ),
    proves: ["dead"],
  },
  {
    rule: "what goes on beside who leads is in a lane of its own",
    patches: one(serving, `isLeading ? !lanes.isOthers(lane)`, `isLeading ? true`),
    proves: ["dead", "schedule", "410"],
  },
  {
    rule: "lanes are given back when time is over",
    patches: one(delivering, `lanes.hold(errands.running);`, `if (errands.isEmpty) lanes.hold([]);`),
    proves: ["dead"],
  },
  {
    rule: "whoever runs out of time looks whether more has come, and wakes somebody",
    patches: one(delivering, `if (isMore && !hasTime) await wakeNext(ports);`, ``),
    proves: ["dead"],
  },
  {
    rule: "what a round has begun is over when it ends",
    patches: one(
      serving,
      `await inParallel(questions, questions.length,`,
      `await (async (items, _width, work) => Promise.all(items.map(work)))(questions, questions.length,`,
    ),
    strengths: { "store throttled": 3, slow: 1 },
    proves: ["I14"],
  },
  {
    rule: "a webhook that comes again finds what it has started",
    patches: one(
      "lib/flows/receive-webhook.ts",
      "`hook\\n${hook}\\n${index}\\n${dedupId}`",
      "`hook\\n${hook}\\n${index}\\n${dedupId}\\n${(globalThis.counted = (globalThis.counted ?? 0) + 1)}`",
    ),
    proves: ["hook"],
  },
  {
    rule: "a limited key sees endpoints of its connections only",
    patches: one(
      "lib/flows/endpoint-request.ts",
      `  (connections !== null && connections.every((connection) => maySee(caller, connection)));`,
      `  connections !== undefined;`,
    ),
    proves: ["I15"],
  },
];

/** Every rule that can be taken out, and where that must show. */
export const hookAblations: readonly HookAblation[] = [...dispatchRules, ...attemptRules, ...otherRules];
