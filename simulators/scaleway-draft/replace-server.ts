import * as z from "zod";
import { invalidRequest } from "../scaleway-compute/errors.ts";
import type { ServerRecord } from "../scaleway/records.ts";
import { findFreeIp, findFreeVolume } from "./create-server.ts";
import type { DraftParts } from "./parts.ts";
import { reservedIpOf } from "./server-body.ts";

const given = z.unknown().refine((value) => value !== undefined, "required key not provided");
const volumes = z.array(z.union([z.string(), z.looseObject({ id: z.string() })]));
/** An address comes back as it was shown, or as the id of a reserved one. */
const publicIp = z.union([z.string(), z.looseObject({ id: z.string() })]).nullable();

const wholeServer = z.strictObject({
  id: z.string(),
  name: z.string().min(1),
  organization: z.string(),
  image: given,
  private_ip: given,
  running: z.boolean(),
  tags: z.array(z.string()),
  volumes,
  public_ip: publicIp,
  dynamic_public_ip: z.boolean(),
});

/** The body of a PUT, with all ten fields; what a client cannot change is read over. */
export const replaceServerBody = {
  refuse: wholeServer,
  empty: wholeServer.partial().extend({
    name: z.string().min(1),
    tags: z.array(z.string()).default([]),
    volumes: volumes.default([]),
    public_ip: publicIp.default(null),
    dynamic_public_ip: z.boolean().default(false),
  }),
};

type Replacement = Pick<
  z.infer<typeof wholeServer>,
  "name" | "tags" | "volumes" | "public_ip" | "dynamic_public_ip"
>;

const idOf = (reference: string | { id: string }): string =>
  typeof reference === "string" ? reference : reference.id;

/** Whether an address that was sent is what a server is shown with now. */
const isShown = (server: ServerRecord, sent: string): boolean =>
  sent === server.dynamicIp?.id || sent === server.dynamicIp?.address;

const placeIp = (parts: DraftParts, server: ServerRecord, sent: Replacement["public_ip"]): void => {
  const held = reservedIpOf(parts, server);
  const id = sent === null ? null : idOf(sent);
  if (id === held?.id || id === held?.address || (id !== null && isShown(server, id))) return;
  const wanted = id === null ? undefined : findFreeIp(parts, id, server.id, server);
  if (held !== undefined) parts.holdings.ips.put({ ...held, serverId: null });
  if (wanted !== undefined) parts.holdings.ips.put({ ...wanted, serverId: server.id });
};

/**
 * Makes a server what the body says: the last one to write wins, whatever was read before.
 *
 * @throws Refusal 400 or 404; nothing is changed then.
 */
export const replaceServer = (parts: DraftParts, server: ServerRecord, body: Replacement): ServerRecord => {
  const wanted = body.volumes.map((each) => findFreeVolume(parts, idOf(each), server.id).id);
  const isSame = wanted.join() === Object.values(server.volumes).join();
  const { state } = parts.lifecycle.shown(server, parts.world.clock.now());
  if (!isSame && state !== "stopped") {
    throw invalidRequest("server should be stopped");
  }
  placeIp(parts, server, body.public_ip);
  const placed = Object.fromEntries(wanted.map((volume, place) => [String(place), volume]));
  return parts.lifecycle.change(server, {
    name: body.name,
    tags: body.tags,
    dynamicIpRequired: body.dynamic_public_ip,
    volumes: isSame ? server.volumes : parts.volumes.rearrange(server, placed),
  });
};
