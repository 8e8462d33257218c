import type { JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import { ProviderRefusal, type Answer } from "../../ports/provider.ts";
import { listOf, textOfInput, without } from "../input-parts.ts";
import { yes, type ServerCalls } from "../scaleway-calls.ts";
import { volumesOf, type ScalewayServer } from "../scaleway-server.ts";
import { patience, type Patience } from "../transport.ts";
import { addressIdsIn, newAddressesIn, type AddressCalls } from "./addresses.ts";
import { serverPatchOf } from "./translate.ts";
import type { VolumeCalls } from "./volume-calls.ts";

/** The fields of an update that are no fields of the server, but calls of their own. */
const ownCalls = ["attach_volumes", "detach_volumes", "release_public_ips"] as const;

/** The first request of a change has its place in the budget already; the others wait for theirs. */
const places = (): (() => Patience | null) => {
  let isFirst = true;
  return () => {
    const wait = isFirst ? patience.reserved : patience.change;
    isFirst = false;
    return wait;
  };
};

/** What is done to a server beside power: each may be repeated from its beginning and then does only what is missing. */
export class ServerChanges {
  readonly #servers: ServerCalls;
  readonly #volumes: VolumeCalls;
  readonly #addresses: AddressCalls;

  constructor(servers: ServerCalls, volumes: VolumeCalls, addresses: AddressCalls) {
    this.#servers = servers;
    this.#volumes = volumes;
    this.#addresses = addresses;
  }

  /** Before the first boot: its user data, and new addresses. */
  async configure(id: string, input: JsonObject, marker: Marker | undefined): Promise<Answer> {
    const wait = places();
    const wanted = newAddressesIn(input);
    const answer =
      input["cloud_init"] === undefined
        ? yes(null)
        : await this.#servers.writeCloudInit(id, textOfInput(input, "cloud_init"), wait());
    if (wanted.length === 0 || marker === undefined) return answer;
    const { server, requestId } = await this.#servers.get(id, wait());
    await this.#addresses.provide(server, wanted, marker, patience.change);
    return yes(requestId);
  }

  /** An update: the server's own fields in one PATCH, what it lets go before, what it gets behind. */
  async update(id: string, input: JsonObject, marker: Marker | undefined): Promise<Answer> {
    const wait = places();
    const server = needsSight(input) ? (await this.#servers.get(id, wait())).server : null;
    let answer = yes(null);
    if (server !== null) answer = (await this.#detach(server, input, wait)) ?? answer;
    const fields = await this.#fields(server, input, marker, wait);
    if (Object.keys(fields).length > 0) answer = await this.#patch(id, fields, wait);
    if (server !== null) answer = (await this.#attach(server, input, wait)) ?? answer;
    for (const address of listOf(input["release_public_ips"])) await this.#addresses.release(address, wait());
    return answer;
  }

  /** The fields of the PATCH; new addresses are made first, since it takes only ids. */
  async #fields(
    server: ScalewayServer | null,
    input: JsonObject,
    marker: Marker | undefined,
    wait: () => Patience | null,
  ): Promise<JsonObject> {
    const fields = serverPatchOf(without(input, ownCalls));
    if (input["public_ips"] === undefined) return fields;
    const wanted = newAddressesIn(input);
    const made =
      server === null || marker === undefined
        ? []
        : await this.#addresses.provide(server, wanted, marker, wait());
    return { ...fields, public_ips: [...addressIdsIn(input["public_ips"]), ...made] };
  }

  async #patch(id: string, fields: JsonObject, wait: () => Patience | null): Promise<Answer> {
    try {
      return await this.#servers.update(id, fields, wait());
    } catch (error) {
      const isResize = fields["commercial_type"] !== undefined;
      if (!(error instanceof ProviderRefusal) || error.code !== "WRONG_STATE" || !isResize) throw error;
      const why = `The type of a server can be changed only while it is off: server.stop first, then this, then server.start. ${error.message}`;
      throw new ProviderRefusal(error.code, why, error.provider, { cause: error });
    }
  }

  async #detach(
    server: ScalewayServer,
    input: JsonObject,
    wait: () => Patience | null,
  ): Promise<Answer | null> {
    const there = new Set(volumesOf(server.volumes).map((volume) => volume.id));
    let answer: Answer | null = null;
    for (const volume_id of listOf(input["detach_volumes"])) {
      if (!there.has(volume_id)) continue;
      answer = await this.#servers.rearrange(server.id, "detach-volume", { volume_id }, wait());
    }
    return answer;
  }

  async #attach(
    server: ScalewayServer,
    input: JsonObject,
    wait: () => Patience | null,
  ): Promise<Answer | null> {
    const there = new Set(volumesOf(server.volumes).map((volume) => volume.id));
    let answer: Answer | null = null;
    for (const volume_id of listOf(input["attach_volumes"])) {
      if (there.has(volume_id)) continue;
      // The call wants to know in which of the two APIs the volume lives.
      const volume_type = (await this.#volumes.isBlock(volume_id, wait())) ? "sbs_volume" : "l_ssd";
      answer = await this.#servers.rearrange(server.id, "attach-volume", { volume_id, volume_type }, wait());
    }
    return answer;
  }
}

/** Whether the server has to be looked at, to do only what is missing. */
const needsSight = (input: JsonObject): boolean =>
  input["attach_volumes"] !== undefined ||
  input["detach_volumes"] !== undefined ||
  newAddressesIn(input).length > 0;
