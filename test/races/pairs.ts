import * as fc from "fast-check";
import type { SwitchyardEvent } from "../../events/event.ts";
import { applyFact } from "../../lib/flows/change-operation.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import type { Resolution } from "../../lib/flows/resolve-operation.ts";
import { markerOf, withMarker } from "../../lib/operation/marker.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import type { Mishap } from "../memory/memory-provider.ts";
import { accept, type Actor, cancel, follow, message, publish, resolve, start, sweep } from "./actors.ts";
import { openGate } from "./gate.ts";
import { type RaceWorld, sweepsApart } from "./race-world.ts";

/** What differs from race to race besides the order of calls. */
export interface Variation {
  /** What goes wrong with the first create. */
  readonly mishap: Mishap | null;
  /** Seconds between what was arranged and the race. */
  readonly age: number;
  /** Milliseconds that a server needs to come up. */
  readonly turning: number;
  /** Calls after which somebody dies, where the pair has somebody who does. */
  readonly callsBeforeDeath: number;
  readonly resolutions: readonly [Resolution["as"], Resolution["as"]];
  /** Times at which everybody stands still: after how many chances, and for how many seconds. */
  readonly leaps: readonly { readonly after: number; readonly seconds: number }[];
  readonly anything: "start" | "follow" | "cancel" | "accept";
}

const resolution = fc.constantFrom("adopt", "abandon", "retry");

export const variations: fc.Arbitrary<Variation> = fc.record({
  mishap: fc.constantFrom<(Mishap | null)[]>(
    null,
    null,
    null,
    { kind: "lose_answer" },
    { kind: "refuse", code: "RATE_LIMITED" },
    { kind: "refuse", code: "OUT_OF_STOCK" },
    { kind: "land_later", milliseconds: 4_000 },
  ),
  age: fc.constantFrom(0, 0, 29, 31),
  turning: fc.constantFrom(0, 1_500),
  callsBeforeDeath: fc.nat({ max: 25 }),
  resolutions: fc.tuple(resolution, resolution),
  leaps: fc.array(fc.record({ after: fc.nat({ max: 30 }), seconds: fc.constantFrom(2, 7, 21) }), {
    maxLength: 2,
  }),
  anything: fc.constantFrom("start", "follow", "cancel", "accept"),
});

/** The two who race, and what is done over by whom when the first dies. */
export interface Race {
  readonly one: Actor;
  readonly two: Actor;
  /** After so many calls the first is dead, and somebody else begins the same anew. */
  readonly oneDiesAfter?: number;
  /** Sweeps that come after the race, when everything else has come to rest. */
  readonly sweepsAfter?: number;
}

export interface Pair {
  readonly name: string;
  /** Whether both want to write the same row, so that often one must be refused. */
  readonly isContended: boolean;
  /** Arranges the world and says who races. */
  readonly arrange: (world: RaceWorld, variation: Variation) => Promise<Race>;
}

const started = async (world: RaceWorld, key = "key"): Promise<string> => {
  const id = await world.accepted(key);
  await world.clock.runUntil(start(id)(world, world.ports));
  return id;
};

/** An operation that needs a person: its time is over, with or without a server that is known to be its own. */
const stuck = async (world: RaceWorld): Promise<string> => {
  const id = await started(world);
  const operation = await world.load(id);
  if (operation.ended_at === null)
    await applyFact(operation, { type: "deadline_passed", why: "nothing was seen" }, world.ports);
  return id;
};

/** A person names the server only where the operation has none of its own. */
const decided = async (world: RaceWorld, id: string, as: Resolution["as"]): Promise<Actor> => {
  const operation = await world.load(id);
  const [server] = world.provider.servers;
  const isNamed = as === "adopt" && operation.resource === null && server !== undefined;
  return resolve(id, isNamed ? { as, resource_id: server.id } : { as });
};

const isEnd = ({ type }: SwitchyardEvent): boolean =>
  /operation\.(?:succeeded|failed|needs_attention)$/.test(type);

