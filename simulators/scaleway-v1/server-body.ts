import type { ServerRecord, ShownState } from "../scaleway/records.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import type { V1Parts } from "./parts.ts";
import { stateWord } from "./plan.ts";

/** A server, and the instant as of which it is shown. */
export interface SeenServer {
  server: ServerRecord;
  at: number;
}

/** The state behind the word. */
export const stateAt = (parts: V1Parts, { server, at }: SeenServer): ShownState =>
  parts.lifecycle.shown(server, at).state;

/** The address of a server: it has one while it is on. */
export const addressOf = (server: ServerRecord): string | null => server.dynamicIp?.address ?? null;

/** Volume ids in the order of their places. */
export const volumesOf = (server: ServerRecord): string[] =>
  Object.entries(server.volumes)
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([, id]) => id);

/** A server as this API shows it: `id`, `image_id` and `name` are the document's, the rest is what it must know. */
export const serverBody = (parts: V1Parts, seen: SeenServer) => ({
  id: seen.server.id,
  image_id: seen.server.imageId,
  name: seen.server.name,
  organization_id: seen.server.organization,
  state: stateWord(parts.settings, stateAt(parts, seen)),
  ip: addressOf(seen.server),
  volumes: volumesOf(seen.server).map((id, place) => ({ id, device: `nbd${place}` })),
  creation_date: toWireTime(seen.server.createdAt),
});
