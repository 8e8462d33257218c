import type { SwitchyardEvent } from "../../../events/event.ts";
import type { Endpoint } from "../../../lib/webhook/endpoint.ts";
import { asksFor } from "./asks.ts";
import type { HookCase } from "./checker.ts";
import type { EndpointState } from "./ledger.ts";
import type { Owned } from "./people.ts";

const minute = 60_000;

/** Whether the endpoint is on and wants such an event, whenever it was. */
const wantsAtAll = (endpoint: Endpoint | null, event: SwitchyardEvent): boolean =>
  endpoint !== null && endpoint.state === "enabled" && asksFor(endpoint, event);

/** A state in which somebody has just asked for what was missed, or for all of a range again. */
const isAsked = ({ endpoint }: EndpointState, before: EndpointState | undefined): boolean =>
  endpoint?.catch_up?.position === null &&
  before?.endpoint?.catch_up?.asked_at !== endpoint.catch_up.asked_at;

/** The instants from which on the endpoint had a right to the event. */
const rightsSince = (
  states: readonly EndpointState[],
  event: SwitchyardEvent,
  appendedAt: number,
): number[] => {
  const rights: number[] = [];
  const then = states.findLast(({ at }) => at <= appendedAt)?.endpoint ?? null;
  const isInTime = then !== null && Date.parse(event.time) >= Date.parse(then.enabled_since);
  if (isInTime && wantsAtAll(then, event)) rights.push(appendedAt);
  for (const [index, state] of states.entries()) {
    const { at, endpoint } = state;
    if (!isAsked(state, states[index - 1]) || endpoint?.catch_up?.only_missed !== true) continue;
    if (Date.parse(event.time) < Date.parse(endpoint.catch_up.from)) continue;
    // Off and on again without such a wish: then what comes late is for nobody.
    const isOnSince = states
      .slice(index)
      .every((later) => later.at > appendedAt || later.endpoint?.state === "enabled");
    if (at >= appendedAt || isOnSince) rights.push(Math.max(at, appendedAt));
  }
  return rights;
};

/** Whether the endpoint has wanted the event without a break since then. */
const wantedSince = (states: readonly EndpointState[], event: SwitchyardEvent, since: number): boolean => {
  const first = states.findLastIndex(({ at }) => at <= since);
  return first >= 0 && states.slice(first).every(({ endpoint }) => wantsAtAll(endpoint, event));
};

/** What is wrong with an event that the receiver never took; null: nothing. */
const faultOf = (
  under: HookCase,
  { id, receiver }: Owned,
  event: SwitchyardEvent,
  since: number,
): string | null => {
  const row = under.ledger.deliveries.find((one) => one.endpoint === id && one.event_id === event.id);
  const { endedAt } = under;
  if (endedAt < Math.max(since, under.faultsEnd) + 5 * minute) return null;
  if (row === undefined) return "has no delivery";
  if (row.state === "succeeded") return "counts as delivered";
  if (row.state === "failed") return row.tries >= 10 ? null : `was given up after ${row.tries} attempts`;
  const due = Date.parse(row.next_attempt_at ?? "");
  if (due < endedAt - 2 * minute) return `has been due since ${row.next_attempt_at}`;
  const { upFrom } = receiver;
  return upFrom !== null && upFrom < endedAt - 31 * 60 * minute && due > endedAt + 31 * 60 * minute
    ? "waits too long"
    : null;
};

/** Each event that an endpoint has a right to comes to its receiver, if that is ever up. */
export const checkWanted = (under: HookCase): void => {
  const { ledger } = under;
  for (const owned of under.owned) {
    const { id, receiver } = owned;
    const states = ledger.endpoints.get(id) ?? [];
    const taken = new Set(
      ledger.attempts.flatMap((attempt) =>
        attempt.receiver === receiver.host && attempt.taken ? [attempt.id] : [],
      ),
    );
    for (const { event, at } of ledger.appended.values()) {
      if (taken.has(event.id)) continue;
      for (const since of rightsSince(states, event, at)) {
        if (!wantedSince(states, event, since)) continue;
        const fault = faultOf(under, owned, event, since);
        if (fault === null) continue;
        under.breaks("delivered", `${event.id} never came to ${receiver.host}, and ${fault}`);
        break;
      }
    }
    checkReplays(under, owned, states);
  }
};

/** Whoever asks for a range gets all of it again. */
const checkReplays = (under: HookCase, { id, receiver }: Owned, states: readonly EndpointState[]): void => {
  const { ledger } = under;
  for (const [index, state] of states.entries()) {
    const { at, endpoint } = state;
    if (endpoint === null || !isAsked(state, states[index - 1]) || endpoint.catch_up?.only_missed !== false)
      continue;
    // Somebody may ask for something else before it is done.
    const next = states.slice(index + 1).find((later, place) => isAsked(later, states[index + place]));
    if (next !== undefined || under.endedAt < Math.max(at, under.faultsEnd) + 5 * minute) continue;
    const { from, to } = endpoint.catch_up;
    for (const { event, at: appendedAt } of ledger.appended.values()) {
      const time = Date.parse(event.time);
      if (appendedAt > at || time < Date.parse(from) || time > Date.parse(to ?? "9999-12-31")) continue;
      if (!wantedSince(states, event, at)) continue;
      const row = ledger.deliveries.find((one) => one.endpoint === id && one.event_id === event.id);
      const isSent = ledger.attempts.some(
        (one) => one.receiver === receiver.host && one.id === event.id && one.begunAt > at - 20_000,
      );
      if (!isSent && row?.state !== "pending")
        under.breaks("replayed", `${event.id} was not sent again to ${receiver.host}`);
    }
  }
};
