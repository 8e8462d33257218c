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
  #workerFreeAt = 0;

  constructor(world: World, cloud: Cloud, { tells, longest }: { tells: boolean; longest: number }) {
    this.#world = world;
    this.#cloud = cloud;
    this.#chance = world.chance.split("builds");
    this.#tells = tells;
    this.#longest = longest;
  }

  /** A server that was just made is built by the one worker, when it comes to that. */
  begin(server: Server): void {
    const { faults, now } = this.#world;
    const chance = this.#chance;
    const wait = faults.strikes("build waits", server.id)
      ? chance.between(20_000, longestWait)
      : chance.between(0, 8000);
    const isLong = faults.strikes("build takes long", server.id);
    const takes = isLong ? chance.between(0.5 * this.#longest, this.#longest) * 1000 : chance.between(5000, 30_000);
    const fails = faults.strikes("build fails", server.id);
    const begins = Math.max(now + wait, this.#workerFreeAt);
    // After a failure the worker goes on with the next one.
    this.#workerFreeAt = begins + takes;
    this.#world.at(begins, () => {
      if (server.isGone || server.state !== "waiting") return;
      this.#cloud.set(server, "installing");
      this.#world.at(begins + takes, () => this.#end(server, fails));
    });
  }

  #end(server: Server, fails: boolean): void {
    if (server.isGone || server.state !== "installing") return;
    if (!fails) return this.#cloud.set(server, "running");
    this.#world.sometimes(this.#tells ? "a build failed and the panel said so" : "a build failed and nothing said so");
    if (this.#tells) this.#cloud.set(server, "install failed");
  }

  /** Whether any server looks as if it were being built. */
  get isAnyAtWork(): boolean {
    return [...this.#cloud.servers.values()].some(({ isGone, state }) => !isGone && state === "installing");
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
    if (wasBuilt && this.#chance.happens(0.5))
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
