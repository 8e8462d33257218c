import type { Connection } from "../../connection.ts";
import type { JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import { goneObservation, type Observation, type Task, type Volume } from "../../operation/observation.ts";
import type { Answer, Found } from "../../ports/provider.ts";
import { ProviderRefusal } from "../../ports/provider.ts";
import { yes } from "../scaleway-calls.ts";
import { pageSize, readAllPages } from "../scaleway-pages.ts";
import { sameThing } from "../same-thing.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { answerTimes, patience, type Patience, type Transport } from "../transport.ts";
import { marksOf, volumeObservation, type ScalewayVolume } from "../scaleway-volume.ts";
import { blockVolumeBodyOf, isBlockType, localVolumeBodyOf } from "./translate.ts";
import { blockVolumeSchema, volumeEnvelope, volumeListEnvelope } from "./wire.ts";

type Store = Volume["store"];

/** What each API calls the size of a page, and how it is told which tags are wanted and in which order. */
const listQueries: Readonly<Record<Store, Readonly<Record<string, string>>>> = {
  local: { per_page: String(pageSize) },
  block: { page_size: String(pageSize) },
};

/** Paths of the two APIs that hold volumes in a zone. */
export const volumePaths = (connection: Connection): Readonly<Record<Store, readonly string[]>> => {
  const zone = connection.zone ?? "";
  return {
    local: ["instance", "v1", "zones", zone, "volumes"],
    block: ["block", "v1", "zones", zone, "volumes"],
  };
};

/** Calls on volumes, which live in two APIs: the server's own and the block API; an id does not tell in which. */
export class VolumeCalls {
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #root: string;
  readonly #paths: Readonly<Record<Store, readonly string[]>>;

  constructor(transport: Transport, connection: Connection, root: string) {
    this.#transport = transport;
    this.#connection = connection;
    this.#root = root;
    this.#paths = volumePaths(connection);
  }

  #at(store: Store, ...more: readonly string[]): { root: string; path: readonly string[] } {
    return { root: this.#root, path: [...this.#paths[store], ...more] };
  }

  async create(input: JsonObject, marker: Marker): Promise<Answer> {
    const block = isBlockType(input["volume_type"]);
    const json = block
      ? blockVolumeBodyOf(this.#connection, input, marker)
      : localVolumeBodyOf(this.#connection, input, marker);
    const call = {
      method: "POST" as const,
      ...this.#at(block ? "block" : "local"),
      json,
      patience: patience.reserved,
    };
    const { volume, requestId } = block ? await this.#block(call) : await this.#local(call);
    return {
      resource: { type: "volume", id: volume.id },
      task: null,
      observation: volumeObservation(volume, null, requestId),
      requestId,
    };
  }

  async #local(call: Parameters<Transport["call"]>[0]) {
    const { value, requestId } = await this.#transport.call(call, volumeEnvelope);
    return { volume: value.volume, requestId };
  }

  async #block(call: Parameters<Transport["call"]>[0]) {
    const { value, requestId } = await this.#transport.call(call, blockVolumeSchema);
    return { volume: value, requestId };
  }

  async delete({ id, store }: Volume, wait: Patience | null = patience.reserved): Promise<Answer> {
    const { requestId } = await this.#transport.callForText({
      method: "DELETE",
      ...this.#at(store, id),
      patience: wait,
    });
    return yes(requestId);
  }

  /** Deletes a volume of which only the id is known: two requests where the block API does not have it. */
  async deleteWherever(id: string): Promise<Answer> {
    try {
      return await this.delete({ id, store: "block" });
    } catch (error) {
      if (!mayBeElsewhere(error)) throw error;
      return this.delete({ id, store: "local" }, patience.change);
    }
  }

  /** Whether the volume lives in the block API; if not, it is the instance API's, or nobody's. */
  async isBlock(id: string, wait: Patience | null): Promise<boolean> {
    try {
      await this.#block({ method: "GET", ...this.#at("block", id), patience: wait });
      return true;
    } catch (error) {
      if (!mayBeElsewhere(error)) throw error;
      return false;
    }
  }

  /** One look; gone only when both APIs say so. */
  async see(id: string, task: Task | null): Promise<Observation> {
    const get = { method: "GET" as const, patience: patience.look };
    try {
      const { volume, requestId } = await this.#block({ ...get, ...this.#at("block", id) });
      return volumeObservation(sameThing(id, volume, requestId), task, requestId);
    } catch (blockError) {
      if (!mayBeElsewhere(blockError)) throw blockError;
      try {
        const { volume, requestId } = await this.#local({ ...get, ...this.#at("local", id) });
        return volumeObservation(sameThing(id, volume, requestId), task, requestId);
      } catch (error) {
        if (!saysGone(error)) throw error;
        // Without permission to see the one API, absence from the other proves nothing.
        if (!saysGone(blockError)) throw blockError;
        return goneObservation(error.provider.request_id ?? null, task, error.provider);
      }
    }
  }

  /** All volumes of both APIs whose tags name the operation. */
  async search(marker: Marker): Promise<Found[]> {
    const found = [...(await this.#searchIn("local", marker)), ...(await this.#searchIn("block", marker))];
    return found.map((volume) => ({
      resource: { type: "volume", id: volume.id },
      createdAt: volume.creation_date ?? volume.created_at ?? "",
      observation: volumeObservation(volume, null, null),
    }));
  }

  async #searchIn(store: Store, marker: Marker): Promise<ScalewayVolume[]> {
    const volumes = await readAllPages(
      async (page) => {
        const { value, total } = await this.#transport.call(
          {
            method: "GET",
            ...this.#at(store),
            query: { ...listQueries[store], tags: marker.operation, page: String(page) },
            patience: patience.look,
            timeoutMilliseconds: answerTimes.list,
          },
          volumeListEnvelope,
        );
        return { items: value.volumes, total: total ?? value.total_count ?? null };
      },
      ({ id }) => id,
    );
    return volumes.filter((volume) => marksOf(volume).includes(marker.operation));
  }
}

/** Whether the other API may know the volume: this one does not have it, or does not let us see. */
const mayBeElsewhere = (error: unknown): boolean =>
  saysGone(error) || (error instanceof ProviderRefusal && error.code === "PERMISSION_DENIED");
