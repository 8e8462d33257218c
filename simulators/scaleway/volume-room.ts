import type { Draw } from "../randomness.ts";
import { drawDuration, type Mixture } from "../timings.ts";
import type { World } from "../world.ts";
import type { Owner } from "./new-server.ts";
import type { Holdings, ServerRecord, VolumeRecord } from "./records.ts";

/** What a new volume is to be; owner and zone come from whom it is made for. */
interface NewVolume {
  name: string;
  volumeType: VolumeRecord["volumeType"];
  /** Bytes. */
  size: number;
  iops?: number;
  tags?: string[];
  snapshotId?: string | null;
}

/** The only writer of what is attached to what. */
export interface VolumeRoom {
  create(volume: NewVolume, owner: Owner): VolumeRecord;
  attach(volume: VolumeRecord, serverId: string): VolumeRecord;
  /** Detaches as of an instant; a block volume stays `in_use` for a while. */
  detach(volume: VolumeRecord, at: number): void;
  /** Whether it is attached, or was until a moment ago. */
  isInUse(volume: VolumeRecord): boolean;
  /** Makes the server's volumes exactly these: what it loses is detached. Returns the map to keep. */
  rearrange(server: ServerRecord, wanted: Record<string, string>): Record<string, string>;
}

const newRecord = (world: World, volume: NewVolume, owner: Owner): VolumeRecord => {
  const now = world.clock.now();
  return {
    id: world.newId(),
    zone: owner.zone,
    name: volume.name,
    organization: owner.organization,
    project: owner.project,
    volumeType: volume.volumeType,
    size: volume.size,
    iops: volume.iops ?? 5000,
    serverId: null,
    tags: volume.tags ?? [],
    snapshotId: volume.snapshotId ?? null,
    createdAt: now,
    modifiedAt: now,
    detachedAt: null,
    busyUntil: null,
  };
};

/** Volumes of a world; `detachDuration` is how long a block volume stays in use after it was let go. */
export const createVolumeRoom = (parts: {
  world: World;
  holdings: Holdings;
  detachDuration: Mixture;
  speed: number;
}): VolumeRoom => {
  const { world, holdings } = parts;
  const draw: Draw = world.random("detach");
  const detach = (volume: VolumeRecord, at: number) => {
    const busy =
      volume.volumeType === "sbs_volume" ? at + drawDuration(draw, parts.detachDuration) / parts.speed : null;
    holdings.volumes.put({ ...volume, serverId: null, detachedAt: at, modifiedAt: at, busyUntil: busy });
  };
  const attach = (volume: VolumeRecord, serverId: string) =>
    holdings.volumes.put({ ...volume, serverId, busyUntil: null, modifiedAt: world.clock.now() });
  return {
    create: (volume, owner) => holdings.volumes.put(newRecord(world, volume, owner)),
    attach,
    detach,
    isInUse: (volume) =>
      volume.serverId !== null || (volume.busyUntil !== null && world.clock.now() < volume.busyUntil),
    rearrange(server, wanted) {
      const kept = new Set(Object.values(wanted));
      for (const id of Object.values(server.volumes)) {
        const volume = holdings.volumes.get(id);
        if (volume !== undefined && !kept.has(id)) {
          detach(volume, world.clock.now());
        }
      }
      for (const id of kept) {
        const volume = holdings.volumes.get(id);
        if (volume !== undefined && volume.serverId !== server.id) {
          attach(volume, server.id);
        }
      }
      return wanted;
    },
  };
};
