import type { Chance } from "./chance.ts";
import type { Cloud } from "./cloud.ts";
import { refusal, type Server } from "./held.ts";
import type { World } from "./world.ts";

/** Longest that a build waits for an idle worker, in milliseconds: what the connection assumes, and a little less. */
const longestWait = 55_000;

/** What a panel does with its servers: builds, one after the other, suspensions, and deletions that take time. */
export class Builds {
  readonly #world: World;
  readonly #cloud: Cloud;
  readonly #chance: Chance;
  /** Whether the panel tells of a failed build; else it looks at work for ever. */
  readonly #tells: boolean;
  /** Seconds that builds may take here at most. */
  readonly #longest: number;
  /** Those whose time has come while the worker was busy. */
  readonly #queue: { readonly server: Server; readonly takes: number }[] = [];
  #atWork: Server | null = null;

  constructor(world: World, cloud: Cloud, { tells, longest }: { tells: boolean; longest: number }) {
    this.#world = world;
    this.#cloud = cloud;
    this.#chance = world.chance.split("builds");
    this.#tells = tells;
    this.#longest = longest;
    // A build whose record is gone comes to nothing at once.
    world.listeners.push((fact) => {
      if (fact.what === "deleted" && fact.server === this.#atWork?.id) this.#release();
    });
  }

  /** A server that was just made is built by the one worker, when it comes to that. */
  begin(server: Server): void {
    const { faults, now } = this.#world;
    const chance = this.#chance;
    const wait = faults.strikes("build waits", server.id)
      ? chance.between(20_000, longestWait)
      : chance.between(0, 8000);
    const isSlow = this.#longest > 1000 && chance.happens(0.5) && now < this.#world.settings.faults.until;
    const isLong = isSlow || faults.strikes("build takes long", server.id);
    const takes = isLong
      ? chance.between(0.5 * this.#longest, this.#longest) * 1000
      : chance.between(5000, 30_000);
    this.#world.at(now + wait, () => {
      this.#queue.push({ server, takes });
      if (this.#atWork === null) this.#next();
    });
  }

  #release(): void {
    this.#atWork = null;
    this.#next();
  }

  #next(): void {
    const next = this.#queue.shift();
    if (next === undefined) return;
    const { server, takes } = next;
    if (server.isGone || server.state !== "waiting") return this.#next();
    this.#atWork = server;
    this.#cloud.set(server, "installing");
    const fails = this.#world.faults.strikes("build fails", server.id);
    this.#world.after(takes, () => this.#end(server, fails));
  }

  #end(server: Server, fails: boolean): void {
    if (this.#atWork !== server) return;
    if (server.state === "installing") {
      if (!fails) this.#cloud.set(server, "running");
      else if (this.#tells) this.#cloud.set(server, "install failed");
      if (fails) this.#world.sometimes(`a build failed and ${this.#tells ? "the panel" : "nothing"} said so`);
    }
    this.#release();
  }

  /** @throws ProviderRefusal in a state that does not allow it */
  suspend(id: string, to: "on" | "off"): void {
    const server = this.#cloud.server(id);
    if (server.state !== "running" && server.state !== "stopped") throw refusal("WRONG_STATE");
    if (to === "on") this.#world.record({ what: "booted", server: id });
    this.#cloud.set(server, to === "on" ? "running" : "stopped");
  }

  /** Takes the record away at once, where there is a machine. @returns whether it did */
  deleteAtOnce(id: string): boolean {
    const server = this.#cloud.server(id);
    if (server.state === "installing") return false;
    this.#cloud.remove(server, "us");
    return true;
  }

  /** A deletion that takes its time, and may fail. @throws ProviderRefusal where one has failed */
  deleteLater(id: string): void {
    const server = this.#cloud.server(id);
    if (server.state === "deleting") return;
    if (server.state === "deletion failed") throw refusal("PROVIDER_REFUSED");
    const wasBuilt = server.state === "installing";
    this.#cloud.set(server, "deleting");
    const takes = this.#chance.between(2000, 25_000);
    const fails = this.#world.faults.strikes("deletion fails", id);
    // The job that builds writes its end over the deletion, which goes on all the same.
    if (wasBuilt)
      this.#world.after(this.#chance.between(500, takes), () => {
        if (server.isGone || server.state !== "deleting") return;
        this.#world.sometimes("the end of a build was written over a deletion");
        this.#cloud.set(server, "running");
      });
    this.#world.after(takes, () => {
      if (server.isGone) return;
      if (!fails) return this.#cloud.remove(server, "us");
      this.#world.sometimes("a deletion failed and the panel said so");
      this.#cloud.set(server, "deletion failed");
    });
  }
}
