import { begin } from "../../lib/operation/begin.ts";
import { usuallyAssumed } from "../../lib/operation/bounds.ts";
import { viewOf, type OperationView } from "../../lib/operation/view.ts";
import { check } from "./checker.ts";
import type { Entry, Fact, History } from "./history.ts";
import { virtualStart } from "./world.ts";

export const start = virtualStart;
export const id = "op_1";
export const at = (seconds: number, fact: Fact): Entry => ({ ...fact, at: start + seconds * 1000 });

const view = (change: Partial<OperationView> = {}): OperationView => {
  const operation = begin(
    {
      id,
      fingerprint: "f",
      kind: "server.create",
      connection: "paris",
      input: {},
      resource: null,
      steps: [{ name: "power_on", mode: "reach", goal: "on" }],
      deadlineSeconds: null,
      isMarked: true,
      graceSeconds: 20,
      assumed: usuallyAssumed,
    },
    start,
  );
  return {
    ...viewOf(operation),
    state: "succeeded",
    done: true,
    ended_at: new Date(start + 9000).toISOString(),
    resource: { type: "server", id: "s1" },
    ...change,
  };
};

export const said = (
  seconds: number,
  count: number,
  type: string,
  more: Partial<Extract<Fact, { what: "published" }>> = {},
) =>
  at(seconds, {
    what: "published",
    id: `evt_${id}_${count}`,
    type: `switchyard.${type}`,
    subject: id,
    sequence: count,
    operation: id,
    bytes: `bytes ${count}`,
    ...more,
  });

export const accepted = (operation: string): Entry =>
  at(0, {
    what: "accepted",
    key: "k",
    body: '{"resource":null,"input":{}}',
    kind: "server.create",
    operation,
    server: null,
  });
export const asked = accepted(id);
export const shown = (change: Partial<OperationView> = {}): Entry =>
  at(20, { what: "shown", view: view(change) });
export const good: readonly Entry[] = [
  asked,
  at(1, { what: "created", server: "s1", by: id }),
  at(2, { what: "booted", server: "s1" }),
  at(3, { what: "state", server: "s1", state: "running" }),
  said(4, 1, "operation.accepted"),
  said(9, 2, "operation.succeeded"),
  shown(),
];

export const facts: History["facts"] = {
  dialect: "scaleway-instance",
  interrupted: false,
  boundsKept: true,
  ratePerSecond: 10,
  faultsEnd: start,
  stalls: false,
  quiet: false,
  deaths: 0,
  onlyRepliesLost: false,
  onlyDeaths: false,
  orphans: null,
  endedAt: start,
};
export const history = (entries: readonly Entry[], change: Partial<History> = {}): History => ({
  entries,
  servers: [{ id: "s1", by: id, state: "running", tags: [], settledAt: start }],
  volumes: [],
  facts,
  ...change,
});
export const without = (what: Fact["what"]): readonly Entry[] => good.filter((entry) => entry.what !== what);
export const brokenBy = (entries: readonly Entry[], change: Partial<History> = {}): readonly string[] => [
  ...new Set(check(history(entries, change)).map(({ invariant }) => invariant)),
];

export function problem(code = "QUOTA_EXCEEDED"): OperationView["error"] {
  return { type: "t", title: "t", status: 422, detail: "no", code };
}
