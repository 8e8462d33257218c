import type { Case, Of } from "./checker.ts";

const short = (type: string): string => type.replace("switchyard.", "");

/** I4: all copies of an event are the same bytes. I6: no two events share a place in a subject's order. */
const checkCopies = (under: Case): void => {
  const byId = new Map<string, string>();
  const byPlace = new Map<string, string>();
  for (const { id, bytes, subject, sequence } of under.published) {
    const same = byId.get(id) ?? bytes;
    if (same !== bytes) under.breaks("I4", `${id} was said in two ways`);
    byId.set(id, bytes);
    const place = `${subject} ${sequence}`;
    const holder = byPlace.get(place) ?? id;
    if (holder !== id) under.breaks("I6", `${holder} and ${id} both are ${place}`);
    byPlace.set(place, id);
  }
};

/** I4: the end that the API shows was published, and so was everything before it. */
const checkTold = (under: Case): void => {
  const told = Map.groupBy(under.published, ({ operation }) => operation);
  for (const [id, view] of under.views) {
    if (!view.done) continue;
    const events = told.get(id) ?? [];
    const end = `switchyard.operation.${view.state}`;
    const own = new Set(events.filter(({ subject }) => subject === id).map(({ sequence }) => sequence));
    if (!events.some(({ type }) => type === end)) {
      under.breaks("I4", `${id} is ${view.state} and its end was never published`);
      continue;
    }
    const highest = Math.max(...own);
    for (let sequence = 1; sequence < highest; sequence += 1) {
      if (!own.has(sequence)) under.breaks("I4", `event ${sequence} of ${id} was never published`);
    }
  }
};

/** Whether the server went down and came up again by then: from outside that is what a reboot is, whoever did it. */
const wentDownAndUp = (under: Case, server: string, by: number): boolean => {
  const states = under.all("state").filter((entry) => entry.server === server && entry.at <= by);
  const down = states.findIndex(({ state }) => state === "stopped");
  return down >= 0 && states.slice(down).some(({ state }) => state === "running");
};

/** I5: no event without the fact: the provider's history has it, and has it before. */
const checkFacts = (under: Case): void => {
  const happened = new Map<string, number>();
  for (const entry of under.history.entries) {
    const key = factKey(entry);
    if (key !== null && !happened.has(key)) happened.set(key, entry.at);
  }
  const begun = new Set([
    "running foreign-on",
    "created foreign-on",
    "created foreign-off",
    "stopped foreign-off",
  ]);
  for (const { id, type, subject, at } of under.published) {
    const word = short(type);
    if (!word.startsWith("server.")) continue;
    const server = subject.split("/")[2] ?? "";
    const said = word.slice("server.".length);
    const key = `${seenAs.get(said) ?? said} ${server}`;
    if (begun.has(key)) continue;
    if (said === "rebooted" && wentDownAndUp(under, server, at)) continue;
    const when = happened.get(key);
    if (when === undefined || when > at) under.breaks("I5", `${id} says ${key}, which had not happened`);
  }
};

/** Events that have another word than the state that shows them. */
const seenAs: ReadonlyMap<string, string> = new Map([
  ["suspended", "stopped"],
  ["unsuspended", "running"],
]);

const factKey = (entry: Case["history"]["entries"][number]): string | null => {
  if (entry.what === "created" || entry.what === "deleted" || entry.what === "rebooted")
    return `${entry.what} ${entry.server}`;
  if (entry.what !== "state") return null;
  // Standby counts as stopped; the event's `state` says which of the two.
  return `${entry.state === "stopped in place" ? "stopped" : entry.state} ${entry.server}`;
};

/** An end is one of the ends, and never a second one, unless a person has reopened it. */
const checkEnds = (under: Case): void => {
  const isEnd = ({ type }: Of<"published">): boolean =>
    /\.(succeeded|failed|cancelled|needs_attention)$/.test(type);
  const reopened = new Set(under.all("resolved").map(({ operation }) => operation));
  for (const [id, events] of Map.groupBy(under.published.filter(isEnd), ({ operation }) => operation)) {
    const kinds = new Set(events.map((event) => event.id));
    if (kinds.size > 1 && !reopened.has(id) && !events.some(({ type }) => type.endsWith("needs_attention")))
      under.breaks("I4", `${id} ended more than once: ${[...kinds].join(", ")}`);
  }
};

export const checkEvents = (under: Case): void => {
  checkCopies(under);
  checkTold(under);
  checkFacts(under);
  checkEnds(under);
};
