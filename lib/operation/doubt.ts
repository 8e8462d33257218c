import { bounds, secondsAfter } from "./bounds.ts";
import type { Fact, Match } from "./fact.ts";
import { adopt, needAttention, note, unchanged, type Change } from "./forward.ts";
import type { Operation } from "./operation.ts";
import { instant } from "./time.ts";

type Doubt = NonNullable<Operation["doubt"]>;
type Searched = Extract<Fact, { type: "searched" }>;

/** A doubt that begins now, with nothing searched for yet. */
export const newDoubt = (now: number, reason: string): Doubt => ({
  since: instant(now),
  reason,
  empty_searches: 0,
  last_search_at: null,
});

/** Whether everything that the last call can still bring about has happened, and shows in lists. */
const isHorizonPassed = ({ call, horizon_seconds: horizon }: Operation, now: number): boolean =>
  call === null || now >= secondsAfter(call.intended_at, horizon);

/**
 * A create without a marker, of which no answer with an id came: nothing that can be looked for would tell its server
 * from another one, and its sender's answer would find this row written. So nothing is searched for. Where it may still
 * be carried out, whoever looks now may look too early: a person is asked when it no longer can.
 */
const doubtUnmarked = (operation: Operation, now: number, reason: string): Change => {
  const isMade = operation.call?.outcome === "answered";
  if (isMade || isHorizonPassed(operation, now)) {
    const why = isMade
      ? "the provider made it and did not say its id, and there was no room for a marker to find it by"
      : "a create was sent without a marker, for which there was no room, and its answer was lost";
    return needAttention(operation, now, "CREATE_UNCERTAIN", why);
  }
  const why = "it bears no marker to search for; what can still happen is waited for";
  const doubt = operation.doubt ?? newDoubt(now, reason);
  return { operation: { ...operation, doubt }, save: true, next: { do: "wait" }, why };
};

/** A create of which nobody knows whether it happened: it is searched for before anything is sent again (R3, R4). */
export const doubtCreate = (operation: Operation, now: number, reason: string): Change => {
  if (!operation.is_marked) return doubtUnmarked(operation, now, reason);
  const doubt = newDoubt(now, reason);
  const doubted = { ...operation, doubt, doubted_creates: operation.doubted_creates + 1 };
  return { operation: doubted, save: true, next: { do: "wait" }, why: reason };
};

/** Of several resources with one marker the oldest is ours, by the provider's own time, then by id (R9). */
const oldest = (matches: readonly Match[]): Match | undefined =>
  matches.toSorted(
    (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.resource.id < b.resource.id ? -1 : 1),
  )[0];

const foundNothing = (operation: Operation, doubt: Doubt, now: number, asOf: number): Change => {
  const { call } = operation;
  const horizonPassed = isHorizonPassed(operation, asOf);
  // Before the horizon the create may still land behind a search: only empty searches after it prove anything (R4).
  const empty = doubt.empty_searches + (horizonPassed ? 1 : 0);
  const noted: Operation = {
    ...note(
      operation,
      now,
      `searched by marker: nothing found${horizonPassed ? ` (${empty} since the horizon)` : ""}`,
      null,
    ),
    updated_at: instant(now),
    doubt: { ...doubt, empty_searches: empty, last_search_at: instant(asOf) },
  };
  if (empty < bounds.emptySearches) {
    return { operation: noted, save: true, next: { do: "wait" }, why: "nothing found yet" };
  }
  if (call?.outcome === "answered") {
    const why =
      "the provider said that it made it, did not say its id, and shows nothing that bears our marker";
    return needAttention(noted, now, "CREATE_UNCERTAIN", why);
  }
  if (operation.doubted_creates >= bounds.attempts) {
    const why = `${operation.doubted_creates} creates were sent and none of them was ever found`;
    return needAttention(noted, now, "CREATE_UNCERTAIN", why);
  }
  const again = { ...noted, doubt: null, call: null };
  return {
    operation: again,
    save: true,
    next: { do: "intend" },
    why: "the horizon has passed and nothing was found",
  };
};

/** A complete search: what bears the marker is ours; nothing after the horizon, several times, means that it is not there. */
export const searched = (operation: Operation, now: number, { matches, at }: Searched): Change => {
  const { doubt } = operation;
  if (doubt === null || !operation.is_marked) return unchanged(operation, "nothing is searched for");
  const match = oldest(matches);
  if (match !== undefined) {
    const others = matches
      .filter(({ resource }) => resource.id !== match.resource.id)
      .map(({ resource }) => resource.id);
    const noted =
      others.length === 0
        ? operation
        : note(operation, now, `more than one bears the marker: also ${others.join(", ")}`, null);
    return adopt(noted, now, match.resource, match.observation, "look_first");
  }
  return foundNothing(operation, doubt, now, Math.min(now, at ?? now));
};
