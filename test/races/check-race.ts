import type { SwitchyardEvent } from "../../events/event.ts";
import { bounds, horizonSeconds, usuallyAssumed } from "../../lib/operation/bounds.ts";
import { isDone, type Operation } from "../../lib/operation/operation.ts";
import { viewOf } from "../../lib/operation/view.ts";
import type { RaceHistory, Sent } from "./race-history.ts";

export type RaceRule =
  | "one server booted"
  | "nothing sent twice"
  | "ends are told"
  | "the same bytes"
  | "sequences without holes"
  | "an end stays"
  | "one write a version"
  | "the API says what stands"
  | "what is owned stays"
  | "what nobody owns goes"
  | "everything ends"
  | "no fault";

export interface Violation {
  readonly rule: RaceRule;
  readonly why: string;
}

const byOperation = (history: RaceHistory): ReadonlyMap<string, readonly Operation[]> =>
  Map.groupBy(history.writes, ({ id }) => id);

const oneBooted = ({ servers }: RaceHistory): string[] => {
  const booted = Map.groupBy(
    servers.filter(({ boots }) => boots > 0),
    ({ operationId }) => operationId,
  );
  return [...booted]
    .filter(([, group]) => group.length > 1)
    .map(([id, group]) => `${group.length} servers of ${id} were booted`);
};

/** Seconds after which a call may be sent again although nobody said that the first one did nothing. */
const mayRepeatAfter = (what: string): number => {
  // What is gone can be deleted as often as one likes.
  if (what === "delete") return 0;
  return what === "create" ? horizonSeconds(usuallyAssumed) : bounds.grace;
};

const nothingTwice = ({ sends }: RaceHistory): string[] => {
  const groups = Map.groupBy(sends, ({ operationId, what }) => `${what} of ${operationId}`);
  const isTooSoon = (sent: Sent, before: Sent | undefined): boolean =>
    before !== undefined && !before.wasRefused && sent.at - before.at < mayRepeatAfter(sent.what) * 1_000;
  return [...groups].flatMap(([name, group]) =>
    group
      .filter((sent, index) => isTooSoon(sent, group[index - 1]))
      .map((sent) => `${name} was sent again at ${sent.at}`),
  );
};

/** The rows by which an operation came to an end: it may do so again after a person has decided. */
const endsOf = (rows: readonly Operation[]): readonly Operation[] =>
  rows.filter((row, index) => {
    const before = rows[index - 1];
    return isDone(row) && (before === undefined || !isDone(before) || before.state !== row.state);
  });

const endsTold = (history: RaceHistory): string[] => {
  const out = new Set(history.published.map(({ id }) => id));
  const kept = new Set(history.fed.map(({ id }) => id));
  return [...byOperation(history).values()].flatMap(endsOf).flatMap((row) => {
    const told = row.outbox.findLast(({ subject }) => subject === row.id);
    if (told?.type !== `switchyard.operation.${row.state}`)
      return [`${row.id} ended ${row.state} without a word`];
    const named = `${told.id}, ${told.type}`;
    if (!out.has(told.id)) return [`${named}, was never published`];
    return kept.has(told.id) ? [] : [`${named}, is not in the feed`];
  });
};

const sameBytes = ({ writes, published, fed }: RaceHistory): string[] => {
  const bytes = new Map<string, string>();
  const differing = new Set<string>();
  const see = (event: SwitchyardEvent): void => {
    const text = JSON.stringify(event);
    if ((bytes.get(event.id) ?? text) !== text) differing.add(event.id);
    bytes.set(event.id, text);
  };
  for (const event of [...writes.flatMap(({ outbox }) => outbox), ...published, ...fed]) see(event);
  return [...differing].map((id) => `${id} was said in different words`);
};

const sequences = ({ published }: RaceHistory): string[] => {
  const once = new Map(published.map((event) => [event.id, event]));
  const subjects = Map.groupBy(once.values(), ({ subject }) => subject);
  return [...subjects].flatMap(([subject, events]) => {
    const said = events.map(({ sequence }) => sequence).toSorted((one, other) => one - other);
    return said.every((sequence, index) => sequence === index + 1)
      ? []
      : [`${subject} has the sequences ${said.join(", ")}`];
  });
};

