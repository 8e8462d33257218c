import type { Faults, Occasion } from "../faults.ts";
import { octetsOf, type Draw } from "../randomness.ts";
import { drawDuration, type Mixture } from "../timings.ts";
import type { World } from "../world.ts";
import type { Holdings, RestState, ServerRecord, ShownState, StateAction, TaskRecord } from "./records.ts";
import type { VolumeRoom } from "./volume-room.ts";

/** What a server shows while an action is under way, by the share of its duration, and where it ends. */
interface ActionPlan {
  phases: readonly { upTo: number; state: "starting" | "stopping"; detail: string }[];
  /** Null: the server is gone. */
  end: { state: RestState; detail: string } | null;
  /** The description of its task. */
  task: string;
}

/** The way of a dialect through its states. */
export interface LifecyclePlan {
  actions: Partial<Record<StateAction, ActionPlan>>;
  durations: Record<StateAction, Mixture>;
  /** `state_detail` after a power-on that fell back. */
  failedDetail: string;
  /** The task of a dialect whose tasks can be followed may be told never to end. */
  obeysTaskSwitches: boolean;
}

/** Servers in their states: the only writer of states, transitions, and of what follows from them. */
export interface Lifecycle {
  /** Begins an action at the clock's instant; the server is in transition before any answer is sent. */
  begin(server: ServerRecord, action: StateAction, hrefFrom: string, occasion: Occasion): TaskRecord;
  /** Lets everything that has ended by now have happened, in the order in which it ended. */
  settle(): void;
  /** What a client sees that looks at an instant, which may lie in the past. */
  shown(server: ServerRecord, at: number): { state: ShownState; detail: string };
  /** Takes a server away now: its local volumes too when `withLocalVolumes`, all others are detached. */
  remove(server: ServerRecord, withLocalVolumes: boolean): void;
  /** Puts a server into a state at once, ending what it was doing. */
  force(server: ServerRecord, state: RestState): void;
  /** Merges changes into a server as of now. */
  change(server: ServerRecord, changes: Partial<ServerRecord>): ServerRecord;
}

export interface LifecycleParts {
  world: World;
  holdings: Holdings;
  faults: Faults;
  volumes: VolumeRoom;
  plan: LifecyclePlan;
  speed: number;
}

const phaseAt = (plan: ActionPlan, share: number) =>
  plan.phases.find((phase) => share < phase.upTo) ?? plan.phases.at(-1);

/** What a server is given when it is powered on: addresses and a place. */
const onNetwork = (server: ServerRecord, hasOwnIp: boolean, newId: () => string): Partial<ServerRecord> => {
  const seed = newId();
  const octets = octetsOf(seed, 6);
  const host = octets.slice(0, 3).join(".");
  return {
    privateIp: server.privateIp ?? `10.${host}`,
    dynamicIp:
      server.dynamicIp ??
      (server.dynamicIpRequired && !hasOwnIp ? { id: seed, address: `51.${host}` } : null),
    ipv6: server.enableIpv6
      ? (server.ipv6 ?? `2001:bc8:${octets.map((o) => o.toString(16)).join(":")}::1`)
      : null,
    node: server.node ?? octets.slice(3).join("."),
  };
};

const offNetwork = { privateIp: null, dynamicIp: null, ipv6: null, node: null };

