import type { Kind } from "../../operation/kind.ts";
import type { KindWords } from "../kind-words.ts";

/** What people are told of each kind, beside its schema and its steps. */
export const v1Words: Readonly<Partial<Record<Kind, KindWords>>> = {
  "server.create": {
    example: { name: "web-1", image: "image-1", volumes: [] },
    money: "The server bills from here on, and so do the volumes that it is given.",
    note: "A create has no place for tags, so the server's name ends with the operation's id. The provider attaches a default tag.",
  },
  "server.update": {
    example: { name: "web-2" },
    note: "A server whose name ends with our marker keeps it behind the new name, where 255 letters have room for both.",
  },
  "server.delete": {
    money: "Volumes stay and bill: this API can't delete them.",
    note: "A server that is on is switched off first.",
  },
  "server.stop": { money: "Volumes bill while the server is off." },
  "server.start": {
    note: "A 402 is a launch that failed: OUT_OF_STOCK or START_FAILED, with the provider's code and param.",
  },
  "server.reboot": {
    note: "The document has no word for a server that restarts: where nothing is seen, the provider's yes is its end.",
  },
  "server.action": {
    example: { action: "poweron" },
    note: "Any action that servers/{id}/action lists; what switches on or off is followed to its end, all others end with the provider's yes.",
  },
  "volume.create": {
    example: { size: 20_000_000_000, type: "l_hdd" },
    money: "A volume bills from here on, and this API can't delete it.",
    note: "A volume has neither a name nor tags: where the answer is lost, the create is not repeated and needs attention.",
  },
  "container.create": { example: { name: "logs" } },
  "container.update": { example: { name: "old-logs" } },
  "container.delete": { note: "The document does not say what becomes of the objects in it." },
  "object.create": {
    example: { object_id: "logs/a.txt" },
    note: "Fields beside object_id are sent as they are.",
  },
  "object.update": { example: { object_id: "logs/a.txt", content: "text" } },
  "object.delete": { example: { object_id: "logs/a.txt" } },
  "tag.create": {
    example: { name: "blue" },
    note: "It is made with the operation's id in its name, and renamed to what was asked for right after.",
  },
  "tag.update": { example: { name: "green" } },
  "tag.delete": { note: "It is detached from every server that bears it." },
  "tag_metadata.create": { example: { metadata_key: "colour", metadata_value: "blue" } },
  "tag_metadata.update": { example: { metadata_key: "colour", metadata_value: "green" } },
  "tag_metadata.delete": { example: { metadata_key: "colour" } },
  "server_tag.attach": { example: { tag_id: "Tag-1" } },
  "server_tag.detach": { example: { tag_id: "Tag-1" } },
  "organization.create": {
    example: {
      name: "Acme",
      address_line1: "1 rue de la Ville",
      address_zip: "75001",
      address_city: "Paris",
      address_country: "FR",
      technical_contacts: [],
      administrative_contacts: [],
      billing_contacts: [],
    },
  },
  "organization.update": { example: { address_zip: "75002" } },
};
