import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import { keyIdPattern, newKey } from "../access/key-text.ts";
import {
  forgottenAt,
  isLive,
  keyFolder,
  keySchema,
  keyViewOf,
  mayGovern,
  mostLiveKeys,
  type Key,
  type KeyView,
} from "../access/key.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { checkedKey, type KeyRequest } from "./key-request.ts";
import { forgetKey } from "./known-keys.ts";
import { notFound, RequestRefused } from "./request-refused.ts";

type KeyPorts = Pick<Ports, "documents" | "clock" | "randomness" | "log" | "providers">;

const documentsPerRead = 100;

/** Every key there is, good or not. They are few, and made by hand. */
const allKeys = async ({ documents, log }: Pick<Ports, "documents" | "log">): Promise<readonly Key[]> => {
  const keys: Key[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Ports["documents"]["list"]>> = await documents.list(
      keyFolder,
      after,
      documentsPerRead,
    );
    for (const { value } of page.documents) {
      const read = keySchema.safeParse(value);
      if (read.success) keys.push(read.data);
      else log.error("a key can't be read", { error: read.error.message });
    }
    after = page.next;
  } while (after !== null);
  return keys;
};

const tooMany = (name: string): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "TOO_MANY_KEYS",
    title: "The name has two live keys",
    detail: `${name} has ${mostLiveKeys} live keys already: the one in use, and its successor.`,
    hint: "Revoke the one that is no longer used (GET /v1/keys, then DELETE /v1/keys/{id}), or choose another name.",
  });

const liveOf = (name: string, keys: readonly Key[], now: number): readonly Key[] =>
  keys.filter((key) => key.name === name && isLive(key, now));

/** Whether the key is among the oldest live ones of its name, as many as there may be. Everybody sees the same order. */
const isAmongFirst = ({ id, created_at: createdAt }: Key, live: readonly Key[]): boolean =>
  live.filter((other) =>
    other.created_at === createdAt ? other.id < id : Date.parse(other.created_at) < Date.parse(createdAt),
  ).length < mostLiveKeys;

/**
 * Makes a key. Its text is in the answer and nowhere else. Asked twice, there are two keys: an answer can't be repeated
 * when its secret is not kept, so what was lost is revoked and made anew.
 * @throws RequestRefused 409 for a third live key of a name, 422
 */
export const makeKey = async (
  body: KeyRequest,
  caller: Caller,
  ports: KeyPorts,
): Promise<{ readonly view: KeyView; readonly text: string }> => {
  const { documents, clock, randomness } = ports;
  const checked = checkedKey(body, caller, ports);
  if (liveOf(checked.name, await allKeys(ports), clock.now()).length >= mostLiveKeys)
    throw tooMany(checked.name);
  const { id, text, hash } = newKey(() => randomness.token());
  // Dated right before it is written, so that one that was asked for early and written late is not taken for older.
  const key: Key = { id, hash, ...checked, created_at: instant(clock.now()) };
  if (!(await documents.save(keyFolder, id, key, 0, forgottenAt(key) ?? undefined)))
    throw new Error(`The id ${id} is taken.`);
  // Others may have made one at the same time: whoever is not among the first two takes its own back, unseen.
  if (!isAmongFirst(key, liveOf(key.name, await allKeys(ports), clock.now()))) {
    await documents.remove(keyFolder, id, 1);
    throw tooMany(key.name);
  }
  return { view: keyViewOf(key), text };
};

/** Where a key stands in the list: by name, then by age. */
const placeOf = ({ name, created_at: createdAt, id }: KeyView): string => `${name}\n${createdAt}\n${id}`;

/** The keys that the caller may know of, by name and age; revoked and expired ones for 90 days. */
export const listKeys = async (
  cursor: string | null,
  limit: number,
  caller: Caller,
  ports: Pick<Ports, "documents" | "log">,
): Promise<Listing<KeyView>> => {
  const after = cursor === null ? "" : positionOf(cursor, z.strictObject({ k: z.string() })).k;
  const behind = (await allKeys(ports))
    .filter((key) => mayGovern(caller, key))
    .map(keyViewOf)
    .filter((key) => placeOf(key) > after)
    .toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
  const items = behind.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = behind.length > limit && last !== undefined ? cursorOf({ k: placeOf(last) }) : null;
  return { items, nextCursor };
};

const loadKey = async (
  id: string,
  caller: Caller,
  { documents }: Pick<Ports, "documents">,
): Promise<{ readonly key: Key; readonly version: number }> => {
  const document = keyIdPattern.test(id) ? await documents.load(keyFolder, id) : null;
  const key = document === null ? null : keySchema.parse(document.value);
  if (document === null || key === null || !mayGovern(caller, key)) throw notFound(`Key ${id.slice(0, 64)}`);
  return { key, version: document.version };
};

/** One key. @throws RequestRefused 404 */
export const showKey = async (
  id: string,
  caller: Caller,
  ports: Pick<Ports, "documents">,
): Promise<KeyView> => keyViewOf((await loadKey(id, caller, ports)).key);

const attempts = 5;

/**
 * Revokes a key: every process refuses it within 60 seconds. Revoking it again changes nothing; nobody can lock
 * themselves out, because the key that the installation is set up with is no document and always works.
 * @throws RequestRefused 404
 */
export const revokeKey = async (
  id: string,
  caller: Caller,
  ports: Pick<Ports, "documents" | "clock">,
): Promise<KeyView> => {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { key, version } = await loadKey(id, caller, ports);
    if (key.revoked_at !== null) return keyViewOf(key);
    const revoked: Key = { ...key, revoked_at: instant(ports.clock.now()) };
    const forgotten = forgottenAt(revoked) ?? undefined;
    if (await ports.documents.save(keyFolder, id, revoked, version, forgotten)) {
      forgetKey(id, ports);
      return keyViewOf(revoked);
    }
  }
  throw new RequestRefused({
    status: 409,
    code: "BEING_CHANGED",
    title: "The key is being changed",
    detail: `Others write key ${id} at the same time. Ask again.`,
    retryAfterSeconds: 1,
  });
};
