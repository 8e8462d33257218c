import type { Connection } from "../../connection.ts";
import { ProviderDoubt, ProviderRefusal } from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import type { Pace } from "../pace.ts";
import type { Transport } from "../transport.ts";
import type { Order } from "./choices.ts";
import { quotaListSchema, serverOwnerSchema, serverOwnersSchema, type Quotum } from "./wire.ts";

/** How long a limit holds, or that it can't be looked at; people at the provider change it. In milliseconds. */
const limitKeptFor = 300_000;
/** How long a count of servers holds, in milliseconds. */
const countKeptFor = 60_000;
/** After this many milliseconds nothing more is looked at: the create itself must leave within two seconds (R5). */
const lookFor = 500;
const pageSize = 100;

/** How one of the looks is made: two of them one after the other must leave the create its time. */
const quickLook: Pace = { patience: { milliseconds: 200, urgency: "look" }, timeoutMilliseconds: 600 };

/** A quota of one type of server, and how much of it is in use. */
export interface Usage {
  readonly limit: number;
  readonly used: number;
}

type Place = Pick<Order, "zone" | "type">;

interface Count {
  readonly until: number;
  /** Servers of the type that the organization has for certain: never more than there are. */
  readonly used: number;
  /** Made since by this process. */
  made: number;
}

/** The quota can't be told; the message says why. */
export class QuotaUnknown extends Error {
  constructor(why: string) {
    super(why);
    this.name = "QuotaUnknown";
  }
}

/** What the provider calls the quota of a type: `DEV1-S` is counted as `cp_servers_type_DEV1_S`. */
export const quotaNameOf = (type: string): string => `cp_servers_type_${type.replaceAll("-", "_")}`;

/** The limit that holds in a zone: its own, its region's, or the one for everywhere; null for none or none told. */
export const limitIn = (quotum: Quotum, zone: string): number | null => {
  const limits = quotum.limits ?? [];
  const region = zone.slice(0, zone.lastIndexOf("-"));
  const entry =
    limits.find((one) => one.zone === zone) ??
    limits.find((one) => one.region === region) ??
    limits.find((one) => one.global === true) ??
    (limits.length === 0 ? quotum : undefined);
  if (entry === undefined || entry.unlimited === true) return null;
  return entry.limit ?? null;
};

/**
 * The quota of server types: a limit that the IAM API tells, and a count of what is there. Optional in every way: what
 * can't be looked at (a key without permission, no time, an older API) is done without, and the create itself will tell.
 * The count holds what is certainly there, so it can only be too small. A limit is reached by a fresh count alone.
 */
export class Quota {
  readonly #connection: Connection;
  readonly #transport: Transport;
  readonly #root: string;
  readonly #ports: Pick<AdapterPorts, "clock" | "log">;
  readonly #limits = new Map<string, { readonly until: number; readonly quotum: Quotum | null }>();
  readonly #counts = new Map<string, Count>();
  readonly #looks = new Map<string, Promise<void>>();
  /** What could not be looked at, and why. */
  readonly #failures = new Map<string, string>();
  readonly #pace: Pace;
  #organization: string | null;
  #warned = false;

  constructor(
    connection: Connection,
    transport: Transport,
    root: string,
    ports: Pick<AdapterPorts, "clock" | "log">,
    pace: Pace = quickLook,
  ) {
    this.#pace = pace;
    this.#connection = connection;
    this.#transport = transport;
    this.#root = root;
    this.#ports = ports;
    this.#organization = connection.organization ?? null;
  }

