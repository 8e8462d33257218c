import type { Connection } from "../../connection.ts";
import type { JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import { goneObservation, type Observation, type Task, type Volume } from "../../operation/observation.ts";
import { ProviderDoubt, type Answer, type Found } from "../../ports/provider.ts";
import { yes } from "../scaleway-calls.ts";
import { sameThing } from "../same-thing.ts";
import { pageSize, readAllPages } from "../scaleway-pages.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { answerTimes, patience, type Transport } from "../transport.ts";
import { marksOf, volumeObservation, type ScalewayVolume } from "../scaleway-volume.ts";
import { volumeBodyOf } from "./translate.ts";
import { newVolumeEnvelope, volumeEnvelope, volumeListEnvelope } from "./wire.ts";

/** Calls on `/volumes`. */
export class VolumeCalls {
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #root: string;

  constructor(transport: Transport, connection: Connection, root: string) {
    this.#transport = transport;
    this.#connection = connection;
    this.#root = root;
  }

  async create(input: JsonObject, marker: Marker): Promise<Answer> {
    const { value, requestId } = await this.#transport.call(
      {
        method: "POST",
        root: this.#root,
        path: ["volumes"],
        json: volumeBodyOf(this.#connection, input, marker),
        patience: patience.reserved,
      },
      newVolumeEnvelope,
    );
    return {
      resource: { type: "volume", id: value.volume.id },
      task: null,
      observation: volumeObservation(value.volume, null, requestId),
      requestId,
    };
  }

  delete({ id }: Volume): Promise<Answer> {
    return this.deleteWherever(id);
  }

  /** There is one place for volumes. */
  async deleteWherever(id: string): Promise<Answer> {
    const { requestId } = await this.#transport.callForText({
      method: "DELETE",
      root: this.#root,
      path: ["volumes", id],
      patience: patience.reserved,
    });
    return yes(requestId);
  }

  async see(id: string, task: Task | null): Promise<Observation> {
    try {
      const { value, requestId } = await this.#transport.call(
        { method: "GET", root: this.#root, path: ["volumes", id], patience: patience.look },
        volumeEnvelope.transform((answer) => oneOf(answer, id)),
      );
      // A list without it may be one page of many: that is no word on whether the volume exists.
      if (value === null)
        throw new ProviderDoubt("The provider answered with other volumes.", { status: 200 });
      return volumeObservation(sameThing(id, value, requestId), task, requestId);
    } catch (error) {
      if (saysGone(error)) return goneObservation(error.provider.request_id ?? null, task, error.provider);
      throw error;
    }
  }

  /** All volumes whose name carries the marker; there is no filter for it. */
  async search(marker: Marker): Promise<Found[]> {
    const volumes = await readAllPages(
      async (page) => {
        const { value, total } = await this.#transport.call(
          {
            method: "GET",
            root: this.#root,
            path: ["volumes"],
            query: { page: String(page), per_page: String(pageSize) },
            patience: patience.look,
            timeoutMilliseconds: answerTimes.list,
          },
          volumeListEnvelope,
        );
        return { items: value.volumes, total };
      },
      ({ id }) => id,
    );
    return volumes
      .filter((volume) => marksOf(volume).includes(marker.operation))
      .map((volume) => ({
        resource: { type: "volume", id: volume.id },
        createdAt: volume.creation_date ?? "",
        observation: volumeObservation(volume, null, null),
      }));
  }
}

type SingleAnswer = { readonly volume: ScalewayVolume } | { readonly volumes: readonly ScalewayVolume[] };

const oneOf = (answer: SingleAnswer, id: string): ScalewayVolume | null =>
  "volume" in answer ? answer.volume : (answer.volumes.find((volume) => volume.id === id) ?? null);
