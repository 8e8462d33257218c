import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { deliveryEventSchema } from "../../events/delivery-event.ts";
import { endpointEventSchema } from "../../events/endpoint-event.ts";
import { endpointChange, longestOverlapSeconds } from "../../lib/webhook/endpoint-change.ts";
import type { EndpointFact } from "../../lib/webhook/endpoint-fact.ts";
import { endpointSchema, type Endpoint } from "../../lib/webhook/endpoint.ts";
import { aDelivery, anEndpoint, day, hour, isoAt, start } from "./endpoints.ts";

type Step = readonly [at: number, fact: EndpointFact];
const failed: EndpointFact = { type: "failed", detail: "answered 503" };
const succeeded: EndpointFact = { type: "succeeded" };

const after = (endpoint: Endpoint, steps: readonly Step[]): Endpoint =>
  steps.reduce((standing, [at, fact]) => endpointChange(standing, fact, start + at).next, endpoint);

const said = ({ outbox }: Endpoint): readonly string[] =>
  outbox.map(({ type }) => type.replace("switchyard.", ""));

describe("an endpoint that fails", () => {
  it.each<readonly [string, readonly Step[], Partial<Endpoint>, readonly string[]]>([
    [
      "remembers its first failure",
      [
        [0, failed],
        [hour, failed],
      ],
      { failing_since: isoAt(start) },
      [],
    ],
    [
      "is well after one success",
      [
        [0, failed],
        [hour, succeeded],
      ],
      { failing_since: null },
      [],
    ],
    [
      "is not spoken of before a day is over",
      [
        [0, failed],
        [day - 1, failed],
      ],
      { warned_at: null },
      [],
    ],
    [
      "is spoken of after a day",
      [
        [0, failed],
        [day, failed],
      ],
      { warned_at: isoAt(start + day) },
      ["endpoint.failing"],
    ],
    [
      "is spoken of once",
      [
        [0, failed],
        [day, failed],
        [2 * day, failed],
      ],
      {},
      ["endpoint.failing"],
    ],
    [
      "counts anew after a success",
      [
        [0, failed],
        [day - 1, succeeded],
        [day, failed],
        [2 * day - 1, failed],
      ],
      { failing_since: isoAt(start + day), warned_at: null },
      [],
    ],
    [
      "is spoken of again when it takes an event",
      [
        [0, failed],
        [day, failed],
        [2 * day, succeeded],
      ],
      { failing_since: null, warned_at: null, state: "enabled" },
      ["endpoint.failing", "endpoint.recovered"],
    ],
    [
      "is tried for five days",
      [
        [0, failed],
        [5 * day - 1, failed],
      ],
      { state: "enabled" },
      ["endpoint.failing"],
    ],
    [
      "is disabled after five days of nothing else",
      [
        [0, failed],
        [day, failed],
        [5 * day, failed],
      ],
      { state: "disabled", disabled_reason: "five days of only failures; the last one: answered 503" },
      ["endpoint.failing", "endpoint.disabled"],
    ],
    [
      "is disabled once",
      [
        [0, failed],
        [5 * day, failed],
        [6 * day, failed],
      ],
      {},
      ["endpoint.disabled"],
    ],
    [
      "is disabled at once by 410",
      [
        [0, { type: "gone" }],
        [1, { type: "gone" }],
      ],
      { state: "disabled", disabled_reason: "it answered 410: it wants no more events" },
      ["endpoint.disabled"],
    ],
    [
      "is not enabled by an answer that comes late",
      [
        [0, { type: "gone" }],
        [1, succeeded],
        [2, failed],
      ],
      { state: "disabled", failing_since: null },
      ["endpoint.disabled"],
    ],
    [
      "is enabled by request, from then on",
      [
        [0, failed],
        [5 * day, failed],
        [6 * day, { type: "recovered" }],
      ],
      {
        state: "enabled",
        disabled_reason: null,
        failing_since: null,
        warned_at: null,
        enabled_since: isoAt(start + 6 * day),
      },
      ["endpoint.disabled", "endpoint.recovered"],
    ],
    [
      "has five days again after that",
      [
        [0, failed],
        [5 * day, failed],
        [6 * day, { type: "recovered" }],
        [6 * day + 1, failed],
        [7 * day, failed],
      ],
      { state: "enabled" },
      ["endpoint.disabled", "endpoint.recovered"],
    ],
    [
      "starts anew at another URL",
      [
        [0, failed],
        [4 * day, { type: "updated", changes: { url: "https://new.example.com/" } }],
        [5 * day, failed],
      ],
      { state: "enabled", failing_since: isoAt(start + 5 * day) },
      ["endpoint.updated"],
    ],
  ])("%s", (_what, steps, is, events) => {
    const endpoint = after(anEndpoint(), steps);
    expect(endpoint).toMatchObject(is);
    expect(said(endpoint)).toEqual(events);
  });

  it("costs no write while nothing changes", () => {
    const failing = after(anEndpoint(), [[0, failed]]);
    const idle: readonly (readonly [Endpoint, EndpointFact])[] = [
      [anEndpoint(), succeeded],
      [failing, failed],
      [anEndpoint(), { type: "recovered" }],
      [anEndpoint(), { type: "updated", changes: { types: [], description: null } }],
      [anEndpoint(), { type: "published", ids: ["evt_x"] }],
    ];
    for (const [endpoint, fact] of idle) {
      const change = endpointChange(endpoint, fact, start + hour);
      expect(change.save).toBe(false);
      expect(change.next).toBe(endpoint);
    }
  });
});

