import type { OperationView } from "../../lib/operation/view.ts";
import { promisesOf } from "./check-dialects.ts";
import type { Case } from "./checker.ts";

/** I12: the same key with the same body is the same operation, always. */
const checkKeys = (under: Case): void => {
  const byKey = Map.groupBy(under.accepted, ({ key, body }) => `${key} ${body}`);
  for (const [key, same] of byKey) {
    const ids = new Set(same.map(({ operation }) => operation));
    if (ids.size > 1) under.breaks("I12", `${key} became the operations ${[...ids].join(", ")}`);
  }
};

/** Servers of an operation that people have laid hands on: what is missing or doubled then is not our doing. */
const touchedByPeople = (under: Case): ReadonlySet<string> => {
  const touched = new Set<string>();
  for (const entry of under.history.entries) {
    if (entry.what === "tags edited" || (entry.what === "deleted" && entry.who === "human"))
      touched.add(entry.server);
  }
  return touched;
};

/** I1 and its strict form: while the provider keeps its bounds there is never a second server of one request. */
const checkServers = (under: Case, view: OperationView): void => {
  if (view.kind !== "server.create") return;
  const made = under.madeBy.get(view.id) ?? [];
  const touched = touchedByPeople(under);
  const isTouched = made.some(({ server }) => touched.has(server));
  const wasResolved = under.all("resolved").some(({ operation }) => operation === view.id);
  if (under.history.facts.boundsKept && !isTouched && made.length > 1)
    under.breaks("I1", `${view.id} made ${made.map(({ server }) => server).join(" and ")}`);
  const live = under.history.servers.filter(({ by }) => by === view.id).map(({ id }) => id);
  const own = view.resource?.id ?? null;
  const deleted = new Set(under.all("deleted").map(({ server }) => server));
  switch (view.state) {
    case "succeeded":
      if (own === null) return under.breaks("I1", `${view.id} succeeded and names no server`);
      if (!live.includes(own) && !deleted.has(own))
        under.breaks("I1", `${view.id} succeeded with ${own}, which never was`);
      return;
    case "failed":
    case "cancelled": {
      if (own !== null && live.includes(own) && view.error?.code === "RESOURCE_NOT_FOUND")
        under.breaks("I5", `${view.id} failed because ${own} does not exist, and it lives`);
      const strangers = live.filter((id) => id !== own);
      if (under.history.facts.boundsKept && strangers.length > 0 && !isTouched && !wasResolved)
        under.breaks("I1", `${view.id} is ${view.state}, and ${strangers.join(", ")} of it lives`);
      return;
    }
    case "accepted":
    case "starting":
    case "following":
    case "needs_attention":
  }
};

/** I16 where little goes wrong: what can be known at once is not waited for. */
const checkRecovery = (under: Case, id: string, took: number, endedAt: number): void => {
  const { quiet, deaths, onlyRepliesLost, onlyDeaths, faultsEnd } = under.history.facts;
  const { recovery, unhindered } = promisesOf(under);
  const seconds = Math.round(took / 1000);
  if (quiet && took > recovery * Math.max(1, deaths))
    under.breaks("I16", `${id} took ${seconds} s although nothing but a death went wrong`);
  if (!quiet && onlyRepliesLost && took > unhindered)
    under.breaks("I16", `${id} took ${seconds} s although only replies of our own store were lost`);
  if (!quiet && onlyDeaths && took > recovery && endedAt > faultsEnd + recovery)
    under.breaks("I16", `${id} took ${seconds} s, and five minutes after the last death it was not over`);
};

/** I2: what was accepted has an end, or a reason why a person has to look. */
const checkEnd = (under: Case, id: string, at: number): void => {
  const view = under.views.get(id);
  const { longestTerm, liveness } = promisesOf(under);
  if (view === undefined) return under.breaks("I2", `${id} was accepted and nobody knows it`);
  if (!view.done || view.ended_at === null) {
    const { faultsEnd } = under.history.facts;
    return under.breaks(
      "I2",
      `${id} is still ${view.state}, long after ${new Date(faultsEnd).toISOString()}`,
    );
  }
  if ((view.state === "needs_attention" || view.state === "failed") && (view.error?.detail ?? "") === "")
    under.breaks("I2", `${id} is ${view.state} and does not say why`);
  const resolved = under.all("resolved").filter(({ operation }) => operation === id);
  const since = Math.max(at, ...resolved.map((entry) => entry.at));
  const took = Date.parse(view.ended_at) - since;
  checkRecovery(under, id, took, Date.parse(view.ended_at));
  if (took > longestTerm) under.breaks("I2", `${id} took ${Math.round(took / 1000)} s`);
  const quiet = under.history.facts.faultsEnd + liveness;
  if (Date.parse(view.ended_at) > Math.max(quiet, since + liveness) && under.history.facts.boundsKept)
    under.breaks("I2", `${id} ended only at ${view.ended_at}, half an hour after the last fault`);
};

/** I3: at no time is a second server of one request switched on. */
const checkBoots = (under: Case): void => {
  const makers = new Map(under.all("created").map(({ server, by }) => [server, by]));
  const booted = new Map<string, Set<string>>();
  for (const { server } of under.all("booted")) {
    const by = makers.get(server) ?? null;
    if (by === null) continue;
    const servers = booted.get(by) ?? new Set();
    servers.add(server);
    booted.set(by, servers);
  }
  for (const [operation, servers] of booted) {
    if (servers.size > 1) under.breaks("I3", `${operation} had ${[...servers].join(" and ")} switched on`);
  }
};

