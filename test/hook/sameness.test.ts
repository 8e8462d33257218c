import { describe, expect, it } from "vitest";
import { dedupIdOf } from "../../lib/hook/sameness.ts";
import type { Scheme } from "../../lib/hook/scheme.ts";

const idOf = (
  scheme: Scheme,
  payload: unknown,
  headers: Readonly<Record<string, string>> = {},
  dedup: string | null = null,
): string =>
  dedupIdOf(
    { scheme, dedup },
    { headers: new Map(Object.entries(headers)), payload },
    Buffer.from(JSON.stringify(payload)),
  );

const alert = (fingerprint: string, startsAt: string, status = "firing") => ({
  fingerprint,
  startsAt,
  status,
});
const group = (alerts: readonly unknown[], more: object = {}) => ({
  groupKey: "{}:{a}",
  status: "firing",
  alerts,
  ...more,
});

describe("what tells a repeat from something new", () => {
  it.each([
    ["standard", { "webhook-id": "msg_1" }],
    ["github", { "x-github-delivery": "d-1" }],
    ["gitlab", { "x-gitlab-event-uuid": "u-1" }],
    ["bearer", { "idempotency-key": "k-1" }],
    ["basic", { "idempotency-key": "k-1" }],
  ] as const)("is a header of %s, whatever the body says", (scheme, headers) => {
    const [id] = Object.values(headers);
    expect(idOf(scheme, { a: 1 }, headers)).toBe(`id:${id}`);
    expect(idOf(scheme, { a: 2 }, headers)).toBe(idOf(scheme, { a: 1 }, headers));
  });

  it("is the id of Stripe's event", () => {
    expect(idOf("stripe", { id: "evt_1", created: 1 })).toBe("id:evt_1");
  });

  it("is the webhook-id of GitLab where it sends no UUID", () => {
    expect(idOf("gitlab", {}, { "webhook-id": "msg_1" })).toBe("id:msg_1");
  });

  it.each(["standard", "github", "gitlab", "stripe", "grafana", "alertmanager", "bearer", "basic"] as const)(
    "is the body where %s gives nothing else",
    (scheme) => {
      expect(idOf(scheme, { a: 1 })).toMatch(/^body:[0-9a-f]{64}$/);
      expect(idOf(scheme, { a: 1 })).toBe(idOf(scheme, { a: 1 }));
      expect(idOf(scheme, { a: 1 })).not.toBe(idOf(scheme, { a: 2 }));
    },
  );

  const base = group([alert("f1", "t1"), alert("f2", "t2")]);
  it.each<[Scheme, object, object, boolean, string]>([
    ["grafana", base, { ...base, message: "again" }, true, "what is sent again while it lasts"],
    ["grafana", base, group([alert("f2", "t2"), alert("f1", "t1")]), true, "in another order"],
    ["grafana", base, group([alert("f1", "t1"), alert("f2", "t2", "resolved")]), false, "one is resolved"],
    ["grafana", base, group([alert("f1", "t1")]), false, "one alert less"],
    ["grafana", base, group([alert("f1", "t9"), alert("f2", "t2")]), false, "it began anew"],
    ["grafana", base, { ...base, status: "resolved" }, false, "all is resolved"],
    ["alertmanager", base, { ...base, truncatedAlerts: 1 }, true, "what is sent again while it lasts"],
    ["alertmanager", base, group([alert("f2", "t2"), alert("f1", "t1")]), true, "in another order"],
    ["alertmanager", base, { ...base, status: "resolved" }, false, "it is resolved"],
    ["alertmanager", base, { ...base, groupKey: "{}:{b}" }, false, "another group"],
    ["alertmanager", base, group([alert("f1", "t3")]), false, "it began anew"],
  ])("of %s, row %#", (scheme, one, other, same) => {
    expect(idOf(scheme, one) === idOf(scheme, other)).toBe(same);
  });

  it.each([
    ["/data/order", { data: { order: "o-1" } }, {}, "own:o-1"],
    ["/data/order", { data: { order: 7 } }, {}, "own:7"],
    ["header:X-Id", {}, { "x-id": "x-1" }, "own:x-1"],
    ["{{/type}} {{/data/order}}", { type: "paid", data: { order: "o-1" } }, {}, 'own:"paid o-1"'],
    ["/data/order", { data: {} }, { "webhook-id": "msg_1" }, "id:msg_1"],
    ["/data", { data: {} }, { "webhook-id": "msg_1" }, "id:msg_1"],
    ["{{/type}} {{/none}}", { type: "paid" }, { "webhook-id": "msg_1" }, "id:msg_1"],
  ])("is what the hook says, %s, where it finds that: row %#", (dedup, payload, headers, id) => {
    expect(idOf("standard", payload, headers, dedup)).toBe(id);
  });
});
