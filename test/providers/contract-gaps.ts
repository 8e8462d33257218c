import type { DialectName } from "../../lib/connection.ts";

/** What a case of the contract may need of a dialect beyond servers that are made, switched, seen and deleted. */
export type Feature =
  /** A create is answered with what it has made. */
  | "answer_with_id"
  | "creation_dates"
  | "cloud_init"
  /** What is between two states of rest can be seen. */
  | "transitions"
  | "reboot_seen"
  | "wrong_state_refused"
  | "terminate"
  | "volumes"
  /** An update is answered with the server. */
  | "answer_to_update"
  | "server_types"
  /** Lists can be asked for by state and name. */
  | "filters"
  | "many_collections"
  /** A server bears tags, our marker among them; where it does not, its name ends with the marker. */
  | "tags"
  /** Servers can be switched on and off. */
  | "power"
  /** A power call is answered before it is over. */
  | "power_takes_time"
  /** A start that finds no machine is seen to fall back. */
  | "start_falls_back"
  /** A deletion is over when it is answered. */
  | "delete_at_once"
  /** A server shows the volumes in it. */
  | "shows_volumes"
  /** A server's actions can be read. */
  | "actions";

/** What a dialect has no place for, and why: the only reasons for which a case of the contract is skipped (`skipIf(room.lacks(…))`). */
const gaps: Readonly<Record<string, Readonly<Partial<Record<Feature, string>>>>> = {
  "scaleway-instance": {},
  "scaleway-compute": {},
  "scaleway-draft": {
    answer_with_id: "POST /servers answers with an empty object",
    creation_dates: "a server has no dates",
    cloud_init: "the document has no user data",
    transitions: "a server has a flag and no state",
    reboot_seen: "the flag stays as it is while a server is reset",
    wrong_state_refused: "an action answers with an empty object whatever the flag says",
    terminate: "the document's actions have no terminate",
    volumes: "the document has no volumes of their own",
    answer_to_update: "PUT /servers/{id} answers with an empty object",
    server_types: "the document has no types",
    filters: "GET /servers takes no filter",
    many_collections: "the document has one list",
  },
  "convoy-v0": {
    creation_dates: "a server has no dates",
    cloud_init: "the panel takes no user data",
    reboot_seen: "the panel has no power",
    wrong_state_refused: "the panel has no power",
    terminate: "the panel has no power",
    volumes: "the panel has no volumes of their own",
    shows_volumes: "disks are shown with the specifications only",
    server_types: "the panel has no types",
    filters: "a server has no state",
    many_collections: "the document has one list",
    tags: "a server has no tags",
    power: "the document switches nothing on or off",
    start_falls_back: "the panel has no power",
    actions: "the panel lists no actions",
  },
  "convoy-v4": {
    creation_dates: "a server has no dates; the panel's count of servers stands in for them",
    cloud_init: "the panel takes no user data",
    reboot_seen: "the application API has no power",
    wrong_state_refused: "suspend and unsuspend are answered with 204 whatever the status is",
    terminate: "the application API has no power",
    volumes: "the panel has no volumes of their own",
    shows_volumes: "the panel shows no volumes",
    server_types: "the panel has no types",
    filters: "GET /servers has no filter by status",
    many_collections: "there is one list",
    tags: "a server has no tags",
    power_takes_time: "suspend and unsuspend are over when they are answered",
    start_falls_back: "a suspension that fails is answered with 503",
    delete_at_once: "DELETE answers 204 while the status becomes deleting",
    actions: "the panel lists no actions",
  },
  "scaleway-v1": {
    cloud_init: "the document has no user data",
    volumes: "the document can't delete a volume, and a volume has no name to bear a marker",
    shows_volumes: "a server has the volumes that it is made with, and this one is made without",
    answer_to_update: "what PUT /servers/{id} answers is not in the document",
    server_types: "the document has no types",
    filters: "GET /servers is filtered by organization, image and ip",
    tags: "a server is made without tags: they are things of their own",
  },
};

/** Why the dialect lacks a feature; undefined when it has it. */
export const gapOf = (dialect: DialectName, feature: Feature): string | undefined => gaps[dialect]?.[feature];
