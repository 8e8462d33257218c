import * as z from "zod";
import type { Ports } from "../ports/ports.ts";

type LeasePorts = Pick<Ports, "cells" | "clock" | "randomness">;

const key = "follower";
const leaseSchema = z.strictObject({
  owner: z.string(),
  /** Milliseconds since the epoch. */
  until: z.number(),
  /** Operations that a follower ended, or was about to end, and whose events it has yet to publish. */
  owed: z.array(z.string()),
  /** Events that are out and that rows in flight still hold, left by a follower whose time was over. */
  said: z.array(z.string()),
});
type Lease = z.infer<typeof leaseSchema>;

/** More than this is not handed on: then some events are said twice, which is allowed. */
const saidLimit = 2000;

/** The promise to publish: whoever makes it has written down where the next one finds these operations. */
export interface EndsOwed {
  /** Names operations that are about to be ended. Must have returned before the ends are saved. @throws LeaseLost */
  owe(ids: readonly string[]): Promise<void>;
  /** Their events are out. */
  settle(ids: readonly string[]): void;
}

/** Milliseconds that a lease lasts, and after which it is renewed. */
const term = 6000;
const renewal = 2000;
const pollMilliseconds = 1000;

/** Somebody else is the follower now. */
export class LeaseLost extends Error {
  constructor() {
    super("Another follower has taken over.");
    this.name = "LeaseLost";
  }
}

const nobody: Lease = { owner: "", until: 0, owed: [], said: [] };

const load = async ({ cells }: LeasePorts): Promise<{ version: number; lease: Lease }> => {
  const cell = await cells.load(key);
  return cell === null
    ? { version: 0, lease: nobody }
    : { version: cell.version, lease: leaseSchema.parse(cell.value) };
};

/**
 * The right to be the only follower, and the follower's promise to publish.
 *
 * The right only saves provider calls: two followers at once do no harm, because every row is written on condition
 * of the version that was read (R6). The promise saves a write an operation: before ends are saved, the lease names
 * them as owed; such rows need not stay in the due index and need no mark when their events are out. Whoever holds
 * the lease next inherits what is still owed, so an end is announced even if its follower dies in between.
 */
export class FollowerLease implements EndsOwed {
  readonly #ports: LeasePorts;
  readonly #owner: string;
  #version: number;
  #renewAt: number;
  readonly #owed: Set<string>;
  #saving: Promise<void> = Promise.resolve();
  /** What the follower before has said already. */
  readonly said: readonly string[];

  constructor(ports: LeasePorts, owner: string, version: number, before: Pick<Lease, "owed" | "said">) {
    this.#ports = ports;
    this.#owner = owner;
    this.#version = version;
    this.#renewAt = ports.clock.now() + renewal;
    this.#owed = new Set(before.owed);
    this.said = before.said;
  }

  /** Operations whose events are owed: this follower's own and inherited ones. */
  get owed(): readonly string[] {
    return [...this.#owed];
  }

  /** Names operations that are about to be ended. Must have returned before the ends are saved. @throws LeaseLost */
  async owe(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#owed.add(id);
    await this.#save(this.#ports.clock.now() + term, []);
  }

  /** Their events are out. The lease stops naming them when it is next written. */
  settle(ids: readonly string[]): void {
    for (const id of ids) this.#owed.delete(id);
  }

  /** Renews when it is time. @throws LeaseLost */
  async keep(): Promise<void> {
    if (this.#ports.clock.now() >= this.#renewAt) await this.#save(this.#ports.clock.now() + term, []);
  }

  /** Lets the next one in at once. What is still owed stays named, and what was said is handed on. */
  async release(said: readonly string[]): Promise<void> {
    try {
      await this.#save(0, said);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
    }
  }

  /** A save that failed may have been carried out: then the cell is ours, at a version that we don't know yet. */
  async #learnVersion(): Promise<void> {
    const { version, lease } = await load(this.#ports);
    if (lease.owner === this.#owner) this.#version = version;
  }

  /** One save after the other: each is on condition of the one before. */
  #save(until: number, said: readonly string[]): Promise<void> {
    const saved = this.#saving.then(() => this.#write(until, said));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async #write(until: number, said: readonly string[]): Promise<void> {
    this.#renewAt = this.#ports.clock.now() + renewal;
    const lease: Lease = { owner: this.#owner, until, owed: [...this.owed], said: said.slice(0, saidLimit) };
    try {
      if (!(await this.#ports.cells.save(key, lease, this.#version))) throw new LeaseLost();
      this.#version += 1;
    } catch (error) {
      if (!(error instanceof LeaseLost)) await this.#learnVersion();
      throw error;
    }
  }
}

const tryTake = async (owner: string, ports: LeasePorts): Promise<FollowerLease | null> => {
  const { version, lease } = await load(ports);
  const now = ports.clock.now();
  if (lease.until > now) return null;
  const taken = await ports.cells.save(key, { ...lease, owner, until: now + term }, version);
  return taken ? new FollowerLease(ports, owner, version + 1, lease) : null;
};

/** Whether a follower has left events that it owed. */
export const isSomethingOwed = async (ports: LeasePorts): Promise<boolean> =>
  (await load(ports)).lease.owed.length > 0;

/** Whether a follower is at work. */
export const isFollowing = async (ports: LeasePorts): Promise<boolean> =>
  (await load(ports)).lease.until > ports.clock.now();

/**
 * Takes the lease. When another follower has it, asks again each second for a little more than one term: a follower
 * that lives renews its lease in that time or ends its run, one that died does neither. So a restart goes on within
 * seconds, and one minute's follower takes over from the last one's without a gap. Null when the other one goes on.
 */
export const takeFollowerLease = async (ports: LeasePorts): Promise<FollowerLease | null> => {
  const owner = ports.randomness.token();
  const until = ports.clock.now() + term + renewal;
  for (;;) {
    const lease = await tryTake(owner, ports);
    if (lease !== null) return lease;
    if (ports.clock.now() >= until) return null;
    await ports.clock.sleep(pollMilliseconds);
  }
};
