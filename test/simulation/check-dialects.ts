import * as z from "zod";
import type { DialectName } from "../../lib/connection.ts";
import { jsonObjectSchema, type JsonObject } from "../../lib/operation/json.ts";
import { resourceSchema } from "../../lib/operation/operation.ts";
import type { OperationView } from "../../lib/operation/view.ts";
import type { Case, Of } from "./checker.ts";

/** Our clocks may be this far ahead of the provider's record, in milliseconds. */
const skew = 2000;
/** The longest name beside which a panel has room for a marker. */
const markableName = 31;

/** What a dialect promises, as far as it is not the same for all. */
interface Promises {
  /** Longest that an operation may take to its end, in milliseconds: its deadline and some looks. */
  readonly longestTerm: number;
  /** Longest that what goes on may take when all faults are over. */
  readonly liveness: number;
  /** Longest that a death may hold up an operation. */
  readonly recovery: number;
  /** Longest that an operation may take where no call goes wrong and nobody dies. */
  readonly unhindered: number;
  /** Whether lists tell which of two servers is the older. */
  readonly tellsAge: boolean;
}

const minutes = (count: number): number => count * 60_000;
const usual: Promises = {
  longestTerm: minutes(45),
  liveness: minutes(33),
  recovery: minutes(5),
  unhindered: 90_000,
  tellsAge: true,
};
/** Builds wait for one another, and at a slow panel each may take half an hour. */
const atPanels: Promises = {
  ...usual,
  longestTerm: minutes(75),
  liveness: minutes(55),
  recovery: minutes(50),
  unhindered: minutes(50),
};

const promises: Readonly<Record<DialectName, Promises>> = {
  "scaleway-instance": usual,
  "scaleway-compute": usual,
  // Nothing shows that a power call has arrived, so it is waited for three minutes before it is asked again.
  "scaleway-draft": { ...usual, tellsAge: false, recovery: minutes(8) },
  "scaleway-v1": { ...usual, recovery: minutes(8) },
  "convoy-v0": { ...atPanels, tellsAge: false },
  "convoy-v4": atPanels,
};

/** What is promised where the provider speaks this dialect. */
export const promisesOf = ({ history }: Case): Promises => promises[history.facts.dialect];

const bodySchema = z.object({ resource: resourceSchema.nullable(), input: jsonObjectSchema });

/** Whether what a request makes has room for our marker, by what the documents say of names. */
const hasRoom = (dialect: DialectName, kind: string, input: JsonObject): boolean => {
  if (kind === "volume.create") return dialect !== "scaleway-v1";
  const isPanel = dialect === "convoy-v0" || dialect === "convoy-v4";
  const { name } = input;
  return !isPanel || (typeof name === "string" && name.length <= markableName);
};

/** A request as it was accepted, with what stood in it. */
interface Asked {
  readonly at: number;
  readonly kind: string;
  readonly id: string;
  readonly resource: string | null;
  readonly input: JsonObject;
  readonly view: OperationView | null;
}

const askedIn = (under: Case): readonly Asked[] => {
  const first = new Map<string, Asked>();
  for (const { operation: id, kind, body, at } of under.accepted) {
    if (first.has(id)) continue;
    const read = bodySchema.safeParse(JSON.parse(body));
    if (!read.success) continue;
    const { resource, input } = read.data;
    first.set(id, { at, kind, id, resource: resource?.id ?? null, input, view: under.views.get(id) ?? null });
  }
  return [...first.values()];
};

const endOf = ({ view }: Asked): number => Date.parse(view?.ended_at ?? "") + skew;

/** I1 where the marker has no room: a create that may have been carried out is never followed by another one. */
const checkUnmarked = (under: Case, asked: readonly Asked[]): void => {
  const left = Map.groupBy(under.all("create left"), ({ by }) => by ?? "");
  for (const { id, kind, input } of asked) {
    if (!kind.endsWith(".create") || hasRoom(under.history.facts.dialect, kind, input)) continue;
    const sent = left.get(id)?.length ?? 0;
    if (sent > 1) under.breaks("I1", `${id} has no marker, and its create was sent ${sent} times`);
  }
};

