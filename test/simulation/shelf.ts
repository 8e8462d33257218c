import type { Json, JsonObject } from "../../lib/operation/json.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import type { Marker } from "../../lib/operation/marker.ts";
import { bareObservation, goneObservation, type Observation } from "../../lib/operation/observation.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import { makerInName, markedName, nameBears } from "../../lib/providers/name-marker.ts";
import { refusal } from "./held.ts";
import type { World } from "./world.ts";

/** Anything but a server that the provider keeps under an id. */
export interface Thing {
  readonly resource: Resource;
  readonly by: string | null;
  readonly createdAt: number;
  readonly listedAt: number;
  name: string | null;
  isGone: boolean;
  /** Its objects, metadatas or tags, by their names. */
  readonly parts: Map<string, Json>;
}

/** What names a part in the input of the kinds that act on one. */
const namesOfParts = ["object_id", "metadata_key", "tag_id"] as const;

/** The part that an input names; null for changes of the thing itself. */
export const partIn = (input: JsonObject): string | null => {
  const named = namesOfParts.map((field) => input[field]).find((value) => typeof value === "string");
  return typeof named === "string" ? named : null;
};

/** Containers, tags, organizations and volumes of an API that has them, with what is in them. */
export class Shelf {
  readonly #world: World;
  readonly #things = new Map<string, Thing>();
  /** Parts of servers. */
  readonly #onServers = new Map<string, Map<string, Json>>();
  #serial = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Something that has always been there, with one part. */
  addForeign(type: string, id: string, part: string): void {
    const { now } = this.#world;
    const parts = new Map<string, Json>([[part, "old"]]);
    const resource = { type, id };
    this.#things.set(id, {
      resource,
      by: null,
      createdAt: now,
      listedAt: now,
      name: id,
      isGone: false,
      parts,
    });
  }

  /** Makes a thing; its name bears the marker, where it has one. `lag`: milliseconds until lists show it. */
  make(type: string, by: string, name: string | null, marker: Marker, lag: number): Thing {
    this.#serial += 1;
    const { now } = this.#world;
    const thing: Thing = {
      resource: { type, id: `${type}-${this.#serial}` },
      by,
      createdAt: now,
      listedAt: now + lag,
      name: name === null ? null : markedName(name, marker, 255),
      isGone: false,
      parts: new Map(),
    };
    this.#things.set(thing.resource.id, thing);
    this.#world.record({ what: "made", ...thing.resource, by });
    return thing;
  }

  /** @throws ProviderRefusal when there is none */
  thing(id: string): Thing {
    const thing = this.#things.get(id);
    if (thing === undefined || thing.isGone) throw refusal("RESOURCE_NOT_FOUND");
    return thing;
  }

  remove(id: string): void {
    const thing = this.thing(id);
    thing.isGone = true;
    this.#world.record({ what: "thing deleted", ...thing.resource });
  }

  rename(id: string, name: string): void {
    this.thing(id).name = name;
  }

  observe(id: string): Observation {
    const thing = this.#things.get(id);
    return thing === undefined || thing.isGone ? goneObservation(null) : this.present(thing);
  }

  present({ name }: Thing): Observation {
    return { ...bareObservation("off", null, null), name, made_by: makerInName(name ?? "") };
  }

  found(type: string, marker: Marker): readonly Thing[] {
    return [...this.#things.values()].filter(
      ({ resource, name, isGone, listedAt }) =>
        !isGone && resource.type === type && listedAt <= this.#world.now && nameBears(name ?? "", marker),
    );
  }

  /** Everything that was made and stands. */
  get standing(): readonly Thing[] {
    return [...this.#things.values()].filter(({ isGone }) => !isGone);
  }

  /** Carries out a change of a part; false when it is there already. @throws ProviderRefusal when it is not there */
  changePart(kind: Kind, { type, id }: Resource, input: JsonObject): boolean {
    const parts = type === "server" ? this.#partsOfServer(id) : this.thing(id).parts;
    const part = partIn(input) ?? "";
    const verb = kind.slice(kind.indexOf(".") + 1);
    if (verb === "create" || verb === "attach") {
      if (parts.has(part)) return false;
      parts.set(part, input);
    } else {
      if (!parts.has(part)) throw refusal("RESOURCE_NOT_FOUND");
      if (verb === "update") parts.set(part, input);
      else parts.delete(part);
    }
    return true;
  }

  #partsOfServer(id: string): Map<string, Json> {
    const parts = this.#onServers.get(id) ?? new Map<string, Json>([["tag-old", "old"]]);
    this.#onServers.set(id, parts);
    return parts;
  }
}
