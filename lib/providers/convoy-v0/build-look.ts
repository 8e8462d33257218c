import type { Connection } from "../../connection.ts";
import { goneObservation, type Observation } from "../../operation/observation.ts";
import { ProviderDoubt, ProviderRefusal, type Handle } from "../../ports/provider.ts";
import { fewCalls, idsOf } from "../looking.ts";
import { findInList } from "../scaleway-pages.ts";
import { patience } from "../transport.ts";
import type { PanelCalls } from "./server-calls.ts";
import { flagOf, looksLikeMachine, observationOf } from "./translate.ts";
import type { PanelServer } from "./wire.ts";

/** From this many servers on, the list is read instead of one after the other: calls are counted by the minute. */
const many = 3;
/** How long a build may wait for an idle worker, in seconds, where the connection says nothing. */
const usualWaitSeconds = 60;
/** After so many seconds other builds are no reason to wait any more: one that failed looks at work for ever. */
const longestQueueSeconds = 900;
/** Servers that are remembered as built; a build never begins again. */
const rememberedServers = 10_000;

interface Sighting {
  /** Null: the panel says that it does not exist. */
  readonly server: PanelServer | null;
  readonly requestId: string | null;
}

const isMissing = (error: unknown): error is ProviderRefusal =>
  error instanceof ProviderRefusal && error.code === "RESOURCE_NOT_FOUND";
const isSilence = (error: unknown): boolean =>
  error instanceof ProviderRefusal || error instanceof ProviderDoubt;

/**
 * Looks at servers of the panel. `installing` goes from 0 (queued) over 1 (at work) back to 0, so a 0 is the end of a
 * build only after a 1 was seen, or when it has stood longer than a build waits for an idle worker, no other build
 * keeps the workers busy, and there are specifications of a machine (providers.md 5.1).
 */
export class BuildLook {
  readonly #calls: PanelCalls;
  readonly #connection: Connection;
  readonly #built = new Set<string>();

  constructor(calls: PanelCalls, connection: Connection) {
    this.#calls = calls;
    this.#connection = connection;
  }

  /** In the order of the handles; null for what this look could say nothing about. */
  async at(handles: readonly Handle[]): Promise<(Observation | null)[]> {
    const sightings = await this.#sightings(idsOf(handles, "server"));
    const open = handles.filter((handle) => {
      const server = sightings.get(handle.resource.id)?.server ?? null;
      return server !== null && this.#isOpen(handle, server);
    });
    await this.#settle(open);
    return handles.map((handle) => {
      const sighting = sightings.get(handle.resource.id);
      return sighting === undefined ? null : this.#observation(handle, sighting);
    });
  }

  /** Whether a 0 says nothing yet about a build that is waited for. */
  #isOpen({ resource, awaitsBuild }: Handle, server: PanelServer): boolean {
    return awaitsBuild === true && flagOf(server) === "idle" && !this.#built.has(resource.id);
  }

  #observation(handle: Handle, { server, requestId }: Sighting): Observation {
    if (server === null) return goneObservation(requestId);
    // Not "moving": the core keeps that as "its build was seen to begin".
    return this.#isOpen(handle, server)
      ? observationOf(server, requestId, "unknown", "the end of its build is not certain yet")
      : observationOf(server, requestId);
  }

  #remember(id: string): void {
    if (this.#built.size >= rememberedServers) this.#built.clear();
    this.#built.add(id);
  }

  /** Remembers those of the open ones as built that are so beyond doubt by now. */
  async #settle(open: readonly Handle[]): Promise<void> {
    const few = fewCalls(this.#connection);
    const begun = open.filter(({ seenMoving }) => seenMoving).slice(0, few);
    await Promise.all(idsOf(begun, "server").map((id) => this.#confirm(id)));
    const waits = this.#connection.assume.builds_begin_within_seconds ?? usualWaitSeconds;
    const old = open.filter(({ seenMoving, ageSeconds }) => !seenMoving && ageSeconds > waits).slice(0, few);
    if (old.length > 0) await this.#settleUnseen(old);
  }

  /** A list that lags may show a 0 from before the 1 that was seen: the server itself is asked. */
  async #confirm(id: string): Promise<void> {
    const asked = await this.#calls.get(id, patience.look).catch(orElse(null));
    if (asked !== null && flagOf(asked.server) === "idle") this.#remember(id);
  }

  async #settleUnseen(old: readonly Handle[]): Promise<void> {
    const isBusy = await this.#calls.isAnyBuilt().catch(orElse(true));
    const due = old.filter(({ ageSeconds }) => !isBusy || ageSeconds > longestQueueSeconds);
    for (const id of idsOf(due, "server")) {
      const specifications = await this.#calls.specifications(id).catch(orElse(null));
      if (looksLikeMachine(specifications)) this.#remember(id);
    }
  }

  async #sightings(ids: readonly string[]): Promise<ReadonlyMap<string, Sighting>> {
    if (ids.length < many) return this.#each(ids);
    const listed = await this.#listed(new Set(ids));
    // A list may lag: what it does not show is asked for before it counts as gone.
    const missing = ids.filter((id) => !listed.has(id)).slice(0, fewCalls(this.#connection));
    return new Map([...listed, ...(await this.#each(missing, listed.size > 0))]);
  }

  async #listed(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Sighting>> {
    const found = await findInList(
      async (page) => {
        const { items, total, requestId } = await this.#calls.page(page);
        return { total, items: items.map((server) => ({ server, requestId })) };
      },
      ({ server }) => server.id,
      ids,
    );
    return found;
  }

  /** @throws the first failure, when nothing was seen (`otherSeen`: elsewhere) */
  async #each(ids: readonly string[], otherSeen = false): Promise<ReadonlyMap<string, Sighting>> {
    const settled = await Promise.allSettled(ids.map(async (id) => [id, await this.#one(id)] as const));
    const seen = settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const failed = settled.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined && seen.length === 0 && !otherSeen) throw failed.reason;
    return new Map(seen);
  }

  async #one(id: string): Promise<Sighting> {
    try {
      return await this.#calls.get(id, patience.look);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return { server: null, requestId: error.provider.request_id ?? null };
    }
  }
}

/** What the panel won't say now is not known; anything else that fails is a fault of ours. */
const orElse =
  <T>(otherwise: T) =>
  (error: unknown): T => {
    if (isSilence(error)) return otherwise;
    throw error;
  };
