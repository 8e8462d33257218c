import type { History } from "./history.ts";
import type { Installation } from "./installation.ts";
import type { World } from "./world.ts";

/** Rare situations that must be reached again and again: a run in which one stays away has fished in the wrong place. */
export const wanted = [
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
] as const;

const repeated = (texts: readonly string[]): boolean => new Set(texts).size < texts.length;

/** Situations that a finished run shows to have been in, beside those that were counted on the way. */
export const situations = (history: History, _world: World, { table }: Installation): readonly string[] => {
  const found: string[] = [];
  const { entries } = history;
  const creates = entries.filter((entry) => entry.what === "sent" && entry.call === "create").length;
  const rows = [...table.rows.values()].map(({ operation }) => operation);
  const wishes = rows.filter(({ kind }) => kind === "server.create");
  if (creates > wishes.length) found.push("a create was sent again after the horizon");
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
  const isLong = rows.some(
    ({ state, created_at: from, ended_at: to }) =>
      state === "succeeded" && to !== null && Date.parse(to) - Date.parse(from) > 300_000,
  );
  if (isLong) found.push("a request took more than five minutes and ended well");
  return found;
};
