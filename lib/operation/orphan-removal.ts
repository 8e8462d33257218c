import { bearsAnyMark, isKept, makerIn, type Marked } from "./marked.ts";
import type { Removal } from "./orphan-list.ts";
import { secondsBetween } from "./time.ts";

/** A volume that came with its server is made within this many seconds of it, before or after. */
const madeTogether = 300;
/** Seconds for which something that won't come to rest is waited for, from the beginning of the removal on. */
const longestWait = 3600;

/** What is to become of something that a deleted server had. */
export type Verdict =
  | { readonly is: "gone" }
  | { readonly is: "goes" }
  /** Not yet: the next sweep looks again. */
  | { readonly is: "busy" }
  | { readonly is: "stays"; readonly why: string };

/** The server that is gone, and how its removal was decided. */
export interface Leaving {
  readonly serverId: string;
  readonly operationId: string;
  readonly removal: Removal;
  readonly deployment: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const stays = (why: string): Verdict => ({ is: "stays", why });

const cameTogether = (thing: Marked, { removal }: Leaving): boolean => {
  if (thing.createdAt === null || removal.created_at === null) return false;
  const apart = Date.parse(thing.createdAt) - Date.parse(removal.created_at);
  // A date that can't be read is no proof.
  return Math.abs(apart) <= madeTogether * 1000;
};

const atRest = (thing: Marked, leaving: Leaving): Verdict => {
  if (thing.usedBy !== null && thing.usedBy !== leaving.serverId) return stays("another server uses it");
  if (thing.phase === "off" && thing.usedBy === null) return { is: "goes" };
  const waited = secondsBetween(leaving.removal.since, leaving.now);
  return waited < longestWait && thing.phase !== "locked"
    ? { is: "busy" }
    : stays(`it is ${thing.state ?? "in a state that nobody knows"}`);
};

/** A volume that was in the server at the last look. It mostly bears no marker; then it must have been made with it. */
export const judgeVolume = (thing: Marked | null, leaving: Leaving): Verdict => {
  if (thing === null) return { is: "gone" };
  if (isKept(thing.tags)) return stays("it is tagged to be kept");
  if (bearsAnyMark(thing.tags) && makerIn(thing.tags, leaving.deployment) !== leaving.operationId)
    return stays("it bears the marker of somebody else");
  if (thing.isProtected) return stays("it is protected");
  if (!cameTogether(thing, leaving)) return stays("it was not made together with the server");
  return atRest(thing, leaving);
};

/** An address that the server had: only with the same marker, never an unmarked one. */
export const judgeAddress = (thing: Marked | null, leaving: Leaving): Verdict => {
  if (thing === null) return { is: "gone" };
  if (isKept(thing.tags)) return stays("it is tagged to be kept");
  if (makerIn(thing.tags, leaving.deployment) !== leaving.operationId)
    return stays("it does not bear the server's marker");
  return atRest(thing, leaving);
};
