import type { Bus } from "../../lib/ports/bus.ts";
import type { EventFeed } from "../../lib/ports/event-feed.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import { type Provider, type ProviderCall, ProviderRefusal } from "../../lib/ports/provider.ts";
import type { Queue } from "../../lib/ports/queue.ts";
import { openBudget } from "../memory/open-budget.ts";
import type { Effects } from "../simulation/sandbox.ts";
import type { Gate } from "./gate.ts";
import type { RaceClock } from "./race-clock.ts";
import { type RaceHistory, targetOf, wordsOf } from "./race-history.ts";

/** Calls to the simulated table happen at once when the gate lets them pass. */
export const gatedEffects = (gate: Gate, clock: RaceClock): Effects => ({
  now: clock.now,
  run: async (effect) => {
    await gate.pass(effect.name);
    const reply = effect.apply();
    if ("error" in reply) throw reply.error;
    return reply.value;
  },
});

export const gatedBus = (bus: Bus, gate: Gate): Bus => ({
  publish: async (events) => {
    await gate.pass(`publish ${events.length}`);
    return bus.publish(events);
  },
});

export const gatedFeed = (feed: EventFeed, gate: Gate): EventFeed => ({
  append: async (events) => {
    if (events.length === 0) return;
    await gate.pass(`append ${events.length}`);
    await feed.append(events);
  },
  read: async (position, chunkLimit) => {
    await gate.pass("read the feed");
    return feed.read(position, chunkLimit);
  },
  positionAt: async (epochMilliseconds) => {
    await gate.pass("find a position");
    return feed.positionAt(epochMilliseconds);
  },
});

export const gatedQueue = (queue: Queue, gate: Gate): Queue => ({
  requestStarts: async (ids) => {
    await gate.pass("request a start");
    await queue.requestStarts(ids);
  },
  requestHookWork: async (work) => {
    await gate.pass("request hook work");
    await queue.requestHookWork(work);
  },
  wakeFollower: async () => {
    await gate.pass("wake the follower");
    await queue.wakeFollower();
  },
  wakeDeliverer: async () => {
    await gate.pass("wake the deliverer");
    await queue.wakeDeliverer();
  },
  wakeBulkRunner: async () => {
    await gate.pass("wake the bulk runner");
    await queue.wakeBulkRunner();
  },
  setAside: async (body, reason) => {
    await gate.pass("set aside");
    await queue.setAside(body, reason);
  },
});

/** A budget that always has a place, given when the gate lets the question pass. */
export const gatedBudget = (gate: Gate): Ports["budget"] => ({
  ...openBudget,
  take: async () => {
    await gate.pass("a place in the budget");
    return true;
  },
});

/** The provider behind the gate; what is sent to it goes on record. */
export const gatedProvider = (
  provider: Provider,
  gate: Gate,
  clock: RaceClock,
  history: RaceHistory,
  operationOf: (call: ProviderCall) => string,
): Provider => ({
  dialect: provider.dialect,
  send: async (call) => {
    const what = wordsOf(call);
    // Whoever sends waits for the answer, and no longer than a call can be on its way.
    await gate.passInFlight(`send ${what}`);
    const sent = { at: clock.now(), what, operationId: operationOf(call), target: targetOf(call) };
    const record = (wasRefused: boolean): void => {
      history.sends.push({ ...sent, wasRefused });
    };
    try {
      const answer = await provider.send(call);
      record(false);
      return answer;
    } catch (error) {
      record(error instanceof ProviderRefusal);
      throw error;
    }
  },
  look: async (handles) => {
    await gate.pass(`look at ${handles.length}`);
    return provider.look(handles);
  },
  search: async (type, marker) => {
    await gate.pass("search");
    return provider.search(type, marker);
  },
  marked: async (type, deployment) => {
    await gate.pass(`list marked ${type}`);
    return provider.marked(type, deployment);
  },
  inspect: async (resource) => {
    await gate.pass(`inspect ${resource.type}`);
    return provider.inspect(resource);
  },
  read: async (request) => {
    await gate.pass("read through");
    return provider.read(request);
  },
});
