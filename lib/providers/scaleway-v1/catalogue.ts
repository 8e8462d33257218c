import * as z from "zod";
import { jsonSchema, type JsonObject } from "../../operation/json.ts";
import type { Kind } from "../../operation/kind.ts";
import type { KindOffer, PlannedStep } from "../../ports/provider.ts";
import { somethingToChange, textOf } from "../input-parts.ts";
import { withWords } from "../kind-words.ts";
import { roleOf } from "./action-words.ts";
import { hasRoomForMarker, noteOf } from "./translate.ts";
import { v1Words } from "./words.ts";

const idSchema = textOf(1, 255);
const name = textOf(1, 255);

/** A part of a path: dots would climb up. */
const pathPart = (longest: number) =>
  textOf(1, longest).refine((text) => text !== "." && text !== "..", { error: 'must not be "." or ".."' });

const serverCreateInput = z.strictObject({
  name,
  image: idSchema.exactOptional(),
  /** Mounted as nbd0, nbd1, … in this order. */
  volumes: z
    .array(idSchema, { error: "must be a list of ids of volumes" })
    .max(100, { error: "must be at most 100 volumes" })
    .exactOptional(),
  start: z.boolean().default(true),
});

const serverDeleteInput = z.strictObject({
  with_volumes: z
    .literal(false, { error: "must be false: this API can't delete volumes, they stay when a server goes" })
    .default(false),
});

const serverActionInput = z.strictObject({
  action: textOf(1, 60).regex(/^[\w-]+$/, { error: "must be an action that servers/{id}/action lists" }),
});

const volumeCreateInput = z.strictObject({
  size: z.int({ error: "must be a whole number" }).positive({ error: "must be more than 0" }),
  type: textOf(1, 60),
  base_volume: idSchema.exactOptional(),
  base_snapshot: idSchema.exactOptional(),
});

const objectId = pathPart(1024);
/** What an object holds is not in the document: other fields are sent as they are. */
const objectInput = z.object({ object_id: objectId }).catchall(jsonSchema);
const objectDeleteInput = z.strictObject({ object_id: objectId });

const metadataKey = pathPart(255);
const metadataInput = z.strictObject({ metadata_key: metadataKey, metadata_value: textOf(0, 65_536) });
const metadataDeleteInput = z.strictObject({ metadata_key: metadataKey });
const serverTagInput = z.strictObject({ tag_id: pathPart(255) });
const nameInput = z.strictObject({ name });

const line = textOf(0, 255).exactOptional();
const contacts = z
  .array(idSchema, { error: "must be a list of ids of contacts" })
  .max(100, { error: "must be at most 100 contacts" })
  .exactOptional();
/** The document marks all as required, as it does with filters: what is really missing, the provider says. */
const organizationFields = {
  address_line1: line,
  address_line2: line,
  address_zip: line,
  address_state: line,
  address_city: line,
  address_country: line,
  technical_contacts: contacts,
  administrative_contacts: contacts,
  billing_contacts: contacts,
};
const organizationCreateInput = z.strictObject({ name, ...organizationFields });
const organizationUpdateInput = z
  .strictObject({ name: name.exactOptional(), ...organizationFields })
  .refine(...somethingToChange);
const nothing = z.strictObject({});

const create: PlannedStep = { name: "create", mode: "once", goal: "answered" };
const update: PlannedStep = { name: "update", mode: "repeat", goal: "answered" };
const apply: PlannedStep = { name: "apply", mode: "repeat", goal: "answered" };
const powerOn: PlannedStep = { name: "power_on", mode: "reach", goal: "on" };
const powerOff: PlannedStep = { name: "power_off", mode: "reach", goal: "off" };
/** The document has no date and no word between on and on: where one is shown it counts, else the provider's yes does. */
const reboot: PlannedStep = { name: "reboot", mode: "once", goal: "restarted" };

const actionStep = ({ action }: JsonObject): PlannedStep => {
  switch (typeof action === "string" ? roleOf(action) : null) {
    case "on":
      return powerOn;
    case "off":
      return powerOff;
    case "reboot":
      return reboot;
    case "terminate":
      return { name: "action", mode: "reach", goal: "gone" };
    case null:
      return { name: "action", mode: "once", goal: "answered" };
  }
};

type Input = KindOffer["input"];

const on = (resourceType: string, input: Input, ...steps: readonly PlannedStep[]): KindOffer => ({
  input,
  resourceType,
  steps: () => steps,
});

/**
 * What is made with the marker in its name and is then given the name that was asked for, which others find it by. Until
 * then it can be found after a lost answer.
 */
const made = (input: Input): KindOffer => ({
  input,
  resourceType: null,
  steps: (given) => (hasRoomForMarker(given) ? [create, update] : [create]),
  hasRoomForMarker,
});

const removed = (type: string): KindOffer =>
  on(type, nothing, { name: "remove", mode: "reach", goal: "gone", removal: "delete" });

const offers: ReadonlyMap<Kind, KindOffer> = new Map<Kind, KindOffer>([
  [
    "server.create",
    {
      input: serverCreateInput,
      resourceType: null,
      steps: (input) => (input["start"] === false ? [create] : [create, powerOn]),
      hasRoomForMarker,
      variants: [{ input: { start: false }, when: "start is false" }],
    },
  ],
  [
    "server.update",
    {
      input: nameInput,
      resourceType: "server",
      steps: (input) => [{ ...update, ...noteOf(input) }],
    },
  ],
  [
    "server.delete",
    on("server", serverDeleteInput, { name: "remove", mode: "reach", goal: "gone", removal: "stop_first" }),
  ],
  ["server.start", on("server", nothing, powerOn)],
  ["server.stop", on("server", nothing, powerOff)],
  ["server.reboot", on("server", nothing, reboot)],
  [
    "server.action",
    { input: serverActionInput, resourceType: "server", steps: (input) => [actionStep(input)] },
  ],
  [
    "volume.create",
    // No name and no tags: a volume can't bear a marker, so a create whose answer is lost is never repeated.
    { input: volumeCreateInput, resourceType: null, steps: () => [create], hasRoomForMarker: () => false },
  ],
  ["container.create", made(nameInput)],
  ["container.update", on("container", nameInput, apply)],
  ["container.delete", removed("container")],
  ["object.create", on("container", objectInput, apply)],
  ["object.update", on("container", objectInput, apply)],
  ["object.delete", on("container", objectDeleteInput, apply)],
  ["tag.create", made(nameInput)],
  ["tag.update", on("tag", nameInput, apply)],
  ["tag.delete", removed("tag")],
  ["tag_metadata.create", on("tag", metadataInput, apply)],
  ["tag_metadata.update", on("tag", metadataInput, apply)],
  ["tag_metadata.delete", on("tag", metadataDeleteInput, apply)],
  ["server_tag.attach", on("server", serverTagInput, apply)],
  ["server_tag.detach", on("server", serverTagInput, apply)],
  ["organization.create", made(organizationCreateInput)],
  ["organization.update", on("organization", organizationUpdateInput, apply)],
  ["organization.delete", removed("organization")],
]);

/** What this API offers, kind by kind. */
export const v1Kinds: ReadonlyMap<Kind, KindOffer> = withWords(offers, v1Words);
