import type { JsonObject } from "../../operation/json.ts";
import type { Kind } from "../../operation/kind.ts";
import { ProviderRefusal } from "../../ports/provider.ts";
import { textOfInput, without } from "../input-parts.ts";
import type { WireCall } from "../transport.ts";

/** A change on a thing or on a part of it, in the provider's terms; the path is the one behind the version. */
interface PartCall {
  readonly method: WireCall["method"];
  readonly path: readonly string[];
  readonly json?: JsonObject;
}
type Call = (id: string, input: JsonObject) => PartCall;

const edited =
  (collection: string): Call =>
  (id, input) => ({ method: "PUT", path: [collection, id], json: input });
const added =
  (collection: string, parts: string): Call =>
  (id, input) => ({ method: "POST", path: [collection, id, parts], json: input });
/** `named`: the input's field that names the part; it goes into the path, the rest into the body. */
const partEdited =
  (collection: string, parts: string, named: string): Call =>
  (id, input) => ({
    method: "PUT",
    path: [collection, id, parts, textOfInput(input, named)],
    json: without(input, [named]),
  });
const partRemoved =
  (collection: string, parts: string, named: string): Call =>
  (id, input) => ({ method: "DELETE", path: [collection, id, parts, textOfInput(input, named)] });

const calls: ReadonlyMap<Kind, Call> = new Map<Kind, Call>([
  ["container.update", edited("containers")],
  ["tag.update", edited("tags")],
  ["organization.update", edited("organizations")],
  ["object.create", added("containers", "objects")],
  ["object.update", partEdited("containers", "objects", "object_id")],
  ["object.delete", partRemoved("containers", "objects", "object_id")],
  ["tag_metadata.create", added("tags", "metadatas")],
  ["tag_metadata.update", partEdited("tags", "metadatas", "metadata_key")],
  ["tag_metadata.delete", partRemoved("tags", "metadatas", "metadata_key")],
  ["server_tag.attach", added("servers", "tags")],
  ["server_tag.detach", partRemoved("servers", "tags", "tag_id")],
]);

/** The call of a kind that acts on something, whose yes is its end. @throws ProviderRefusal for kinds that this API lacks */
export const partCallOf = (kind: Kind, id: string, input: JsonObject): PartCall => {
  const call = calls.get(kind);
  if (call === undefined)
    throw new ProviderRefusal("INVALID_INPUT", `This API has no ${kind}.`, { status: null });
  return call(id, input);
};
