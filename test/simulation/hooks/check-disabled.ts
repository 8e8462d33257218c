import type { Endpoint } from "../../../lib/webhook/endpoint.ts";
import type { HookCase } from "./checker.ts";
import type { Owned } from "./people.ts";

const minute = 60_000;
const day = 86_400_000;
/** From reading the endpoint to the beginning of an attempt, in milliseconds. */
const underWay = 250;

const isOff = (endpoint: Endpoint | null): boolean => endpoint === null || endpoint.state === "disabled";

/** No attempt begins at an endpoint that is off. */
const checkQuiet = (under: HookCase, { id, receiver }: Owned): void => {
  const states = under.ledger.endpoints.get(id) ?? [];
  for (const { receiver: host, begunAt, stalled, id: event } of under.ledger.attempts) {
    if (host !== receiver.host || stalled) continue;
    const standing = states.filter(({ at }) => at <= begunAt);
    const since = standing.findLast(({ endpoint }) => !isOff(endpoint));
    const off = standing.findLast(({ endpoint }) => isOff(endpoint));
    const offSince = standing.find(({ at, endpoint }) => isOff(endpoint) && at > (since?.at ?? 0));
    if (off === undefined || offSince === undefined || !isOff(under.ledger.endpointAt(id, begunAt))) continue;
    if (begunAt > offSince.at + underWay)
      under.breaks("410", `${event} was sent to ${host} ${begunAt - offSince.at} ms after it was disabled`);
  }
};

/** Whoever answers 410 is disabled, and what waited for it is over. */
const checkGone = (under: HookCase, { id, receiver }: Owned): void => {
  const { ledger, endedAt, faultsEnd } = under;
  const last = ledger.attempts.findLast((one) => one.receiver === receiver.host);
  const standing = ledger.standing(id);
  if (endedAt < faultsEnd + 5 * minute) return;
  const states = ledger.endpoints.get(id) ?? [];
  const onSince = states[states.findLastIndex(({ endpoint }) => isOff(endpoint)) + 1]?.at ?? 0;
  const isGone = last?.status === 410 && last.begunAt > onSince && last.at < endedAt - 3 * minute;
  if (isGone && !isOff(standing) && receiver.goneFrom !== null)
    under.breaks("410", `${receiver.host} answered 410 and is enabled`);
  if (!isOff(standing)) return;
  const changed = states.at(-1)?.at ?? 0;
  const waiting = ledger.deliveries.filter((one) => one.endpoint === id && one.state === "pending");
  if (waiting.length > 0 && endedAt > changed + 5 * minute)
    under.breaks("410", `${waiting.length} deliveries wait for ${receiver.host}, which is disabled`);
};

/** Warned after a day, and disabled after five, of only failures; and not without. */
const checkFailing = (under: HookCase, { id, receiver }: Owned): void => {
  const { ledger } = under;
  const rows = [...ledger.rows.values()].flat().filter(({ delivery }) => delivery.endpoint === id);
  const warned = [...ledger.appended.values()].filter(
    ({ event }) => event.subject === id && event.type === "switchyard.endpoint.failing",
  );
  for (const { at, delivery } of rows) {
    const last = delivery.attempts.at(-1);
    if (last === undefined || last.error === null || last.error.startsWith("not sent: the endpoint"))
      continue;
    // The attempt was made, and written down, in this state.
    const states = ledger.endpoints.get(id) ?? [];
    const then = states.findLast((state) => state.at <= at)?.endpoint ?? null;
    const since = then?.failing_since ?? null;
    if (then === null || then.state !== "enabled" || since === null) continue;
    const tried = Date.parse(last.at);
    if (tried > Date.parse(since) + 5 * day + minute)
      under.breaks("five days", `${receiver.host} has failed since ${since} and is enabled at ${last.at}`);
    const isWarned = warned.some(({ event }) => event.data["failing_since"] === since);
    if (tried > Date.parse(since) + day + minute && !isWarned)
      under.breaks("a day", `${receiver.host} has failed since ${since}, and nobody was warned`);
  }
  for (const { at, endpoint } of ledger.endpoints.get(id) ?? []) {
    const since = endpoint?.failing_since ?? null;
    if (since === null || endpoint?.disabled_reason?.startsWith("five days") !== true) continue;
    under.world.sometimes("an endpoint was disabled after five days");
    const isWell = rows.some(
      (row) =>
        row.delivery.state === "succeeded" && row.at > Date.parse(since) + minute && row.at < at - minute,
    );
    if (isWell) under.breaks("five days", `${receiver.host} was disabled although it took something`);
  }
  if (warned.length > 0) under.world.sometimes("somebody was warned after a day");
};

export const checkDisabled = (under: HookCase): void => {
  for (const owned of under.owned) {
    checkQuiet(under, owned);
    checkGone(under, owned);
    checkFailing(under, owned);
  }
};