describe("a rotation", () => {
  const rotated = (overlapSeconds: number): EndpointFact => ({ type: "rotated", overlapSeconds });

  it("lets the old secret sign for the overlap, and says until when", () => {
    const next = after(anEndpoint(), [[0, rotated(86_400)]]);
    expect(next).toMatchObject({ generation: 2, previous: [{ generation: 1, until: isoAt(start + day) }] });
    expect(next.outbox[0]?.data).toMatchObject({ previous_secret_until: isoAt(start + day) });
  });

  it("drops those that are over, and keeps those that are not", () => {
    const next = after(anEndpoint(), [
      [0, rotated(3600)],
      [hour / 2, rotated(86_400)],
      [2 * hour, rotated(60)],
    ]);
    expect(next.generation).toBe(4);
    expect(next.previous.map(({ generation }) => generation)).toEqual([3, 2]);
  });

  it("at once ends all that were before", () => {
    const next = after(anEndpoint(), [
      [0, rotated(86_400)],
      [hour, rotated(0)],
    ]);
    expect(next).toMatchObject({ generation: 3, previous: [] });
    expect(next.outbox.at(-1)?.data).toMatchObject({ previous_secret_until: null });
  });

  it("never leaves more than five secrets in use", () => {
    const next = after(
      anEndpoint(),
      Array.from({ length: 12 }, (_, index) => [index, rotated(86_400)] as const),
    );
    expect(next.previous.map(({ generation }) => generation)).toEqual([12, 11, 10, 9]);
  });

  it.each([-1, longestOverlapSeconds + 1, Number.NaN, Infinity])(
    "refuses an overlap of %d seconds",
    (seconds) => {
      expect(() => endpointChange(anEndpoint(), rotated(seconds), start)).toThrow(RangeError);
    },
  );
});

describe("what is said of an endpoint", () => {
  const changes: readonly EndpointFact[] = [
    { type: "created" },
    { type: "updated", changes: { types: ["server.*"], headers: { "x-key": "canary" } } },
    { type: "rotated", overlapSeconds: 60 },
    { type: "exhausted", delivery: aDelivery({ state: "failed", tries: 10 }) },
    { type: "disabled", reason: "switched off by request" },
    { type: "recovered" },
    { type: "gone" },
    { type: "deleted" },
  ];

  it("is counted without gaps under its id, as its schemas say, and holds no query, header or secret", () => {
    const endpoint = after(
      anEndpoint(),
      changes.map((fact, index) => [index, fact] as const),
    );
    expect(said(endpoint)).toEqual([
      "endpoint.created",
      "endpoint.updated",
      "endpoint.secret_rotated",
      "delivery.exhausted",
      "endpoint.disabled",
      "endpoint.recovered",
      "endpoint.disabled",
      "endpoint.deleted",
    ]);
    for (const [index, event] of endpoint.outbox.entries()) {
      const schema = event.type.includes("delivery") ? deliveryEventSchema : endpointEventSchema;
      expect(schema.safeParse(event).error).toBeUndefined();
      expect(event).toMatchObject({
        id: expect.stringMatching(new RegExp(`^evt_endpoint_${start + index}_[0-9a-f]{20}$`)),
        subject: "ep_7d3q9x",
        sequence: index + 1,
        time: isoAt(start + index),
      });
      expect(JSON.stringify(event)).not.toMatch(/canary|token/);
    }
    expect(endpoint.outbox[1]?.data).toMatchObject({ changed: ["types", "headers"] });
    expect(endpointSchema.parse(endpoint).sequence).toBe(changes.length);
  });

  it("leaves the outbox when it is published, and nothing else does", () => {
    const endpoint = after(anEndpoint(), [
      [0, { type: "created" }],
      [1, { type: "gone" }],
    ]);
    const [first] = endpoint.outbox;
    const next = after(endpoint, [[2, { type: "published", ids: [first?.id ?? "", "evt_other"] }]]);
    expect(said(next)).toEqual(["endpoint.disabled"]);
    expect(next.sequence).toBe(2);
  });

  it("is not that an event about a lost event was lost", () => {
    const delivery = aDelivery({ type: "switchyard.delivery.exhausted", state: "failed" });
    expect(endpointChange(anEndpoint(), { type: "exhausted", delivery }, start).save).toBe(false);
  });
});

it("a deleted endpoint says so once and moves no more", () => {
  const gone = after(anEndpoint(), [[0, { type: "deleted" }]]);
  expect(gone).toMatchObject({ deleted_at: isoAt(start), state: "disabled" });
  const later: readonly EndpointFact[] = [{ type: "recovered" }, { type: "deleted" }, failed, succeeded];
  expect(
    after(
      gone,
      later.map((fact) => [1, fact] as const),
    ),
  ).toBe(gone);
});

it("whatever happens, sequences have no gaps and only a request enables", () => {
  const fact = fc.constantFrom<EndpointFact>(
    failed,
    succeeded,
    { type: "gone" },
    { type: "recovered" },
    { type: "rotated", overlapSeconds: 3600 },
    { type: "exhausted", delivery: aDelivery() },
  );
  const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 * day }), fact), { maxLength: 40 });
  fc.assert(
    fc.property(history, (facts) => {
      let endpoint = anEndpoint();
      let now = start;
      for (const [wait, what] of facts) {
        now += wait;
        const { next, save } = endpointChange(endpoint, what, now);
        if (endpoint.state === "disabled" && next.state === "enabled") expect(what.type).toBe("recovered");
        expect(save).toBe(next !== endpoint);
        endpoint = next;
      }
      expect(endpoint.outbox.map(({ sequence }) => sequence)).toEqual(
        endpoint.outbox.map((_, index) => index + 1),
      );
      expect(new Set(endpoint.outbox.map(({ id }) => id)).size).toBe(endpoint.sequence);
    }),
    { numRuns: 500 },
  );
});
