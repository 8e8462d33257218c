import { dialectNames } from "../../lib/connection.ts";
import { creates } from "../../lib/operation/kind.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import type { History } from "./history.ts";
import type { Installation } from "./installation.ts";
import type { World } from "./world.ts";

/** Rare situations that must be reached again and again: a run in which one stays away has fished in the wrong place. */
export const wanted: readonly string[] = [
  "a 429",
  "a 429 in a storm",
  "a call landed after its sender's death",
  "a call was held up for too long and was not sent",
  "a sandbox stood still and went on",
  "the queue delivered a message twice",
  "the queue did not take a start",
  "a message came again after its visibility timeout",
  "a tick was missed",
  "a tick came twice",
  "two followers at the same time",
  "a request was made twice at once",
  "a second request with the key lost the race",
  "a worker was overtaken",
  "an invocation was ended by its timeout",
  "a write happened and its writer was told of a fault",
  "the reply to a write was lost and the write token told",
  "the bus took a part of the events",
  "events were out and their publisher was told of a fault",
  "an event was said twice",
  "a create that lands after its sender gave up",
  "a create that never landed and nobody knows",
  "a create in doubt was found and went on",
  "a create was sent again after the horizon",
  "a create was refused for good",
  "a power-on fell back to stopped",
  "a power state was asked for again",
  "a list missed a server that it should have had",
  "two changes of one server were asked for within a second",
  "a change was refused because another one went on",
  "an operation needed attention",
  "an operation was cancelled",
  "a cancel came too late",
  "a person resolved: retry",
  "a person resolved: adopt",
  "a person resolved: abandon",
  "a person deleted a server at the provider",
  "a person edited a server's tags",
  "a person copied a server with its tags",
  "a person tagged a copy to be kept",
  "a person worked on a copy through us",
  "a server of another installation stood beside ours",
  "an orphan was suspected",
  "an orphan was confirmed",
  "an orphan was deleted",
  "an orphan was kept by its tag",
  "an orphan got an owner between two sweeps",
  "more orphans than may go in one sweep",
  "two sweeps at the same time",
  "a request took more than five minutes and ended well",
  ...dialectNames.map((name) => `a run of ${name}`),
  "a build was watched",
  "a build was watched for more than ten minutes",
  "a zero before a build was looked at",
  "a build failed and the panel said so",
  "a build failed and nothing said so",
  "settings waited for the end of a build",
  "a deletion failed and the panel said so",
  "the end of a build was written over a deletion",
  "an apply was repeated",
  "an apply found what it had made before",
  "an apply found what somebody else had made",
  "a create without room for a marker needed attention",
  "a create answered without an id was found by its marker",
  "a create in doubt was found by the marker in its name",
  "a thing that is no server was found by its marker",
  "a task was pending after its server was at rest",
  "a task was gone when it was asked for",
  "a launch failed with 402",
];

const watchedSeconds = ({ steps }: Operation): number => {
  const build = steps.find(({ name }) => name === "build");
  if (build?.started_at == null || build.ended_at === null) return 0;
  return (Date.parse(build.ended_at) - Date.parse(build.started_at)) / 1000;
};

/** Situations that only some dialects have. */
const ofDialects = (
  { facts }: History,
  rows: readonly Operation[],
  needed: ReadonlySet<string>,
): string[] => {
  const found = [`a run of ${facts.dialect}`];
  const inDoubt = rows.filter(({ doubted_creates: doubted, resource }) => doubted > 0 && resource !== null);
  const made = inDoubt.filter(({ kind }) => creates(kind));
  const isNamed = /^(scaleway-v1|convoy-v.)$/.test(facts.dialect);
  const says = (isSo: boolean, words: string): void => void (isSo && found.push(words));
  says(
    rows.some((row) => row.kind === "server.create" && watchedSeconds(row) > 0),
    "a build was watched",
  );
  says(
    rows.some((row) => watchedSeconds(row) > 600),
    "a build was watched for more than ten minutes",
  );
  says(
    rows.some(({ kind, steps }) => kind === "specifications.update" && steps[0]?.seen_moving === true),
    "settings waited for the end of a build",
  );
  says(
    rows.some(({ id, kind, is_marked: isMarked }) => creates(kind) && !isMarked && needed.has(id)),
    "a create without room for a marker needed attention",
  );
  says(
    facts.dialect === "scaleway-draft" && made.length > 0,
    "a create answered without an id was found by its marker",
  );
  says(isNamed && made.length > 0, "a create in doubt was found by the marker in its name");
  says(
    made.some(({ resource }) => resource?.type !== "server"),
    "a thing that is no server was found by its marker",
  );
  return found;
};

const repeated = (texts: readonly string[]): boolean => new Set(texts).size < texts.length;

/** Situations that a finished run shows to have been in, beside those that were counted on the way. */
export const situations = (history: History, _world: World, { table }: Installation): readonly string[] => {
  const found: string[] = [];
  const { entries } = history;
  const sent = entries.filter((entry) => entry.what === "sent" && entry.call === "create").length;
  const rows = [...table.rows.values()].map(({ operation }) => operation);
  const wishes = rows.filter(({ kind }) => creates(kind));
  if (sent > wishes.length) found.push("a create was sent again after the horizon");
  if (rows.some(({ doubted_creates: doubted, resource }) => doubted > 0 && resource !== null))
    found.push("a create in doubt was found and went on");
  if (
    entries.some(
      ({ what, ...entry }) => what === "refused" && "code" in entry && /QUOTA|STOCK/.test(entry.code),
    )
  )
    found.push("a create was refused for good");
  const published = entries.flatMap((entry) => (entry.what === "published" ? [entry] : []));
  if (repeated(published.map(({ id }) => id))) found.push("an event was said twice");
  if (published.some(({ type }) => type.endsWith("needs_attention")))
    found.push("an operation needed attention");
  const needed = new Set(
    published.flatMap(({ type, operation }) => (type.endsWith("needs_attention") ? [operation] : [])),
  );
  found.push(...ofDialects(history, rows, needed));
  const isLong = rows.some(
    ({ state, created_at: from, ended_at: to }) =>
      state === "succeeded" && to !== null && Date.parse(to) - Date.parse(from) > 300_000,
  );
  if (isLong) found.push("a request took more than five minutes and ended well");
  return found;
};