/** R9: of several servers of one request the oldest that a search was shown becomes ours. */
const checkChoice = (under: Case): void => {
  if (!promisesOf(under).tellsAge) return;
  const order = new Map(under.all("created").map(({ server }, index) => [server, index]));
  const resolved = new Set(under.all("resolved").map(({ operation }) => operation));
  const adopted = under.published.filter(({ type }) => type === "switchyard.server.created");
  for (const { operation, subject } of adopted) {
    const own = subject.split("/")[2] ?? "";
    const shown = under
      .all("searched")
      .filter(({ by, servers }) => by === operation && servers.includes(own) && servers.length > 1);
    const isOldest = shown.some(({ servers }) =>
      // What a person has made by hand came after the operation's end, and a late search may have been shown it.
      servers.every((other) => (order.get(own) ?? 0) <= (order.get(other) ?? Number.POSITIVE_INFINITY)),
    );
    if (shown.length > 0 && !isOldest && !resolved.has(operation))
      under.breaks("R9", `${operation} took ${own}, and not the oldest of ${shown[0]?.servers.join(", ")}`);
  }
};

/** Our clocks may be this far ahead of the provider's record, in milliseconds. */
const skew = 2000;

/** I5 for ends: what is said to have succeeded was the case between the request and its end. */
const checkFact = (under: Case, view: OperationView, since: number): void => {
  if (view.state !== "succeeded" || view.resource === null) return;
  const { id: server } = view.resource;
  const entries = under.history.entries.filter((entry) => "server" in entry && entry.server === server);
  const wasEver = (state: string): boolean =>
    entries.some((entry) => entry.what === "state" && entry.state === state);
  const begins = { "foreign-on": "running", "foreign-off": "stopped" };
  const began =
    server === "foreign-on"
      ? begins["foreign-on"]
      : server === "foreign-off"
        ? begins["foreign-off"]
        : "stopped";
  const says = (word: string): void =>
    under.breaks("I5", `${view.id} (${view.kind}) succeeded, and ${server} was never ${word}`);
  const wantsOn = view.steps.some(({ name }) => name === "power_on");
  if (wantsOn && !wasEver("running") && began !== "running") says("running");
  if (view.kind === "server.stop" && !wasEver("stopped") && began !== "stopped") says("off");
  if (view.kind === "server.delete" && !entries.some(({ what }) => what === "deleted")) says("deleted");
  if (view.kind === "server.reboot") {
    const reboots = entries.filter(({ what, at }) => what === "rebooted" && at >= since - skew);
    const changed = entries.some(({ what, at }) => what === "state" && at >= since - skew);
    const confirmed = under.all("resolved").some(({ operation }) => operation === view.id);
    if (reboots.length === 0 && !changed && !confirmed) says("rebooted");
  }
};

/** I16 for two changes of one server: what is refused because the other one goes on is waited for. */
const checkRivals = (under: Case): void => {
  for (const { id, kind, state, error, resource, ended_at: endedAt } of under.views.values()) {
    if (state !== "failed" || error?.code !== "WRONG_STATE" || resource === null) continue;
    const states = under
      .all("state")
      .filter(({ server, at }) => server === resource.id && at <= Date.parse(endedAt ?? "") + skew);
    const isOnlyOn =
      resource.id !== "foreign-off" && states.every(({ state: one }) => /^(running|starting)$/.test(one));
    const isPossible = kind === "server.update" || (kind === "server.reboot" && isOnlyOn);
    if (isPossible) under.breaks("I16", `${id} (${kind}) failed because another change went on`);
  }
};

/** A reboot is never repeated by itself: at most one for each request. */
const checkReboots = (under: Case): void => {
  const asked = Map.groupBy(
    under.accepted.filter(({ kind }) => kind === "server.reboot"),
    ({ server }) => server ?? "",
  );
  for (const [server, reboots] of Map.groupBy(under.all("rebooted"), (entry) => entry.server)) {
    const wishes = new Set((asked.get(server) ?? []).map(({ operation }) => operation));
    const again = under.all("resolved").filter(({ operation }) => wishes.has(operation)).length;
    if (reboots.length > wishes.size + again)
      under.breaks("I3", `${server} was rebooted ${reboots.length} times for ${wishes.size} requests`);
  }
};

/** Volumes that a delete was to take along are gone when it has succeeded. */
const checkVolumes = (under: Case): void => {
  for (const { operation, body, server } of under.accepted) {
    if (!body.includes('"with_volumes":true') || under.views.get(operation)?.state !== "succeeded") continue;
    const left = under.history.volumes.filter(({ id }) => id.startsWith(`${server ?? ""}-`));
    const others = under.all("deleted").some((entry) => entry.server === server && entry.who === "human");
    const deletes = under.accepted.filter(
      (entry) => entry.server === server && entry.kind === "server.delete" && entry.operation !== operation,
    );
    if (left.length > 0 && !others && deletes.length === 0)
      under.breaks("I5", `${operation} succeeded, and ${left.map(({ id }) => id).join(", ")} is still there`);
  }
};

export const checkOutcomes = (under: Case): void => {
  checkKeys(under);
  checkBoots(under);
  checkReboots(under);
  checkRivals(under);
  checkChoice(under);
  checkVolumes(under);
  const first = new Map<string, number>();
  for (const { operation, at } of under.accepted) if (!first.has(operation)) first.set(operation, at);
  for (const [id, at] of first) {
    checkEnd(under, id, at);
    const view = under.views.get(id);
    if (view === undefined) continue;
    checkServers(under, view);
    checkFact(under, view, Date.parse(view.created_at));
  }
};
