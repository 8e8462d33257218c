import { connectionSchema, dialectNames, type Connection, type DialectName } from "../../lib/connection.ts";
import { madeBy } from "../../lib/operation/marker.ts";
import { bareObservation, type Observation, type Volume } from "../../lib/operation/observation.ts";
import type { Dialect } from "../../lib/ports/provider.ts";
import { observationOf as shownByV0 } from "../../lib/providers/convoy-v0/translate.ts";
import { observationOf as shownByV4 } from "../../lib/providers/convoy-v4/translate.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { observationOf as shownByDraft } from "../../lib/providers/scaleway-draft/translate.ts";
import { serverObservation as shownByV1 } from "../../lib/providers/scaleway-v1/translate.ts";
import type { Chance } from "./chance.ts";
import { phases, type Server } from "./held.ts";

/** What a provider is like in one run: the ways of its dialect, and what differs from one installation to another. */
export interface Personality {
  readonly dialect: Dialect;
  readonly connection: Connection;
  /** The longest name, where the marker is in the name; null: it is in tags. */
  readonly nameLimit: number | null;
  /** Whether the answer to a create says what was made. */
  readonly saysId: boolean;
  /** Whether changes of power hand back tasks, which lie. */
  readonly hasTasks: boolean;
  readonly hasVolumes: boolean;
  /** A panel: servers build and start by themselves, and are deleted as they stand. */
  readonly isPanel: boolean;
  /** Whether what bears our marker can be listed, so that there is something to sweep. */
  readonly isSwept: boolean;
  /** Whether servers can be renamed. */
  readonly canUpdate: boolean;
  /** Whether a reboot shows while it goes on. */
  readonly showsReboot: boolean;
  /** Whether lists say when something was made, or count it. */
  readonly tellsAge: boolean;
  /** How a server is shown. */
  readonly show: (server: Server, volumes: readonly Volume[]) => Observation;
}

/** What all but a few dialects have in common. */
const usual = {
  nameLimit: null,
  saysId: true,
  hasTasks: false,
  hasVolumes: false,
  isPanel: false,
  canUpdate: true,
  showsReboot: true,
  tellsAge: true,
} as const;

const showPlainly: Personality["show"] = (server, volumes) => ({
  ...bareObservation(phases.get(server.state) ?? "unknown", null, null),
  state: server.state,
  detail: server.detail,
  name: server.name,
  modified: `m${server.changes}`,
  made_by: madeBy(server.tags),
  volumes: [...volumes],
});

/** The flag follows when all is over: on its way up a server is still off, on its way down still on. */
const showFlag: Personality["show"] = ({ id, name, tags, state }) =>
  shownByDraft(
    {
      id,
      name,
      tags: [...tags],
      running: state === "running" || state === "stopping",
    },
    null,
  );

const wordsOfV1: ReadonlyMap<string, string> = new Map([
  ["running", "on"],
  ["stopped", "off"],
]);

/** `between`: the word for what is on its way, which the document does not have. */
const showWord =
  (between: string): Personality["show"] =>
  ({ id, name, state }) =>
    shownByV1({ id, name, state: wordsOfV1.get(state) ?? between }, null);

/** `installing` of a server as it stands: null or 0 before a build, 1 during it and after it has failed, 0 afterwards. */
export const flagOf = ({ state, number }: Server): number | null => {
  if (state === "waiting") return number % 2 === 0 ? 0 : null;
  return state === "installing" || state === "install failed" ? 1 : 0;
};

const showFlagOfBuild: Personality["show"] = (server) =>
  shownByV0({ id: String(server.number), name: server.name, installing: flagOf(server) }, null, "unknown");

const statuses: ReadonlyMap<string, string | null> = new Map([
  ["running", null],
  ["stopped", "suspended"],
  ["waiting", "installing"],
  ["installing", "installing"],
  ["install failed", "install_failed"],
  ["deleting", "deleting"],
  ["deletion failed", "deletion_failed"],
]);

