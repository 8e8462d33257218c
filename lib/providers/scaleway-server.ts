import * as z from "zod";
import { madeBy, peoplesTags } from "../operation/marker.ts";
import type { Observation, Phase, Task, Volume } from "../operation/observation.ts";

const word = z.string().nullish();

const volumeEntrySchema = z.looseObject({ id: z.string().min(1), volume_type: word });

/**
 * A server as both Scaleway compute APIs send it: today's grew out of the older one. Only what we use is looked at,
 * and nothing but the id and the state has to be there (the seed's own examples leave dates and details out).
 */
export const serverSchema = z.looseObject({
  id: z.string().min(1),
  name: word,
  state: z.string(),
  state_detail: word,
  tags: z.array(z.string()).nullish(),
  creation_date: word,
  modification_date: word,
  protected: z.boolean().nullish(),
  /** A map with string keys; a list in the oldest documents. */
  volumes: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
});
export type ScalewayServer = z.infer<typeof serverSchema>;

const addressSchema = z.looseObject({ address: z.string().min(1) });

/** The public addresses of a server, each once, as far as it shows them. */
const addressesOf = ({ public_ip: one, public_ips: all }: ScalewayServer): string[] => [
  ...new Set(
    [...(Array.isArray(all) ? all : []), one].flatMap((entry) => {
      const read = addressSchema.safeParse(entry);
      return read.success ? [read.data.address] : [];
    }),
  ),
];

/** The words of both APIs for how a server stands. */
export const serverStates: readonly (readonly [string, Phase])[] = [
  ["running", "on"],
  ["stopped", "off"],
  // A guest that halts itself lands here too. It still bills, and DELETE is refused.
  ["stopped in place", "standby"],
  ["starting", "moving"],
  ["stopping", "moving"],
  ["locked", "locked"],
];

export const serverEnvelope = z.looseObject({ server: serverSchema });

/** `{servers: […]}`; each is parsed by itself, so that one odd server does not hide the others. */
export const serverListEnvelope = z.looseObject({ servers: z.array(z.unknown()) });

/** A task as both APIs send it. `progress` is a number, or the same as text. */
export const taskSchema = z.looseObject({
  id: z.string().min(1),
  status: z.string(),
  description: word,
  progress: z.union([z.number(), z.string()]).nullish(),
  /** What it makes, as a path: `/images/{id}` of a backup. */
  href_result: word,
});
export type ScalewayTask = z.infer<typeof taskSchema>;

/** The answer to an action; tolerant of an absent task, since today's is a fake one on its way out. */
export const actionEnvelope = z.looseObject({ task: taskSchema.nullish() });

/** `"0"`, `0` or `57` as a number 0 to 100; null for anything else. */
export const progressOf = (progress: ScalewayTask["progress"]): number | null => {
  if (progress === null || progress === undefined || progress === "") return null;
  const number = Number(progress);
  return Number.isFinite(number) ? Math.min(100, Math.max(0, number)) : null;
};

/** The task as we keep it: the provider's id and word, the progress as a number. */
export const taskOf = (task: ScalewayTask): Task => ({
  id: task.id,
  status: task.status,
  progress: progressOf(task.progress),
});

/** Volumes of the block API are told by their type; all others belong to the server's own API. */
export const storeOf = (volumeType: string | null | undefined): Volume["store"] =>
  volumeType?.startsWith("sbs") === true ? "block" : "local";

/** The volumes of a server, whatever form their list has; an entry without an id can't be acted on and is left out. */
export const volumesOf = (volumes: ScalewayServer["volumes"]): Volume[] =>
  Object.values(volumes ?? {}).flatMap((entry) => {
    const volume = volumeEntrySchema.safeParse(entry);
    return volume.success ? [{ id: volume.data.id, store: storeOf(volume.data.volume_type) }] : [];
  });

/** What a look at a server says. `phases` is the dialect's table of state words; a word not in it is `unknown`. */
export const observationOf = (
  server: ScalewayServer,
  phases: ReadonlyMap<string, Phase>,
  task: Task | null,
  requestId: string | null,
): Observation => {
  const addresses = addressesOf(server);
  return {
    phase: phases.get(server.state) ?? "unknown",
    state: server.state,
    detail: server.state_detail === "" ? null : (server.state_detail ?? null),
    name: server.name ?? null,
    modified: server.modification_date ?? null,
    is_protected: server.protected ?? false,
    made_by: madeBy(server.tags ?? []),
    tags: peoplesTags(server.tags ?? []),
    volumes: volumesOf(server.volumes),
    ...(addresses.length === 0 ? {} : { addresses }),
    task,
    request_id: requestId,
  };
};
