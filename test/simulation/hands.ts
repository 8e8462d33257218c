import { operationIdOf } from "../../lib/operation/operation-id.ts";
import type { Callers } from "./callers.ts";
import type { Chance } from "./chance.ts";
import type { Server } from "./held.ts";
import type { Fact } from "./history.ts";
import type { Installation } from "./installation.ts";

/** After this long people leave things alone, in milliseconds. */
const busyFor = 900_000;

/**
 * What people do at the provider that matters to whoever sweeps: they copy servers with their tags, bring servers of
 * other installations, work on what they have copied, and tag things to be kept, also just when a sweep has begun.
 */
export class Hands {
  readonly #installation: Installation;
  readonly #callers: Callers;
  readonly #chance: Chance;
  readonly #copies: Server[] = [];
  readonly #done = new Set<string>();
  /** What is still to be done. */
  planned = 0;

  constructor(installation: Installation, callers: Callers) {
    this.#installation = installation;
    this.#callers = callers;
    this.#chance = installation.world.chance.split("hands");
    if (installation.world.settings.orphans !== null)
      installation.world.listeners.push((fact) => this.#see(fact));
  }

  #plan(milliseconds: number, act: () => void): void {
    this.planned += 1;
    this.#installation.world.after(milliseconds, () => {
      this.planned -= 1;
      act();
    });
  }

  #see(fact: Fact): void {
    if (fact.what === "listed" && fact.type === "server") this.#interrupt();
    if (fact.what === "published" && fact.type === "switchyard.server.running")
      this.#stop(fact.subject.split("/")[2] ?? "");
    if (fact.what !== "published" || this.#done.has(fact.id)) return;
    if (!/^switchyard\.operation\.(succeeded|failed)$/.test(fact.type)) return;
    this.#done.add(fact.id);
    const { servers } = this.#installation.cloud;
    const original = [...servers.values()].find(({ by, isGone }) => by === fact.operation && !isGone);
    if (original === undefined || this.#copies.length > 5) return;
    if (this.#chance.happens(0.6))
      this.#plan(this.#chance.between(1000, 120_000), () => this.#copy(original));
  }

  /** A copy has all the tags of its original, and what a person has put at it. */
  #copy(original: Server): void {
    const { cloud, world } = this.#installation;
    const chance = this.#chance;
    const { tags } = original;
    const copy = cloud.addByHand(tags, chance.pick(["stopped", "stopped", "stopped", "running"]));
    this.#copies.push(copy);
    for (let more = chance.pick([0, 0, 1, 2]); more > 0; more -= 1)
      this.#copies.push(cloud.addByHand(tags, "stopped"));
    if (chance.happens(0.5)) cloud.hangOn(copy, chance.pick([tags, tags, ["web"], [...tags, "keep"]]));
    if (chance.happens(0.3)) this.#bringForeign(tags);
    if (copy.state === "stopped" && chance.happens(0.6))
      this.#plan(chance.between(1000, 500_000), () => this.#ask(copy, "server.start"));
    if (chance.happens(0.2)) this.#plan(chance.between(1000, 400_000), () => this.#keep(copy));
    world.sometimes("a person copied a server with its tags");
  }

  /** Servers that look much like ours. */
  #bringForeign(tags: readonly string[]): void {
    const { cloud, world } = this.#installation;
    const operation = tags.find((tag) => tag.startsWith("swy:op=")) ?? "";
    cloud.addByHand([operation, "swy:dep=other"], "stopped");
    cloud.addByHand([`swy:op=${operationIdOf("sim", "never asked for")}`, "swy:dep=sim"], "stopped");
    cloud.addByHand(["web", operation], "stopped");
    cloud.addByHand([operation, "swy:dep=sim", "swy:dep=other"], "stopped");
    world.sometimes("a server of another installation stood beside ours");
  }

  /** Somebody changes their mind while the sweeper has just read its list. */
  #interrupt(): void {
    const { world } = this.#installation;
    const standing = this.#copies.filter(({ isGone }) => !isGone);
    if (standing.length === 0 || !this.#chance.happens(0.3) || !this.#mayGoOn) return;
    const copy = this.#chance.pick(standing);
    const isKept = this.#chance.happens(0.5);
    // The next list may show tags of up to twenty seconds before it: what is changed then hurts the most.
    const untilNext = 300_000 - this.#chance.between(8000, 18_000);
    const wait = this.#chance.happens(0.3) ? this.#chance.between(0, 200) : untilNext;
    world.after(wait, () => (isKept ? this.#keep(copy) : this.#forget(copy)));
  }

  get #mayGoOn(): boolean {
    const { world } = this.#installation;
    return world.now < world.settings.faults.until + busyFor;
  }

  #keep(copy: Server): void {
    const { cloud, world } = this.#installation;
    if (copy.isGone) return;
    cloud.retag(copy, [...copy.tags, this.#chance.pick(["swy:keep", "keep"])]);
    world.sometimes("a person tagged a copy to be kept");
  }

  #forget(copy: Server): void {
    if (!copy.isGone) this.#installation.cloud.retag(copy, ["web"]);
  }

  /** A copy that was started through us is stopped again: nobody else's business any more. */
  #stop(id: string): void {
    const copy = this.#copies.find((one) => one.id === id);
    if (copy === undefined || this.#done.has(id)) return;
    this.#done.add(id);
    this.#plan(this.#chance.between(1000, 60_000), () => this.#ask(copy, "server.stop"));
  }

  #ask({ id, isGone, state }: Server, kind: "server.start" | "server.stop"): void {
    if (isGone || (kind === "server.start" && state !== "stopped")) return;
    this.#installation.world.sometimes("a person worked on a copy through us");
    const key = `hand-${this.#installation.world.settings.seed}-${kind}-${id}`;
    this.#callers.wish({ key, kind, resource: { type: "server", id }, input: {} });
  }
}
