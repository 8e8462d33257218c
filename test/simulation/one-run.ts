import type { DialectName } from "../../lib/connection.ts";
import { resultOf, settingsOf, type AnyOrder, type AnyResult, type FaultsOfRun } from "./any-run.ts";
import { Callers } from "./callers.ts";
import { Chance } from "./chance.ts";
import { check } from "./checker.ts";
import { faultKinds, swarm, usualDraw, type FaultKind, type Strengths } from "./faults.ts";
import type { History } from "./history.ts";
import { Installation } from "./installation.ts";
import { Hands } from "./hands.ts";
import { personalityOf, type Personality } from "./personality.ts";
import { Scenario } from "./scenario.ts";
import { situations } from "./situations.ts";
import { virtualStart, World, type PortRule } from "./world.ts";

/** What a run is asked for. */
export interface RunOrder extends AnyOrder {
  /** Landings up to an hour late, far beyond what the connection assumes. */
  readonly beyond?: boolean;
  /** Who sweeps: as the seed draws it, nobody, or a sweeper that deletes. */
  readonly sweeps?: "drawn" | "never" | "delete";
  /** The dialect of the provider, in the place of the one that the seed draws. */
  readonly dialect?: DialectName;
  readonly withoutRules?: readonly PortRule[];
}

/** How a run ended. */
export interface RunResult extends AnyResult {
  readonly requests: number;
}

/** How long things may still go on when the faults are over, in milliseconds: a little more than is promised. */
const livenessOf = ({ isPanel }: Personality): number => (isPanel ? 57 : 35) * 60_000;

const faultsOf = (order: RunOrder): FaultsOfRun => {
  if (order.mode === "calm") return { on: new Map<FaultKind, number>(), until: virtualStart };
  const chance = new Chance(order.seed).split("swarm");
  const minutes = chance.pick([1, 1, 2, 2, 2, 3, 3, 4, 6, 10]);
  const on = order.strengths === undefined ? swarm(chance, usualDraw) : chosen(order.strengths);
  if (order.beyond !== true) on.delete("two creates land together");
  else {
    on.set("call lands late", 2);
    on.delete("human deletes");
    on.delete("human edits tags");
  }
  // What the sweeper deletes is at least six minutes old: then something should still go wrong.
  const isLong = orphansOf(order) !== null && chance.happens(0.5);
  const aimed = order.sweeps === "delete" && order.strengths !== undefined ? 20 : 0;
  return { on, until: virtualStart + Math.max(minutes, isLong ? 8 : 0, aimed) * 60_000 };
};

const chosen = (strengths: Strengths): Map<FaultKind, number> =>
  new Map(
    faultKinds.flatMap((kind) => (strengths[kind] === undefined ? [] : [[kind, strengths[kind]] as const])),
  );

/** Sweeps take long in virtual time, so only a part of the seeds has them; all have where the bounds are broken. */
const orphansOf = ({ seed, sweeps = "drawn", beyond = false }: RunOrder): World["settings"]["orphans"] => {
  if (sweeps === "never") return null;
  const chance = new Chance(seed).split("orphans");
  const isSwept = chance.happens(0.12);
  const orphans = { delete: chance.happens(0.8), most_per_run: chance.pick([1, 1, 2, 5]) };
  if (sweeps === "delete") return { ...orphans, delete: true };
  return isSwept || beyond ? orphans : null;
};

/** Milliseconds of quiet after which nothing more can come: the follower's ticks, and all sweeps that are needed. */
const quietFor = ({ cloud, table, world }: Installation): number => {
  const { orphans } = world.settings;
  if (orphans === null) return 125_000;
  const owned = new Set([...table.rows.values()].map(({ operation }) => operation.resource?.id));
  const open = [...cloud.servers.values()].filter(
    ({ id, isGone, state, by }) =>
      !isGone && state === "stopped" && (by !== null || id.startsWith("hand-")) && !owned.has(id),
  );
  const left = [...table.rows.values()].some(
    ({ operation: { state, resource } }) =>
      state === "failed" && cloud.servers.get(resource?.id ?? "")?.isGone === false,
  );
  if (open.length === 0 && !left) return 125_000;
  const turns = orphans.delete ? Math.ceil((open.length + 1) / orphans.most_per_run) : 0;
  return 97_000 + (2 + turns) * 300_000 + 130_000;
};