class PlannedLifecycle implements Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #draw: Draw;
  /** Servers in transition that will end, and the first instant at which one does. */
  readonly #moving = new Set<string>();
  #nextEnd = Number.POSITIVE_INFINITY;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#draw = parts.world.random("durations");
    for (const server of parts.holdings.servers.values()) {
      this.#watch(server);
    }
  }

  begin(server: ServerRecord, action: StateAction, hrefFrom: string, occasion: Occasion): TaskRecord {
    const { world, holdings, faults, plan, speed } = this.#parts;
    const now = world.clock.now();
    const about = { ...occasion, subject: server.name };
    const fails = action === "poweron" && faults.strikes("capacity_failure", about) !== undefined;
    const drawn = drawDuration(this.#draw, plan.durations[action]) / speed;
    const endsAt = faults.strikes("stuck", about) === undefined ? now + drawn : null;
    const unfollowed =
      plan.obeysTaskSwitches &&
      action === "terminate" &&
      faults.switched("terminate_task_never_finishes") !== undefined;
    const task = holdings.tasks.put({
      id: world.newId(),
      zone: server.zone,
      description: plan.actions[action]?.task ?? action,
      hrefFrom,
      hrefResult: null,
      serverId: server.id,
      startedAt: now,
      endsAt: unfollowed ? null : endsAt,
      fails,
    });
    this.#abandonTask(server);
    const booting = action === "poweron" || action === "reboot";
    const hasOwnIp = holdings.ips.values().some((ip) => ip.serverId === server.id);
    this.#watch(
      holdings.servers.put({
        ...server,
        ...(action === "poweron" ? onNetwork(server, hasOwnIp, () => world.newId()) : {}),
        ...(booting && server.firstBootCloudInit === undefined
          ? { firstBootCloudInit: server.userData["cloud-init"] ?? null }
          : {}),
        modifiedAt: now,
        transition: { action, startedAt: now, endsAt, fails, taskId: task.id },
      }),
    );
    return task;
  }

  settle(): void {
    const now = this.#parts.world.clock.now();
    if (now < this.#nextEnd) {
      return;
    }
    const ended: { server: ServerRecord; at: number }[] = [];
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const id of this.#moving) {
      const server = this.#parts.holdings.servers.get(id);
      const at = server?.transition?.endsAt ?? null;
      if (server === undefined || at === null) {
        this.#moving.delete(id);
      } else if (at <= now) {
        ended.push({ server, at });
        this.#moving.delete(id);
      } else {
        this.#nextEnd = Math.min(this.#nextEnd, at);
      }
    }
    for (const { server, at } of ended.toSorted((one, other) => one.at - other.at)) {
      this.#end(server, at);
    }
  }

  shown(server: ServerRecord, at: number): { state: ShownState; detail: string } {
    const { transition, cameFrom } = server;
    if (transition === null) {
      return at < server.stateSince && cameFrom !== null
        ? cameFrom
        : { state: server.state, detail: server.stateDetail };
    }
    if (at < transition.startedAt) {
      return { state: server.state, detail: server.stateDetail };
    }
    const plan = this.#parts.plan.actions[transition.action];
    const length = (transition.endsAt ?? Number.POSITIVE_INFINITY) - transition.startedAt;
    const phase = plan === undefined ? undefined : phaseAt(plan, (at - transition.startedAt) / length);
    return phase ?? { state: server.state, detail: server.stateDetail };
  }

  remove(server: ServerRecord, withLocalVolumes: boolean): void {
    this.#abandonTask(server);
    this.#removeAt(server, withLocalVolumes, this.#parts.world.clock.now());
  }

  force(server: ServerRecord, state: RestState): void {
    const now = this.#parts.world.clock.now();
    this.#abandonTask(server);
    const on = state === "running" || state === "stopped in place";
    const detail = this.#restDetail(state);
    this.#parts.holdings.servers.put({
      ...server,
      ...(on ? onNetwork(server, false, () => this.#parts.world.newId()) : offNetwork),
      state,
      stateDetail: detail,
      stateSince: now,
      modifiedAt: now,
      cameFrom: null,
      transition: null,
    });
  }

  change(server: ServerRecord, changes: Partial<ServerRecord>): ServerRecord {
    return this.#parts.holdings.servers.put({
      ...server,
      ...changes,
      modifiedAt: this.#parts.world.clock.now(),
    });
  }

  #watch(server: ServerRecord): void {
    const endsAt = server.transition?.endsAt ?? null;
    if (endsAt !== null) {
      this.#moving.add(server.id);
      this.#nextEnd = Math.min(this.#nextEnd, endsAt);
    }
  }

  #restDetail(state: RestState): string {
    const plans = Object.values(this.#parts.plan.actions);
    return plans.find((plan) => plan.end?.state === state)?.end?.detail ?? "";
  }

  /** A transition that is cut short leaves a task that failed. */
  #abandonTask(server: ServerRecord): void {
    const task =
      server.transition === null ? undefined : this.#parts.holdings.tasks.get(server.transition.taskId);
    const now = this.#parts.world.clock.now();
    if (task !== undefined && (task.endsAt === null || task.endsAt > now)) {
      this.#parts.holdings.tasks.put({ ...task, endsAt: now, fails: true });
    }
  }

  #end(server: ServerRecord, at: number): void {
    const transition = server.transition;
    const end = transition === null ? undefined : this.#parts.plan.actions[transition.action]?.end;
    if (transition === null || end === undefined) {
      return;
    }
    if (end === null) {
      this.#removeAt(server, true, at);
      return;
    }
    const before = this.shown(server, at);
    const state = transition.fails ? "stopped" : end.state;
    this.#parts.holdings.servers.put({
      ...server,
      ...(state === "stopped" ? offNetwork : {}),
      state,
      stateDetail: transition.fails ? this.#parts.plan.failedDetail : end.detail,
      stateSince: at,
      modifiedAt: at,
      cameFrom:
        before.state === "starting" || before.state === "stopping"
          ? { state: before.state, detail: before.detail }
          : null,
      transition: null,
    });
  }

  #removeAt(server: ServerRecord, withLocalVolumes: boolean, at: number): void {
    const { holdings, volumes } = this.#parts;
    for (const id of Object.values(server.volumes)) {
      const volume = holdings.volumes.get(id);
      if (volume !== undefined && withLocalVolumes && volume.volumeType !== "sbs_volume") {
        holdings.volumes.remove(id);
      } else if (volume !== undefined) {
        volumes.detach(volume, at);
      }
    }
    for (const ip of holdings.ips.values()) {
      if (ip.serverId === server.id) {
        holdings.ips.put({ ...ip, serverId: null });
      }
    }
    holdings.servers.remove(server.id);
  }
}

/** The lifecycle of a dialect's servers; goes on with transitions that a saved world holds. */
export const createLifecycle = (parts: LifecycleParts): Lifecycle => new PlannedLifecycle(parts);
