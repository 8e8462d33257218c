import * as z from "zod";
import { fingerprintOf } from "../operation/operation-id.ts";
import { asJson } from "../operation/json.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { inParallel } from "./in-parallel.ts";
import type { Standing } from "./server-standing.ts";

const waitingFolder = "wake-callbacks";
/** Those that are to be called; read by the deliverer, which has the guarded client. */
export const dueFolder = "wake-due";

/** Somebody who has asked for servers, and is told when they run. */
const waitingSchema = z.strictObject({
  id: z.string(),
  schedule: z.string(),
  /** What is called; null: nothing, only the event says so. */
  url: z.string().nullable(),
  /** Ids; null: all servers of the schedule. */
  servers: z.array(z.string()).nullable(),
  /** When the lease ends: then it is told that they do not run. */
  until: z.iso.datetime(),
});
export type WaitingCallback = z.infer<typeof waitingSchema>;

/** A call that is to be made. */
export const dueCallbackSchema = z.strictObject({
  id: z.string(),
  url: z.string(),
  body: z.string(),
  /** The schedule with whose secret it is signed (`tickKeyOf`); left out: kept before callbacks were signed. */
  signed_as: z.string().exactOptional(),
  attempts: z.int().nonnegative(),
  next_at: z.iso.datetime(),
});
export type DueCallback = z.infer<typeof dueCallbackSchema>;

const keptSeconds = 7 * 86_400;
const pageSize = 500;
const movesAtOnce = 20;

type CallbackPorts = Pick<Ports, "documents" | "clock">;

/** Names are by schedule, so that they stand together. */
const nameOf = ({ schedule, id }: Pick<WaitingCallback, "schedule" | "id">): string => `${schedule}|${id}`;

export const callbackIdOf = (schedule: string, key: string): string =>
  `wcb_${fingerprintOf([schedule, key]).slice(0, 24)}`;

/** Keeps a callback; the same one is kept once. */
export const keepCallback = async (
  callback: Omit<WaitingCallback, "id">,
  key: string,
  ports: CallbackPorts,
): Promise<void> => {
  const id = callbackIdOf(callback.schedule, key);
  const expires = Math.floor(Date.parse(callback.until) / 1000) + keptSeconds;
  await ports.documents.save(
    waitingFolder,
    nameOf({ ...callback, id }),
    asJson({ ...callback, id }),
    0,
    expires,
  );
};

/** A callback that waits, with the version that was read. */
export interface Waiting {
  readonly callback: WaitingCallback;
  readonly version: number;
}

/** All callbacks that wait, by schedule. */
export const waitingCallbacks = async ({
  documents,
}: CallbackPorts): Promise<ReadonlyMap<string, readonly Waiting[]>> => {
  const found = new Map<string, Waiting[]>();
  let after: string | null = null;
  do {
    const page = await documents.list(waitingFolder, after, pageSize);
    for (const { value, version } of page.documents) {
      const callback = waitingSchema.parse(value);
      const own = found.get(callback.schedule) ?? [];
      own.push({ callback, version });
      found.set(callback.schedule, own);
    }
    after = page.next;
  } while (after !== null);
  return found;
};

/** The key under which callbacks wait for the same servers. */
export const serversKey = (servers: readonly string[] | null): string =>
  servers === null ? "" : servers.toSorted().join("\n");

const bodyOf = (
  { id, schedule }: WaitingCallback,
  standing: Standing,
  isReady: boolean,
  now: number,
): string =>
  JSON.stringify({
    id,
    schedule,
    ready: isReady,
    at: instant(now),
    server_count: standing.total,
    servers: standing.servers.map((server) => ({ id: server.id, name: server.name, running: server.isOn })),
  });

const isReady = (standing: Standing): boolean =>
  standing.failure === undefined && standing.isOn && standing.total > 0;

/** Those of a group whose servers run, to be told once each. */
export interface Ready {
  readonly standing: Standing;
  readonly ids: readonly string[];
}

/** Those who wait for servers that run now, by their servers. */
export const readyAmong = (
  waiting: readonly Waiting[],
  standings: ReadonlyMap<string, Standing>,
): readonly Ready[] =>
  [...Map.groupBy(waiting, ({ callback }) => serversKey(callback.servers))].flatMap(([key, own]) => {
    const standing = standings.get(key);
    return standing === undefined || !isReady(standing)
      ? []
      : [{ standing, ids: own.map(({ callback }) => callback.id) }];
  });

/**
 * Has those called whose servers run, and those whose lease is over. First the call, then the wait: a death in between
 * lets the same call be kept again, under the same name.
 * @returns how many wait on
 */
export const callReady = async (
  waiting: readonly Waiting[],
  standings: ReadonlyMap<string, Standing>,
  ports: CallbackPorts,
): Promise<number> => {
  const now = ports.clock.now();
  const moved = await inParallel(waiting, movesAtOnce, async ({ callback, version }) => {
    const standing = standings.get(serversKey(callback.servers));
    if (standing === undefined || standing.failure !== undefined) return false;
    if (!isReady(standing) && Date.parse(callback.until) > now) return false;
    const { id, url } = callback;
    if (url !== null) {
      const due: DueCallback = {
        id,
        url,
        body: bodyOf(callback, standing, isReady(standing), now),
        signed_as: standing.key,
        attempts: 0,
        next_at: instant(now),
      };
      await ports.documents.save(dueFolder, id, asJson(due), 0, Math.floor(now / 1000) + keptSeconds);
    }
    await ports.documents.remove(waitingFolder, nameOf(callback), version);
    return true;
  });
  return moved.filter((is) => !is).length;
};