/** A follower that died when it was about to publish an end which its lease names. */
const leaseOfTheDead = async (world: RaceWorld): Promise<void> => {
  let isDead = false;
  const pass = (): Promise<void> => (isDead ? new Promise(() => {}) : Promise.resolve());
  const ports = world.portsThrough({ pass, passInFlight: pass });
  const feed: Ports["feed"] = {
    append: (events) => {
      isDead ||= events.some(isEnd);
      return ports.feed.append(events);
    },
    read: (position, limit) => ports.feed.read(position, limit),
    positionAt: (instant) => ports.feed.positionAt(instant),
  };
  const turn = world.turnOf({ ...ports, feed });
  const until = world.clock.now() + 8_000;
  // It never comes back; the world goes on when it has been silent for a while.
  void followOperations(turn);
  await world.clock.runUntil(
    (async () => {
      while (world.clock.now() < until) await world.clock.through(openGate).sleep(500);
    })(),
  );
};

/**
 * An operation beside whose server, if it has one, another stands with the same marker, that one sweep has seen: the
 * next will confirm and delete it.
 */
const withExtra = async (world: RaceWorld, { mishap }: Variation): Promise<string> => {
  const id = await started(world);
  world.provider.addServer(withMarker([], markerOf(id, world.ports.deployment)));
  world.clock.advance(2 * sweepsApart);
  await world.clock.runUntil(follow(world, world.ports));
  world.clock.advance(sweepsApart);
  await world.clock.runUntil(sweep(world, world.ports));
  world.clock.advance(sweepsApart);
  world.provider.mishaps.create = mishap === null ? [] : [mishap];
  return id;
};

const anything = (id: string, variation: Variation): Actor => {
  switch (variation.anything) {
    case "start":
      return start(id);
    case "follow":
      return follow;
    case "cancel":
      return cancel(id);
    case "accept":
      return accept("key");
  }
};

export const pairs: readonly Pair[] = [
  {
    name: "start/follow",
    isContended: false,
    arrange: async (world) => ({ one: start(await world.accepted()), two: follow }),
  },
  {
    name: "follow/follow",
    isContended: false,
    arrange: async (world) => {
      await started(world);
      return { one: follow, two: follow };
    },
  },
  {
    name: "cancel/start",
    isContended: true,
    arrange: async (world) => {
      const id = await world.accepted();
      return { one: cancel(id), two: start(id) };
    },
  },
  {
    name: "resolve/follow",
    isContended: false,
    arrange: async (world, { resolutions }) => {
      const id = await stuck(world);
      return { one: await decided(world, id, resolutions[0]), two: follow };
    },
  },
  {
    name: "restart/anything",
    isContended: true,
    arrange: async (world, variation) => {
      const id = await world.accepted();
      const one = variation.callsBeforeDeath % 2 === 0 ? start(id) : follow;
      return { one, two: anything(id, variation), oneDiesAfter: variation.callsBeforeDeath };
    },
  },
  {
    name: "start/start",
    isContended: true,
    arrange: async (world) => {
      const id = await world.accepted();
      return { one: start(id), two: start(id) };
    },
  },
  {
    name: "accept/accept",
    isContended: true,
    arrange: async () => ({ one: accept("key"), two: accept("key") }),
  },
  {
    name: "accept/message",
    isContended: true,
    arrange: async () => ({ one: accept("key"), two: message("key") }),
  },
  {
    name: "resolve/resolve",
    isContended: true,
    arrange: async (world, { resolutions }) => {
      const id = await stuck(world);
      return {
        one: await decided(world, id, resolutions[0]),
        two: await decided(world, id, resolutions[1]),
      };
    },
  },
  {
    name: "publish/publish",
    isContended: true,
    arrange: async (world) => {
      const id = await stuck(world);
      return { one: publish(id), two: publish(id) };
    },
  },
  {
    name: "takeover/follow",
    isContended: false,
    arrange: async (world) => {
      await started(world);
      await leaseOfTheDead(world);
      return { one: follow, two: follow };
    },
  },
  {
    name: "cancel/cancel",
    isContended: true,
    arrange: async (world) => {
      const id = await world.accepted();
      return { one: cancel(id), two: cancel(id) };
    },
  },
  {
    name: "sweep/start",
    isContended: false,
    arrange: async (world, variation) => {
      await withExtra(world, variation);
      return { one: sweep, two: start(await world.accepted("second")), sweepsAfter: 4 };
    },
  },
  {
    name: "sweep/follow",
    isContended: false,
    arrange: async (world, variation) => {
      await withExtra(world, variation);
      await started(world, "second");
      return { one: sweep, two: follow, sweepsAfter: 4 };
    },
  },
  {
    name: "sweep/sweep",
    isContended: false,
    arrange: async (world, variation) => {
      await withExtra(world, variation);
      return { one: sweep, two: sweep, sweepsAfter: 4 };
    },
  },
];
