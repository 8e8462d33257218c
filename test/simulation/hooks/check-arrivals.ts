import { Webhook } from "standardwebhooks";
import { canaryOf } from "../../fuzz/canaries.ts";
import { simulatedCanaries } from "../../fuzz/overheard.ts";
import { endpointSecret } from "../../../lib/webhook/signature.ts";
import { asksFor } from "./asks.ts";
import type { HookCase } from "./checker.ts";
import { eventIn, type Attempt } from "./ledger.ts";

const master = canaryOf(simulatedCanaries, "signing key");
/** Clocks of two sandboxes are this far apart at most, in milliseconds, and a request is a moment under way. */
const skew = 2500;

/** Generations of the endpoint's secret that may sign an attempt, and those that must. */
const generationsFor = (under: HookCase, endpoint: string, { begunAt, at, stalled }: Attempt) => {
  const states = under.ledger.endpoints.get(endpoint) ?? [];
  const from = stalled ? 0 : begunAt - skew;
  const first = Math.max(
    0,
    states.findLastIndex((state) => state.at <= from),
  );
  const standing = states.slice(first).filter((state) => state.at <= at);
  const may = new Set<number>();
  for (const { endpoint: one } of standing) {
    if (one === null) continue;
    may.add(one.generation);
    for (const { generation, until } of one.previous)
      if (stalled || Date.parse(until) > begunAt - skew) may.add(generation);
  }
  const only = standing.length === 1 ? standing[0]?.endpoint : null;
  const must = (only?.previous ?? []).filter(({ until }) => Date.parse(until) > begunAt + skew);
  return {
    may,
    must: only === null || only === undefined ? [] : [only.generation, ...must.map((one) => one.generation)],
  };
};

const checkSignatures = (under: HookCase, attempt: Attempt, endpoint: string): void => {
  const { headers, body, id } = attempt;
  const at = Number(headers["webhook-timestamp"]);
  const { may, must } = generationsFor(under, endpoint, attempt);
  const madeBy = (generation: number): string =>
    new Webhook(endpointSecret(master, endpoint, generation)).sign(id, new Date(at * 1000), body);
  const shown = (headers["webhook-signature"] ?? "").split(" ");
  const allowed = new Set([...may].map(madeBy));
  if (shown.some((signature) => !allowed.has(signature)))
    under.breaks("signature", `${id} came to ${attempt.receiver} signed with a secret that was not valid`);
  if (must.map(madeBy).some((signature) => !shown.includes(signature)))
    under.breaks(
      "signature",
      `${id} came to ${attempt.receiver} without the signature of a secret that was valid`,
    );
  if (Math.abs(at * 1000 - attempt.begunAt) > 2 * skew && !attempt.stalled)
    under.breaks("signature", `${id} is signed for ${at}, and was sent at ${attempt.begunAt / 1000}`);
};

/** Each copy is the same, signed, and of nobody else's connection. */
export const checkArrivals = (under: HookCase): void => {
  const { ledger } = under;
  for (const attempt of ledger.attempts) {
    const { id, body, receiver } = attempt;
    // The answer that names the endpoint may have been lost, and come later.
    const endpoint = ledger.endpointOf.get(receiver);
    if (endpoint === undefined) continue;
    const original = ledger.appended.get(id)?.event;
    const event = eventIn(body);
    if (original === undefined && !id.startsWith("evt_test_")) under.breaks("I5", `${id} is in no feed`);
    if (event.id !== id || (original !== undefined && JSON.stringify(original) !== body))
      under.breaks("I4", `${id} came to ${receiver} with other bytes`);
    checkSignatures(under, attempt, endpoint);
    const { connection } = event.data;
    const states = ledger.endpoints.get(endpoint) ?? [];
    const limits = states.flatMap((state) => state.endpoint?.connections ?? []);
    const isLimited =
      states.length > 0 &&
      states.every((state) => state.endpoint === null || state.endpoint.connections !== null);
    // What the endpoint never wanted in any of its states, it never gets. Clocks differ a little.
    const isWanted = states.some(({ endpoint: one }) => {
      const since = Date.parse(one?.catch_up?.from ?? one?.enabled_since ?? "9999-12-31");
      return one !== null && asksFor(one, event) && Date.parse(event.time) >= since - skew;
    });
    if (!isWanted && !id.startsWith("evt_test_"))
      under.breaks(
        "unwanted",
        `${receiver} was sent ${id} (${event.type} of ${event.time}), and never asked for it`,
      );
    const isTest = event.type === "switchyard.endpoint.test";
    if (isLimited && !isTest && !(typeof connection === "string" && limits.includes(connection)))
      under.breaks(
        "I15",
        `${receiver} is limited to ${limits[0]} and was sent ${id} of ${JSON.stringify(connection)}`,
      );
  }
  checkTenants(under);
};

const checkTenants = (under: HookCase): void => {
  const own = new Set(under.owned.filter(({ as }) => as === "tenant").map(({ id }) => id));
  const hasOneConnection = (id: string): boolean =>
    (under.ledger.endpoints.get(id) ?? []).every(
      ({ endpoint }) => endpoint === null || endpoint.connections?.join() === "lyon",
    );
  const foreign = under.owned.flatMap(({ id }) => (own.has(id) || hasOneConnection(id) ? [] : [id]));
  for (const { as, method, path, status, body } of under.ledger.answers) {
    if (as !== "tenant") continue;
    const asked = foreign.find((id) => path.includes(id));
    const isForeign = asked !== undefined || path === "/v1/hooks/shop";
    if (isForeign && status !== 404)
      under.breaks("I15", `${method} ${path} of a limited key is answered ${status}`);
    const seen = foreign.find((id) => !path.includes(id) && body.includes(id));
    if (seen !== undefined) under.breaks("I15", `${method} ${path} shows ${seen} to a limited key`);
    if (path === "/v1/hooks" && body.includes("shop"))
      under.breaks("I15", "a limited key is shown a foreign hook");
  }
};