/** What of an ended row may still change: that its events are out. */
const fixed = (row: Operation): string => JSON.stringify({ ...row, version: 0, outbox: [], is_owed: false });

const endStays = (history: RaceHistory): string[] => {
  let reopened = 0;
  const moved = [...byOperation(history).values()].flatMap((rows) =>
    rows.flatMap((row, index) => {
      const before = rows[index - 1];
      if (before === undefined || !isDone(before) || fixed(before) === fixed(row)) return [];
      if (before.state === "needs_attention") {
        reopened += 1;
        return [];
      }
      return [`${row.id} went from ${before.state} to ${row.state}`];
    }),
  );
  return reopened > history.resolutions
    ? [...moved, `${reopened} ends were reopened by ${history.resolutions} decisions`]
    : moved;
};

const oneWriteAVersion = (history: RaceHistory): string[] =>
  [...byOperation(history)].flatMap(([id, rows]) =>
    rows.flatMap(({ version }, index) =>
      version === index + 1 ? [] : [`write ${index + 1} of ${id} has version ${version}`],
    ),
  );

const seen = (operation: Operation): string => JSON.stringify(viewOf(operation));

const apiSays = (history: RaceHistory): string[] => {
  const rows = byOperation(history);
  const lies = history.answers.filter(
    (answer) =>
      !(rows.get(answer.id) ?? []).some(
        (row) => row.version === answer.version && seen(row) === seen(answer),
      ),
  );
  const last = history.standing.filter((row) => {
    const told = history.published.findLast(
      ({ subject, sequence }) => subject === row.id && sequence === row.sequence,
    );
    return told !== undefined && JSON.stringify(told.data) !== seen(row);
  });
  return [
    ...lies.map(
      ({ id, version, state }) =>
        `an answer said that ${id} is ${state} at version ${version}; no such row was written`,
    ),
    ...last.map(({ id }) => `${id} is not as its last event says`),
  ];
};

/** What operations have, or ever had. None of them was asked for deletion in a race. */
const owned = (rows: readonly Operation[]): ReadonlySet<string> =>
  new Set(rows.flatMap(({ resource }) => (resource === null ? [] : [resource.id])));

const ownedStays = ({ writes, sends }: RaceHistory): string[] => {
  const theirs = owned(writes);
  return sends
    .filter(({ what, target }) => what === "delete" && target !== null && theirs.has(target))
    .map(({ target, at }) => `${target} was deleted at ${at}`);
};

const unownedGoes = ({ isSwept, standing, servers }: RaceHistory): string[] => {
  if (!isSwept) return [];
  const theirs = owned(standing);
  return servers.filter(({ id }) => !theirs.has(id)).map(({ id }) => `${id} is still there`);
};

const rules: readonly (readonly [RaceRule, (history: RaceHistory) => readonly string[]])[] = [
  ["one server booted", oneBooted],
  ["nothing sent twice", nothingTwice],
  ["ends are told", endsTold],
  ["the same bytes", sameBytes],
  ["sequences without holes", sequences],
  ["an end stays", endStays],
  ["one write a version", oneWriteAVersion],
  ["the API says what stands", apiSays],
  ["what is owned stays", ownedStays],
  ["what nobody owns goes", unownedGoes],
  [
    "everything ends",
    ({ standing }) =>
      standing.filter((row) => !isDone(row)).map(({ id, state }) => `${id} is still ${state}`),
  ],
  ["no fault", ({ faults }) => faults.map(String)],
];

/** The names of all rules. */
export const raceRules: readonly RaceRule[] = rules.map(([rule]) => rule);

/** What is wrong with a race once everything has come to rest. */
export const violationsOf = (history: RaceHistory): readonly Violation[] =>
  rules.flatMap(([rule, check]) => check(history).map((why) => ({ rule, why })));
