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

/** A create of which nobody knows whether it happened: it is searched for before anything is sent again (R3, R4). */
export const doubtCreate = (operation: Operation, now: number, reason: string): Change => {
  const doubt = newDoubt(now, reason);
  const doubted = { ...operation, doubt, doubted_creates: operation.doubted_creates + 1 };
  return { operation: doubted, save: true, next: { do: "wait" }, why: reason };
};

/** Of several resources with one marker the oldest is ours, by the provider's own time, then by id (R9). */
const oldest = (matches: readonly Match[]): Match | undefined =>
  matches.toSorted(
    (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.resource.id < b.resource.id ? -1 : 1),
  )[0];

const foundNothing = (operation: Operation, doubt: Doubt, now: number): Change => {
  const { call } = operation;
  const horizonPassed = call === null || now >= secondsAfter(call.intended_at, operation.horizon_seconds);
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
    doubt: { ...doubt, empty_searches: empty, last_search_at: instant(now) },
  };
  if (empty < bounds.emptySearches) {
    return { operation: noted, save: true, next: { do: "wait" }, why: "nothing found yet" };
  }
  if (!operation.is_marked) {
    const why = "a create was sent without a marker, for which its name had no room, and its answer was lost";
    return needAttention(noted, now, "CREATE_UNCERTAIN", why);
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
export const searched = (operation: Operation, now: number, { matches }: Searched): Change => {
  const { doubt } = operation;
  if (doubt === null) return unchanged(operation, "nothing is searched for");
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
  return foundNothing(operation, doubt, now);
};
