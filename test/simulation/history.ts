import type { DialectName } from "../../lib/connection.ts";
import type { OperationView } from "../../lib/operation/view.ts";

/** What happened at the provider, on the bus and at the API: all that the checker may know. `at` in ms since the epoch. */
export type Fact =
  | { readonly what: "sent"; readonly connection: string; readonly call: string }
  | { readonly what: "created"; readonly server: string; readonly by: string | null }
  /** Anything but a server was made. */
  | { readonly what: "made"; readonly type: string; readonly id: string; readonly by: string | null }
  | { readonly what: "thing deleted"; readonly type: string; readonly id: string }
  /** A create that was not refused has left: it may be carried out, whatever becomes of its answer. */
  | { readonly what: "create left"; readonly by: string | null }
  /** A change of settings or of a part was carried out. */
  | {
      readonly what: "applied";
      readonly kind: string;
      readonly resource: string;
      readonly part: string | null;
      readonly by: string | null;
      /** Whether no build of the resource was under way or waiting. */
      readonly isBuilt: boolean;
    }
  /** Nobody was told what became of an apply. */
  | { readonly what: "apply in doubt"; readonly by: string | null }
  | { readonly what: "state"; readonly server: string; readonly state: string }
  | { readonly what: "booted"; readonly server: string }
  | { readonly what: "rebooted"; readonly server: string }
  | { readonly what: "deleted"; readonly server: string; readonly who: "us" | "human" }
  /** A server that a person made by hand, with whatever tags. */
  | { readonly what: "made by hand"; readonly server: string }
  /** A list of what bears the marker of our deployment was read. */
  | { readonly what: "listed"; readonly type: string }
  /** The sweeper asks for a deletion. */
  | {
      readonly what: "sweeper deletes";
      readonly type: string;
      readonly id: string;
      /** As they were a moment before: what is changed while the call is under way comes too late. */
      readonly tags: readonly string[];
      /** Of a volume or an address: the server that it came with or was put at, whoever has it now. */
      readonly home: string | null;
      /** Of a volume: whether it came with that server. */
      readonly cameAlong: boolean;
      readonly invocation: number;
    }
  | { readonly what: "volume deleted"; readonly volume: string }
  | { readonly what: "tags edited"; readonly server: string }
  /** What a search by marker was shown, in whatever order. */
  | { readonly what: "searched"; readonly by: string | null; readonly servers: readonly string[] }
  | { readonly what: "refused"; readonly code: string; readonly call: string; readonly by: string | null }
  | {
      readonly what: "published";
      readonly id: string;
      readonly type: string;
      readonly subject: string;
      readonly sequence: number;
      /** The operation that the event is of. */
      readonly operation: string;
      readonly bytes: string;
    }
  | {
      readonly what: "accepted";
      readonly key: string;
      readonly body: string;
      readonly kind: string;
      readonly operation: string;
      readonly server: string | null;
    }
  | { readonly what: "cancelled"; readonly operation: string }
  | { readonly what: "resolved"; readonly operation: string; readonly as: string }
  | { readonly what: "shown"; readonly view: OperationView }
  | { readonly what: "invocation over"; readonly name: string; readonly pending: number }
  | { readonly what: "invocation overdue"; readonly name: string; readonly stalled: boolean }
  /** `received`: how often a message with this body had come at most. */
  | {
      readonly what: "dead letter";
      readonly body: string;
      readonly reason: string;
      readonly received: number;
    };

export type Entry = Fact & { readonly at: number };

/** A server as it stands at the provider when all is over. */
export interface Standing {
  readonly id: string;
  /** The operation whose marker was in the create call; null for servers that are not ours. */
  readonly by: string | null;
  readonly state: string;
  readonly tags: readonly string[];
  /** When its tags were last changed, or it was made (ms since the epoch). */
  readonly settledAt: number;
}

/** A run, as the checker gets it. */
export interface History {
  readonly entries: readonly Entry[];
  readonly servers: readonly Standing[];
  readonly volumes: readonly { readonly id: string; readonly server: string | null }[];
  readonly facts: {
    /** The dialect of the one provider. */
    readonly dialect: DialectName;
    /** Whether anything struck that keeps us from knowing what we have sent: a death, a standstill, a lost write. */
    readonly interrupted: boolean;
    /** What the connection says of orphans; null where nobody sweeps. */
    readonly orphans: { readonly delete: boolean; readonly most_per_run: number } | null;
    readonly endedAt: number;
    /** Whether landings keep to what the connection assumes. */
    readonly boundsKept: boolean;
    readonly ratePerSecond: number;
    readonly faultsEnd: number;
    /** Whether effects could take so long that places in the budget move. */
    readonly stalls: boolean;
    /** Nothing but the deaths that were asked for. */
    readonly quiet: boolean;
    /** How many deaths were asked for: each may have cost a sweep. */
    readonly deaths: number;
    /** All that can go wrong is that replies of our own store are lost. */
    readonly onlyRepliesLost: boolean;
    /** All that can go wrong is that functions die and replies of our own store are lost. */
    readonly onlyDeaths: boolean;
  };
}
