import { describe, expect, it } from "vitest";
import { abandoned, attempted, type Outcome, type Tried } from "../../lib/webhook/attempt.ts";
import { deliverySchema, type Delivery } from "../../lib/webhook/delivery.ts";
import { replayed } from "../../lib/webhook/new-delivery.ts";
import { delaysSeconds } from "../../lib/webhook/retry.ts";
import { endpointSecret } from "../../lib/webhook/signature.ts";
import { aDelivery, hour, isoAt, master, start } from "./endpoints.ts";

const answered = (status: number, more: Partial<Extract<Outcome, { type: "answered" }>> = {}): Outcome => ({
  type: "answered",
  status,
  headers: {},
  body: "",
  ...more,
});

const tried = (outcome: Outcome, more: Partial<Tried> = {}): Tried => ({
  startedAt: start,
  endedAt: start + 120,
  outcome,
  fraction: 0.5,
  secrets: [],
  ...more,
});

const attempt = (outcome: Outcome, more: Partial<Delivery> = {}) =>
  attempted(aDelivery(more), tried(outcome));

describe("an attempt that was answered", () => {
  it.each([200, 201, 202, 204, 299])("with %d is a success, and the end", (status) => {
    const { next, facts } = attempt(answered(status));
    expect(next).toMatchObject({ version: 2, state: "succeeded", next_attempt_at: null, tries: 1 });
    expect(next.attempts).toEqual([
      { at: isoAt(start), status, error: null, duration_ms: 120, response: null },
    ]);
    expect(facts).toEqual([{ type: "succeeded" }]);
  });

  it.each([
    [100, "answered 100"],
    [199, "answered 199"],
    [301, "redirects are not followed: put the final URL into the endpoint"],
    [304, "redirects are not followed: put the final URL into the endpoint"],
    [308, "redirects are not followed: put the final URL into the endpoint"],
    [400, "answered 400"],
    [401, "answered 401"],
    [404, "answered 404"],
    [409, "answered 409"],
    [429, "answered 429"],
    [500, "answered 500"],
    [503, "answered 503"],
  ])("with %d is tried again: %s", (status, words) => {
    const { next, facts } = attempt(answered(status));
    expect(next).toMatchObject({ state: "pending", tries: 1, next_attempt_at: isoAt(start + 120 + 5000) });
    expect(next.attempts[0]?.error).toContain(words);
    expect(facts).toEqual([{ type: "failed", detail: next.attempts[0]?.error }]);
  });

  it("with 410 is the end at once, whatever its place in the schedule", () => {
    for (const tries of [0, 4, 9]) {
      const { next, facts } = attempt(answered(410), { tries });
      expect(next).toMatchObject({ state: "failed", next_attempt_at: null, tries: tries + 1 });
      expect(facts).toEqual([{ type: "gone" }]);
    }
  });

  it("that asks for patience is given it", () => {
    const busy = answered(429, { headers: { "retry-after": "3600" } });
    expect(attempt(busy).next.next_attempt_at).toBe(isoAt(start + 120 + hour));
  });
});

describe("an attempt that was not answered", () => {
  it.each([
    [{ type: "not_sent", detail: "ECONNREFUSED" }, "not sent: ECONNREFUSED"],
    [
      { type: "refused_address", detail: "10.0.0.1 is private" },
      "not sent, the address is refused: 10.0.0.1 is private",
    ],
    [
      { type: "unclear", detail: "no complete answer within 15000 ms" },
      "may have arrived: no complete answer within 15000 ms",
    ],
  ] as const)("is a failure like others: %j", (outcome, error) => {
    const { next, facts } = attempt(outcome);
    expect(next).toMatchObject({ state: "pending", tries: 1 });
    expect(next.attempts).toEqual([
      { at: isoAt(start), status: null, error, duration_ms: 120, response: null },
    ]);
    expect(facts).toEqual([{ type: "failed", detail: error }]);
  });
});

describe("a delivery that never goes well", () => {
  it("is attempted ten times in three days, ends as failed, and says so once", () => {
    let delivery = aDelivery();
    let now = start;
    const said: string[] = [];
    const waits: number[] = [];
    while (delivery.next_attempt_at !== null) {
      waits.push((Date.parse(delivery.next_attempt_at) - now) / 1000);
      now = Date.parse(delivery.next_attempt_at);
      const { next, facts } = attempted(delivery, tried(answered(503), { startedAt: now, endedAt: now }));
      said.push(...facts.map(({ type }) => type));
      expect(deliverySchema.parse(next).body).toBe(delivery.body);
      delivery = next;
    }
    expect(waits).toEqual([...delaysSeconds]);
    expect((now - start) / hour).toBeCloseTo(75.6, 1);
    expect(delivery).toMatchObject({ state: "failed", tries: 10, version: 11 });
    expect(said).toEqual([...Array.from({ length: 10 }, () => "failed"), "exhausted"]);
  });

  it("begins its schedule anew when it is replayed, under the same id and with the same bytes", () => {
    const over = attempt(answered(500), { tries: 9 }).next;
    const again = replayed(over, start + hour);
    expect(again).toEqual({
      ...over,
      version: over.version + 1,
      state: "pending",
      tries: 0,
      next_attempt_at: isoAt(start + hour),
      updated_at: isoAt(start + hour),
    });
  });

  it("shows its last twenty attempts, however often it is replayed", () => {
    let delivery = aDelivery();
    for (let times = 0; times < 45; times += 1) {
      delivery = replayed(
        attempted(delivery, tried(answered(500), { startedAt: start + times })).next,
        start,
      );
    }
    expect(delivery.attempts).toHaveLength(20);
    expect(delivery.attempts.at(-1)?.at).toBe(isoAt(start + 44));
  });
});

it("a delivery that is over does not move", () => {
  for (const state of ["succeeded", "failed"] as const) {
    const over = aDelivery({ state, next_attempt_at: null });
    expect(attempted(over, tried(answered(500)))).toEqual({ next: over, facts: [], why: "it is over" });
    expect(abandoned(over, start, "x")).toBe(over);
  }
});

it("a delivery to an endpoint that is off ends without an attempt, and says why", () => {
  const next = abandoned(aDelivery({ tries: 3 }), start, "the endpoint is disabled");
  expect(next).toMatchObject({ state: "failed", next_attempt_at: null, tries: 3, version: 2 });
  expect(next.attempts.at(-1)).toMatchObject({ status: null, error: "not sent: the endpoint is disabled" });
});

it("nothing secret that a receiver repeats is kept", () => {
  const secret = endpointSecret(master, "ep_7d3q9x", 1);
  const body = `{"got":"${secret}","key":"${master}","own":"own-header-value"}`;
  const { next } = attempted(
    aDelivery(),
    tried(answered(400, { body }), { secrets: [secret, master, "own-header-value"] }),
  );
  expect(next.attempts[0]?.response).toBe('{"got":"[secret]","key":"[secret]","own":"[secret]"}');
});
