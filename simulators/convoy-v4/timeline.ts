import type { Faults } from "../faults.ts";
import { drawDuration, type Mixture } from "../timings.ts";
import type { World } from "../world.ts";
import { guestIdOf, type Holdings, type ServerRecord, type ServerStatus } from "./records.ts";

/** What the panel's jobs do to servers as time passes. */
export interface Timeline {
  /** Whether the panel has the server at an instant, which may lie in the past. */
  isThere(server: ServerRecord, at: number): boolean;
  /** A server's status at an instant, which may lie in the past. */
  statusAt(server: ServerRecord, at: number): ServerStatus;
  /** The server as it is when the status is written now; what jobs will write later stays. */
  withStatus(server: ServerRecord, status: ServerStatus): ServerRecord;
  /** The server with its build begun. */
  built(server: ServerRecord): ServerRecord;
  /** The server with its deletion begun; `purge` destroys the machine as well. */
  deleted(server: ServerRecord, purge: boolean): ServerRecord;
  /** Whether its build runs. */
  isBuilding(server: ServerRecord): boolean;
  /** The server in that status at once and for good, whatever was happening to it. */
  forced(server: ServerRecord, status: ServerStatus): ServerRecord;
  /** Puts machines on their nodes, and takes off what is deleted. */
  settle(): void;
}

const builds: Mixture = [{ weight: 1, median: 60_000, sigma: 0.6 }];
/** A clone takes 20 s at least; the chain of jobs has 20 s, 30 minutes and 5 minutes (providers.md 5.2). */
const buildBounds = { least: 20_000, most: 2_100_000 };
const deletions: Record<"purge" | "record", Mixture> = {
  purge: [{ weight: 1, median: 30_000, sigma: 0.5 }],
  record: [{ weight: 1, median: 2000, sigma: 0.5 }],
};
/** How long deleted servers are kept for lists that lag. */
const rememberedMilliseconds = 60_000;
/** Enough for what lists that lag can ask for. */
const rememberedStatuses = 10;

const written = (server: ServerRecord, ...entries: ServerRecord["statuses"]): ServerRecord => ({
  ...server,
  statuses: [...server.statuses, ...entries]
    .toSorted((one, other) => one.at - other.at)
    .slice(-rememberedStatuses),
});

const isThere = ({ createdAt, goneAt }: ServerRecord, at: number): boolean =>
  createdAt <= at && (goneAt === null || at < goneAt);

const statusAt = ({ statuses }: ServerRecord, at: number): ServerStatus =>
  statuses.findLast((entry) => entry.at <= at)?.status ?? null;

/** Puts a built machine on its node. */
const land = (holdings: Holdings, server: ServerRecord): void => {
  const { cpu, memory, disk } = server.buildLimits ?? server.limits;
  holdings.guests.put({
    id: guestIdOf(server),
    isRunning: server.startsOnCompletion,
    cpu,
    memory,
    disk,
  });
  holdings.servers.put({ ...server, landsAt: null, buildLimits: null });
};

/** Takes off what a deletion has ended. */
const vanish = (holdings: Holdings, server: ServerRecord): void => {
  if (!server.leavesGuest) {
    holdings.guests.remove(guestIdOf(server));
    holdings.servers.put({ ...server, landsAt: null, leavesGuest: true });
  }
};

/** The jobs of a panel; `overwrites` and `countsAsGone` are its settings. */
export const openTimeline = (parts: {
  world: World;
  faults: Faults;
  holdings: Holdings;
  speed: number;
  overwrites: boolean;
  countsAsGone: boolean;
}): Timeline => {
  const { world, faults, holdings, speed, overwrites, countsAsGone } = parts;
  const draw = world.random("durations");
  const path = "/api/application/servers";

  const built = (server: ServerRecord): ServerRecord => {
    const now = world.clock.now();
    const about = { method: "POST", path, subject: server.name };
    const length = Math.min(buildBounds.most, Math.max(buildBounds.least, drawDuration(draw, builds)));
    const endsAt = now + length / speed;
    const begun = written(server, { at: now, status: "installing" });
    if (faults.strikes("stuck", about) !== undefined) {
      return begun;
    }
    const isTaken = holdings.guests.get(guestIdOf(server)) !== undefined;
    return faults.strikes("capacity_failure", about) !== undefined || isTaken
      ? written(begun, { at: endsAt, status: "install_failed" })
      : { ...written(begun, { at: endsAt, status: null }), landsAt: endsAt };
  };

  const deleted = (server: ServerRecord, purge: boolean): ServerRecord => {
    const now = world.clock.now();
    const about = { method: "DELETE", path: `${path}/${server.id}`, subject: server.name };
    const past = overwrites ? server : { ...server, statuses: server.statuses.filter(({ at }) => at <= now) };
    const begun = written(past, { at: now, status: "deleting" });
    const isUnreachable = faults.strikes("capacity_failure", about) !== undefined;
    const endsAt =
      Math.max(now, server.landsAt ?? now) +
      drawDuration(draw, deletions[purge ? "purge" : "record"]) / speed;
    if (faults.strikes("stuck", about) !== undefined) {
      return begun;
    }
    return isUnreachable && !countsAsGone
      ? written(begun, { at: endsAt, status: "deletion_failed" })
      : { ...begun, goneAt: endsAt, leavesGuest: !purge || isUnreachable };
  };

  return {
    isThere,
    statusAt,
    built,
    deleted,
    withStatus: (server, status) => written(server, { at: world.clock.now(), status }),
    isBuilding: (server) => statusAt(server, world.clock.now()) === "installing",
    forced: (server, status) => ({
      ...server,
      statuses: [{ at: world.clock.now(), status }],
      landsAt: null,
      goneAt: null,
    }),
    settle() {
      const now = world.clock.now();
      for (const server of holdings.servers.values()) {
        if (server.landsAt !== null && server.landsAt <= now) {
          land(holdings, server);
        }
        if (server.goneAt !== null && server.goneAt <= now) {
          vanish(holdings, server);
        }
        if (server.goneAt !== null && server.goneAt + rememberedMilliseconds <= now) {
          holdings.servers.remove(server.id);
        }
      }
    },
  };
};
