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

/** Somebody who wants to be told when the servers run. */
const waitingSchema = z.strictObject({
  id: z.string(),
  schedule: z.string(),
  url: z.string(),
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

/** Keeps a callback; the same one is kept once. @returns its id */
export const keepCallback = async (
  callback: Omit<WaitingCallback, "id">,
  key: string,
  ports: CallbackPorts,
): Promise<string> => {
  const id = `wcb_${fingerprintOf([callback.schedule, key]).slice(0, 24)}`;
  const expires = Math.floor(Date.parse(callback.until) / 1000) + keptSeconds;
  await ports.documents.save(
    waitingFolder,
    nameOf({ ...callback, id }),
    asJson({ ...callback, id }),
    0,
    expires,
  );
  return id;
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

/**
 * Has those called whose servers run, and those whose lease is over. First the call, then the wait: a death in between
 * lets the same call be kept again, under the same name.
 * @returns how many wait on, and those whose servers run
 */
export const callReady = async (
  waiting: readonly Waiting[],
  standings: ReadonlyMap<string, Standing>,
  ports: CallbackPorts,
): Promise<{ readonly left: number; readonly ready: readonly Standing[] }> => {
  const now = ports.clock.now();
  const ready = new Set<Standing>();
  const moved = await inParallel(waiting, movesAtOnce, async ({ callback, version }) => {
    const standing = standings.get(serversKey(callback.servers));
    if (standing === undefined || standing.failure !== undefined) return false;
    const isReady = standing.isOn && standing.total > 0;
    if (!isReady && Date.parse(callback.until) > now) return false;
    const due: DueCallback = {
      id: callback.id,
      url: callback.url,
      body: bodyOf(callback, standing, isReady, now),
      signed_as: standing.key,
      attempts: 0,
      next_at: instant(now),
    };
    await ports.documents.save(dueFolder, callback.id, asJson(due), 0, Math.floor(now / 1000) + keptSeconds);
    if (isReady) ready.add(standing);
    await ports.documents.remove(waitingFolder, nameOf(callback), version);
    return true;
  });
  return { left: moved.filter((is) => !is).length, ready: [...ready] };
};