  /** The usage where the quota is used up for certain; null where there is room, or nobody knows. */
  async usedUp(place: Place): Promise<Usage | null> {
    const startedAt = this.#ports.clock.now();
    // A connection to a project does not say whose it is, but the project's servers do.
    const isUnknown = this.#organization === null && this.#known(place) === null;
    if (isUnknown) await this.#count(place);
    if (this.#ports.clock.now() - startedAt > lookFor) return null;
    const limit = await this.limitFor(place);
    if (limit === null) return null;
    const known = this.#known(place);
    if (known !== null && known.used + known.made < limit) return null;
    if (this.#ports.clock.now() - startedAt > lookFor) return null;
    if (!isUnknown) await this.#count(place);
    const used = this.#known(place)?.used ?? 0;
    return used >= limit ? { limit, used } : null;
  }

  /** The limit of a type in a zone; null when there is none, or it can't be looked at. */
  async limitFor({ zone, type }: Place): Promise<number | null> {
    const organization = this.#organization;
    if (organization === null) return null;
    const kept = this.#limits.get(type);
    if (kept === undefined || this.#ports.clock.now() >= kept.until) {
      await this.#once(`limit of ${type}`, () => this.#readLimit(type, organization));
    }
    const quotum = this.#limits.get(type)?.quotum ?? null;
    return quotum === null ? null : limitIn(quotum, zone);
  }

  /**
   * The usage as a plan is told it, counted anew; null where there is no limit.
   * @throws QuotaUnknown with the reason
   */
  async foreseen(place: Place): Promise<Usage | null> {
    if (this.#organization === null) await this.#once("owner", () => this.#readOwner(place.zone));
    if (this.#organization === null) {
      const why = "whose project it is stands in its servers, and it has none yet: its first one tells";
      throw new QuotaUnknown(this.#failures.get("owner") ?? why);
    }
    const what = `limit of ${place.type}`;
    if (this.#failures.has(what)) this.#limits.delete(place.type);
    const [limit] = await Promise.all([this.limitFor(place), this.#count(place)]);
    const failed = this.#failures.get(what);
    if (failed !== undefined) throw new QuotaUnknown(failed);
    if (limit === null) return null;
    const uncounted = this.#failures.get(`count of ${place.zone}/${place.type}`);
    if (uncounted !== undefined) throw new QuotaUnknown(uncounted);
    return { limit, used: this.#known(place)?.used ?? 0 };
  }

  /** Whose the project is stands in each of its servers. */
  learn(server: unknown): void {
    const { project, organization } = serverOwnerSchema.safeParse(server).data ?? {};
    if (project !== undefined && project === this.#connection.project)
      this.#organization ??= organization ?? null;
  }

  /** A server was made, or may have been: the next ones are counted from there. */
  noteMade({ zone, type }: Place): void {
    const count = this.#counts.get(`${zone}/${type}`);
    if (count !== undefined) count.made += 1;
  }

  #known({ zone, type }: Place): Count | null {
    const count = this.#counts.get(`${zone}/${type}`);
    return count !== undefined && this.#ports.clock.now() < count.until ? count : null;
  }

  /** One look serves all who ask while it is under way. */
  async #once(what: string, look: () => Promise<void>): Promise<void> {
    const underWay = this.#looks.get(what);
    if (underWay !== undefined) return underWay;
    const begun = look().finally(() => this.#looks.delete(what));
    this.#looks.set(what, begun);
    return begun;
  }

  async #readLimit(type: string, organization: string): Promise<void> {
    const name = quotaNameOf(type);
    const what = `limit of ${type}`;
    let quotum: Quotum | null = null;
    try {
      this.#failures.delete(what);
      const { value } = await this.#transport.call(
        {
          method: "GET",
          root: this.#root,
          path: ["iam", "v1alpha1", "quota"],
          query: { organization_id: organization, quotum_names: name, page_size: String(pageSize) },
          ...this.#pace,
        },
        quotaListSchema,
      );
      quotum = value.quota.find((one) => one.name === name) ?? null;
    } catch (error) {
      this.#doWithout(error, what);
    }
    this.#limits.set(type, { until: this.#ports.clock.now() + limitKeptFor, quotum });
  }

  #count(place: Place): Promise<void> {
    return this.#once(`count of ${place.zone}/${place.type}`, () => this.#readCount(place));
  }

  /** Counts on one page what is certainly of the type and the organization, and beyond it only what the total says. */
  async #readCount({ zone, type }: Place): Promise<void> {
    const what = `count of ${zone}/${type}`;
    let used = 0;
    try {
      this.#failures.delete(what);
      const { value, total } = await this.#transport.call(
        {
          method: "GET",
          root: this.#root,
          path: ["instance", "v1", "zones", zone, "servers"],
          query: { commercial_type: type, per_page: String(pageSize), page: "1" },
          ...this.#pace,
        },
        serverOwnersSchema,
      );
      const { servers } = value;
      for (const server of servers) this.learn(server);
      const ours = servers.filter(
        (one) => one.commercial_type === type && one.organization === this.#organization,
      );
      // A filter that is not heeded would count what is none: then the total is none either.
      used = ours.length === servers.length ? Math.max(ours.length, total ?? 0) : ours.length;
      if (servers.length === 0) used = 0;
    } catch (error) {
      this.#doWithout(error, what);
    }
    this.#counts.set(`${zone}/${type}`, { until: this.#ports.clock.now() + countKeptFor, used, made: 0 });
  }

  /** Any server of the project tells whose it is. */
  async #readOwner(zone: string): Promise<void> {
    try {
      this.#failures.delete("owner");
      const { project } = this.#connection;
      const { value } = await this.#transport.call(
        {
          method: "GET",
          root: this.#root,
          path: ["instance", "v1", "zones", zone, "servers"],
          query: { ...(project === undefined ? {} : { project }), per_page: "1", page: "1" },
          ...this.#pace,
        },
        serverOwnersSchema,
      );
      for (const server of value.servers) this.learn(server);
    } catch (error) {
      this.#doWithout(error, "owner");
    }
  }

  #doWithout(error: unknown, what: string): void {
    if (!(error instanceof ProviderRefusal) && !(error instanceof ProviderDoubt)) throw error;
    this.#failures.set(what, error.message);
    if (this.#warned) return;
    this.#warned = true;
    this.#ports.log.warn("the quota can't be looked at; servers are made without that", {
      connection: this.#connection.name,
      error: error.message,
    });
  }
}
