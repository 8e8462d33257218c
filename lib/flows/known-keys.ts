import { forgottenAt, keyFolder, keySchema, type Key } from "../access/key.ts";
import type { Documents } from "../ports/documents.ts";
import type { Ports } from "../ports/ports.ts";

/** A key as it was last read. */
interface Known {
  readonly key: Key | null;
  readonly version: number;
  /** Until when it is believed (ms since the epoch). */
  readonly until: number;
  /** The day on which this process has tried to note that it was used. */
  notedOn: string | null;
}

/** A revoked key is refused after this; the promise is 60 s. */
const believedMilliseconds = 30_000;
/** A key that was made a moment ago must work soon, though somebody asked for it before. */
const unknownMilliseconds = 5_000;
/** Anybody can make up ids with a right checksum: they must not fill the memory. */
const mostKnown = 1_000;

const rings = new WeakMap<Documents, Map<string, Known>>();

const ringOf = (documents: Documents): Map<string, Known> => {
  const ring = rings.get(documents) ?? new Map<string, Known>();
  rings.set(documents, ring);
  return ring;
};

/** A key by its id, at most 30 s old; null when there is none. */
export const knownKey = async (
  id: string,
  { documents, clock }: Pick<Ports, "documents" | "clock">,
): Promise<Key | null> => {
  const ring = ringOf(documents);
  const known = ring.get(id);
  const now = clock.now();
  if (known !== undefined && now < known.until) return known.key;
  const document = await documents.load(keyFolder, id);
  const key = document === null ? null : keySchema.parse(document.value);
  ring.delete(id);
  if (ring.size >= mostKnown) ring.delete(ring.keys().next().value ?? "");
  ring.set(id, {
    key,
    version: document?.version ?? 0,
    // From before the read: what was written during it is newer.
    until: now + (key === null ? unknownMilliseconds : believedMilliseconds),
    notedOn: known?.notedOn ?? null,
  });
  return key;
};

/** Forgets a key that was changed here. */
export const forgetKey = (id: string, { documents }: Pick<Ports, "documents">): void => {
  ringOf(documents).delete(id);
};

/**
 * Notes the day on which a key was used, once a day: of several processes one succeeds, because the write depends on
 * the version, and a revocation in between is never written over. A failure is logged; nobody's request fails for it.
 */
export const noteUse = async (
  id: string,
  { documents, clock, log }: Pick<Ports, "documents" | "clock" | "log">,
): Promise<void> => {
  const ring = ringOf(documents);
  const known = ring.get(id);
  if (known === undefined || known.key === null) return;
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  if (known.key.last_used_on === today || known.notedOn === today) return;
  known.notedOn = today;
  const { key, version } = known;
  try {
    const used: Key = { ...key, last_used_on: today };
    await documents.save(keyFolder, id, used, version, forgottenAt(key) ?? undefined);
  } catch (error) {
    log.warn("the use of a key was not noted", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};