/** Words of the faults after which nobody of ours may know what was sent. */
const interrupting = /^(crash|freeze|slow|store|secret|bus|tick|queue)/;

/** The provider of a seed; where each seed is to have a sweeper that deletes, it can be swept. */
const providerOf = ({ seed, dialect, sweeps }: RunOrder): Personality =>
  personalityOf(new Chance(seed).split("dialect"), { forced: dialect, mustBeSwept: sweeps === "delete" });

const worldOf = (order: RunOrder, { isSwept }: Personality): World => {
  const usual = settingsOf(order, faultsOf(order));
  return new World({
    ...usual,
    landsWithin: order.beyond === true ? 3_600_000 : usual.landsWithin,
    orphans: isSwept ? orphansOf(order) : null,
    withoutRules: new Set(order.withoutRules ?? []),
  });
};

/** Lets the world run until nothing goes on any more, and then asks how every operation stands. */
const play = async (world: World, installation: Installation, order: RunOrder): Promise<void> => {
  const callers = new Callers(installation);
  const hands = new Hands(installation, callers);
  const scenario = new Scenario(installation, callers, order.mode === "swarm");
  const liveness = livenessOf(installation.site.personality);
  let end = world.settings.faults.until + liveness + (order.beyond === true ? 3_600_000 : 0);
  world.listeners.push(({ what }) => {
    if (what === "resolved") end = Math.max(end, world.now + liveness);
  });
  let isOver = false;
  let quietSince: number | null = null;
  let shown = false;
  const isQuiet = (): boolean =>
    scenario.planned === 0 &&
    hands.planned === 0 &&
    callers.waiting === 0 &&
    installation.running === 0 &&
    installation.isQuiet;
  const audit = (): void => {
    const late = world.now >= end;
    if (shown) isOver = isQuiet() || callers.waiting === 0;
    else if (late || isQuiet()) {
      quietSince ??= world.now;
      // Two more ticks: what is owed by a lease is not to be seen in the table.
      const since =
        world.settings.orphans === null ? quietSince : Math.max(quietSince, world.settings.faults.until);
      if (late || world.now - since > quietFor(installation)) {
        shown = true;
        for (const id of installation.table.rows.keys()) callers.show(id);
      }
    } else quietSince = null;
    world.after(5000, audit);
  };
  scenario.begin();
  installation.tickUntil(() => isOver);
  world.after(5000, audit);
  await world.run(() => isOver);
};

const historyOf = (world: World, { cloud, connection }: Installation, order: RunOrder): History => ({
  entries: world.entries,
  servers: [...cloud.servers.values()]
    .filter(({ isGone }) => !isGone)
    .map(({ id, by, state, tags, createdAt, formerly }) => ({
      id,
      by,
      state,
      tags,
      settledAt: formerly?.until ?? createdAt,
    })),
  volumes: [...cloud.volumes.values()].map(({ volume, server }) => ({ id: volume.id, server })),
  facts: {
    dialect: connection.provider,
    interrupted:
      (order.crashes ?? []).length > 0 || world.faults.struck.some(({ key }) => interrupting.test(key)),
    orphans: world.settings.orphans,
    endedAt: world.now,
    boundsKept: order.beyond !== true,
    ratePerSecond: connection.rate_per_second,
    faultsEnd: world.settings.faults.until,
    stalls: world.faults.isOn("slow") || world.faults.isOn("freeze") || world.faults.isOn("secret slow"),
    quiet: order.mode === "calm",
    deaths: order.crashes?.length ?? 0,
    onlyRepliesLost: world.faults.areOnly(["store reply lost"]),
    onlyDeaths: world.faults.areOnly(["store reply lost", "crash before", "crash after"]),
  },
});

/** One seed, from its beginning to its verdict. */
export const runOnce = async (order: RunOrder): Promise<RunResult> => {
  const personality = providerOf(order);
  const world = worldOf(order, personality);
  const installation = new Installation(world, personality);
  await play(world, installation, order);
  const history = historyOf(world, installation, order);
  for (const situation of situations(history, world, installation)) world.sometimes(situation);
  const violations = [...check(history), ...installation.overheard.violations];
  const { entries, effects, now } = world;
  return {
    ...resultOf(world, order, violations, () => ({ entries, effects, now })),
    requests: new Set(
      history.entries.flatMap((entry) => (entry.what === "accepted" ? [entry.operation] : [])),
    ).size,
  };
};