const showStatus: Personality["show"] = ({ id, name, state }) =>
  shownByV4({ id, name, status: statuses.get(state) ?? null }, null);

const id = "105bdce1-64c0-48ab-899d-868455867ecf";
const url = "https://panel.example";
const usualDeadline = 1000;

/** The one connection of the world. `deadlines`: of builds, in seconds. */
const connectionTo = (more: object, buildSeconds = 1200): Connection =>
  connectionSchema.parse({
    name: "paris",
    secret: "env:PARIS",
    rate_per_second: 10,
    deadlines: {
      "server.create": buildSeconds,
      "server.start": usualDeadline,
      "server.stop": usualDeadline,
      "server.reboot": usualDeadline,
      "server.action": usualDeadline,
      "server.update": usualDeadline,
      "server.delete": usualDeadline,
      "specifications.update": buildSeconds,
    },
    ...more,
  });

/** Seconds that a build may take: a few panels are slow, and then it is waited for as long as the catalogue says. */
const buildSecondsOf = (chance: Chance): number => (chance.happens(0.06) ? 2700 : 900);

type Maker = (chance: Chance) => Omit<Personality, "dialect" | "isSwept">;

/** Where what bears our marker can be listed. */
const swept: ReadonlySet<DialectName> = new Set(["scaleway-instance", "scaleway-compute", "scaleway-draft"]);

const makers: Readonly<Record<DialectName, Maker>> = {
  "scaleway-instance": () => ({
    ...usual,
    connection: connectionTo({ provider: "scaleway-instance", zone: "fr-par-1", project: id }),
    hasVolumes: true,
    show: showPlainly,
  }),
  "scaleway-compute": () => ({
    ...usual,
    connection: connectionTo({ provider: "scaleway-compute", region: "par1", organization: id }),
    hasTasks: true,
    hasVolumes: true,
    show: showPlainly,
  }),
  "scaleway-draft": () => ({
    ...usual,
    // The document has no sign of a reset, and a flag that dropped would look like a stop.
    showsReboot: false,
    connection: connectionTo({ provider: "scaleway-draft", organization: id }),
    saysId: false,
    tellsAge: false,
    show: showFlag,
  }),
  "scaleway-v1": (chance) => ({
    ...usual,
    connection: connectionTo({ provider: "scaleway-v1", organization: id }),
    nameLimit: 255,
    show: showWord(chance.pick(["starting", "allocating"])),
    showsReboot: chance.happens(0.7),
  }),
  "convoy-v0": (chance) => ({
    ...usual,
    connection: connectionTo({ provider: "convoy-v0", api_url: url }, 1200),
    nameLimit: 40,
    isPanel: true,
    canUpdate: chance.happens(0.4),
    tellsAge: false,
    show: showFlagOfBuild,
  }),
  "convoy-v4": (chance) => ({
    ...usual,
    connection: connectionTo(
      { provider: "convoy-v4", api_url: url, suspend_is_stop: chance.happens(0.6) },
      buildSecondsOf(chance),
    ),
    nameLimit: 40,
    isPanel: true,
    show: showStatus,
  }),
};

interface Choice {
  readonly forced?: DialectName | undefined;
  readonly mustBeSwept?: boolean;
}

/** The personality of a seed: that of today's Scaleway in about half of all. */
export const personalityOf = (chance: Chance, { forced, mustBeSwept = false }: Choice): Personality => {
  const others = dialectNames.filter(
    (name) => name !== "scaleway-instance" && !(mustBeSwept && !swept.has(name)),
  );
  const drawn = chance.happens(0.5) ? "scaleway-instance" : chance.pick(others);
  const name = forced ?? drawn;
  const ways = makers[name](chance.split(name));
  return { ...ways, isSwept: swept.has(name), dialect: dialects[name].dialect };
};
