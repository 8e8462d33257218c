import type { Faults } from "../faults.ts";
import { drawDuration, type Mixture } from "../timings.ts";
import type { World } from "../world.ts";
import { templateShape } from "./inventory.ts";
import { guestId, type BuildRecord, type Holdings, type ServerRecord } from "./records.ts";

/** How far a build is: `failed` looks on the wire as `building` does, and `queued` as `ready`. */
export type BuildState = "queued" | "building" | "failed" | "ready";

/** The jobs that clone templates. */
export interface Builds {
  /** The job of a server that is made now: queued, with what will become of it. */
  queue(server: { name: string; nodeId: number; vmid: number }): BuildRecord;
  /** How far a server's build is at an instant, which may lie in the past. */
  stateAt(server: ServerRecord, at: number): BuildState;
  /** Puts the machines on their nodes whose clones are over. */
  settle(): void;
  /** The end of a job whose server is taken off the panel: a clone that runs goes on. */
  orphan(server: ServerRecord): void;
  /** Ends what a job was doing, well or not. */
  force(server: ServerRecord, state: "ready" | "failed"): void;
}

const waits: Record<"quick" | "slow", Mixture> = {
  quick: [{ weight: 1, median: 2000, sigma: 0.5 }],
  slow: [{ weight: 1, median: 300_000, sigma: 0.2 }],
};
const clones: Mixture = [{ weight: 1, median: 60_000, sigma: 0.6 }];
/** A clone takes 20 s at least (providers.md 7), and less than the 420 s after which its job is ended. */
const cloneBounds = { least: 20_000, most: 415_000 };

/** Opens the queue of a panel; `pace` is its setting `queue`. */
export const openBuilds = (parts: {
  world: World;
  faults: Faults;
  holdings: Holdings;
  speed: number;
  pace: "quick" | "slow" | "stopped";
}): Builds => {
  const { world, faults, holdings, speed, pace } = parts;
  const draw = world.random("durations");

  const land = (server: ServerRecord): void => {
    holdings.guests.put({
      id: guestId(server.nodeId, server.vmid),
      nodeId: server.nodeId,
      vmid: server.vmid,
      ...templateShape,
      lockedIps: [],
    });
  };

  const stateAt = ({ build }: ServerRecord, at: number): BuildState => {
    if (build === null) return "ready";
    if (build.pickedAt === null || at < build.pickedAt) return "queued";
    if (build.fails && build.endsAt !== null && at >= build.endsAt) return "failed";
    return build.endsAt === null || at < build.endsAt ? "building" : "ready";
  };

  return {
    stateAt,
    queue({ name, nodeId, vmid }) {
      const now = world.clock.now();
      const about = { method: "POST", path: "/api/application/servers", subject: name };
      const wait = drawDuration(draw, waits[pace === "slow" ? "slow" : "quick"]) / speed;
      const clone = drawDuration(draw, clones);
      const length = Math.min(cloneBounds.most, Math.max(cloneBounds.least, clone)) / speed;
      const isStuck = faults.strikes("stuck", about) !== undefined;
      const isTaken = holdings.guests.get(guestId(nodeId, vmid)) !== undefined;
      return {
        pickedAt: pace === "stopped" ? null : now + wait,
        endsAt: isStuck ? null : now + wait + length,
        fails: faults.strikes("capacity_failure", about) !== undefined || isTaken,
        landed: false,
      };
    },
    settle() {
      const now = world.clock.now();
      for (const server of holdings.servers.values()) {
        if (server.build?.landed === false && stateAt(server, now) === "ready") {
          land(server);
          holdings.servers.put({ ...server, build: { ...server.build, landed: true } });
        }
      }
    },
    orphan(server) {
      if (stateAt(server, world.clock.now()) === "building" && server.build?.fails === false) {
        land(server);
      }
    },
    force(server, state) {
      const now = world.clock.now();
      const build = { pickedAt: now, endsAt: now, fails: state === "failed", landed: false };
      holdings.servers.put({ ...server, build });
    },
  };
};