/** I1 and I5 for things that are no servers. */
const checkThings = (under: Case, asked: readonly Asked[]): void => {
  const made = Map.groupBy(under.all("made"), ({ by }) => by ?? "");
  for (const { id, view } of asked) {
    const own = (made.get(id) ?? []).map((thing) => thing.id);
    if (own.length > 1 && under.history.facts.boundsKept)
      under.breaks("I1", `${id} made ${own.join(" and ")}`);
    const named = view?.resource?.id ?? "";
    if (own.length === 0 || view === null) continue;
    if (view.state === "succeeded" && !own.includes(named))
      under.breaks("I1", `${id} succeeded with ${named}, and made ${own.join(" and ")}`);
    const isLost = view.state === "failed" && view.resource === null && view.error?.code !== "ABANDONED";
    if (isLost) under.breaks("I1", `${id} failed, and ${own.join(" and ")} of it stands unnamed`);
  }
};

/** I17: nothing is applied to a server before its build is over. */
const checkOrder = (under: Case): void => {
  for (const { kind, resource, isBuilt } of under.all("applied"))
    if (!isBuilt) under.breaks("I17", `${kind} was applied to ${resource} before its build was over`);
};

/** I5 for builds: one that is said to be over was over, one that is said to have failed has failed. */
const checkBuilds = (under: Case, asked: readonly Asked[]): void => {
  const states = Map.groupBy(under.all("state"), ({ server }) => server);
  for (const one of asked) {
    const { id, kind, view } = one;
    if (kind !== "server.create" || view?.resource == null) continue;
    const has = (state: string): boolean =>
      (states.get(view.resource?.id ?? "") ?? []).some(
        (entry) => entry.state === state && entry.at <= endOf(one),
      );
    const wasWatched = view.steps.some(({ name, state }) => name === "build" && state === "done");
    if (view.state === "succeeded" && wasWatched && !has("running"))
      under.breaks("I5", `${id} succeeded, and ${view.resource.id} was not built by then`);
    const isGivenUp = has("install failed") || has("deletion failed");
    if (view.error?.code === "BUILD_FAILED" && !isGivenUp)
      under.breaks("I5", `${id} says that the build of ${view.resource.id} failed, and it had not`);
  }
};

const partOf = ({ object_id: object, metadata_key: key, tag_id: tag }: JsonObject): string | null => {
  const part = object ?? key ?? tag;
  return typeof part === "string" ? part : null;
};
const isSigned = ({ content, metadata_value: value }: JsonObject): boolean =>
  typeof content === "string" || typeof value === "string";

/** Kinds whose provider's yes is their end. */
const applies =
  /^(object|tag_metadata|server_tag)\.|^specifications\.update$|^(container|organization)\.update$/;
const removals = /\.(delete|detach)$/;

/**
 * I5 for applies: one that succeeded was carried out. "It exists" counts as that after a doubt, when nobody can tell who
 * has made it; before a doubt it is a failure.
 */
const checkApplied = (under: Case, asked: readonly Asked[]): void => {
  const applied = under.all("applied");
  const doubted = new Set(under.all("apply in doubt").map(({ by }) => by));
  for (const one of asked) {
    const { id, kind, resource, input, view } = one;
    if (!applies.test(kind) || view === null) continue;
    const part = partOf(input);
    const same = applied.filter(
      (entry: Of<"applied">) =>
        entry.kind === kind && entry.resource === resource && entry.part === part && entry.at <= endOf(one),
    );
    const own = same.filter(({ by }) => !isSigned(input) || by === id);
    if (view.error?.code === "ALREADY_EXISTS" && view.state === "failed" && isSigned(input) && own.length > 0)
      under.breaks("I5", `${id} failed because ${part ?? ""} exists, and it has made it itself`);
    if (view.state !== "succeeded" || own.length > 0) continue;
    const isExcused = under.history.facts.interrupted || doubted.has(id) || doubted.has(null);
    const wasGone =
      removals.test(kind) && !applied.some((entry) => entry.part === part && entry.at > endOf(one));
    if (!isExcused && !wasGone) under.breaks("I5", `${id} (${kind}) succeeded, and was never carried out`);
  }
};

export const checkDialects = (under: Case): void => {
  const asked = askedIn(under);
  checkUnmarked(under, asked);
  checkThings(under, asked);
  checkOrder(under);
  checkBuilds(under, asked);
  checkApplied(under, asked);
};
