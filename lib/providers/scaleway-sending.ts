import type { JsonObject } from "../operation/json.ts";
import type { Marker } from "../operation/marker.ts";
import type { Volume } from "../operation/observation.ts";
import { ProviderRefusal, type Answer, type ProviderCall } from "../ports/provider.ts";
import { textOfInput } from "./input-parts.ts";
import type { ServerCalls } from "./scaleway-calls.ts";

/** What the two Scaleway compute APIs each do in their own way when something is sent. */
export interface Sending {
  readonly servers: ServerCalls;
  readonly serverBodyOf: (input: JsonObject, marker: Marker) => JsonObject;
  readonly serverPatchOf: (input: JsonObject) => JsonObject;
  readonly volumes: {
    create(input: JsonObject, marker: Marker): Promise<Answer>;
    delete(volume: Volume): Promise<Answer>;
    /** Of a volume of which only the id is known. */
    deleteWherever(id: string): Promise<Answer>;
  };
  readonly addresses: { deleteAddress(id: string): Promise<Answer> };
}

const deleteOne = (
  { type, id }: { readonly type: string; readonly id: string },
  { servers, volumes, addresses }: Sending,
): Promise<Answer> => {
  switch (type) {
    case "ip":
      return addresses.deleteAddress(id);
    case "volume":
      return volumes.deleteWherever(id);
    default:
      return servers.delete(id);
  }
};

/** Sends a call in the verbs that both APIs have. @throws ProviderRefusal, ProviderDoubt */
export const sendCall = async (call: ProviderCall, sending: Sending): Promise<Answer> => {
  const { servers, volumes } = sending;
  switch (call.do) {
    case "create":
      return call.kind === "volume.create"
        ? volumes.create(call.input, call.marker)
        : servers.create(sending.serverBodyOf(call.input, call.marker));
    case "configure":
      return servers.writeCloudInit(call.resource.id, textOfInput(call.input, "cloud_init"));
    case "power":
      return servers.act(call.resource.id, call.to === "on" ? "poweron" : "poweroff", {});
    case "act":
      return servers.act(call.resource.id, call.action, call.input);
    case "update":
      return servers.update(call.resource.id, sending.serverPatchOf(call.input));
    case "delete":
      return deleteOne(call.resource, sending);
    case "delete_volume":
      return volumes.delete(call.volume);
    case "apply":
      throw new ProviderRefusal("INVALID_INPUT", `This API has no ${call.kind}.`, { status: null });
  }
};
