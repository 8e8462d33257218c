import type { Observation, Task } from "./observation.ts";
import type { Resource } from "./operation.ts";
import type { ProviderDetail } from "./problem.ts";

/** A marked resource that a search has found; `createdAt` as the provider wrote it. */
export interface Match {
  readonly resource: Resource;
  readonly createdAt: string;
  readonly observation: Observation;
}

/** Something that has happened to an operation. Facts never say what to do; `transition` does. */
export type Fact =
  /** A worker takes the accepted operation on; from now on it can't be cancelled. */
  | { readonly type: "claimed" }
  /** A create that certainly did not happen is about to be sent (again). */
  | { readonly type: "intended" }
  /** The provider said yes. `mayGoOn`: the budget has a place for the call that comes next, if one does. */
  | {
      readonly type: "answered";
      readonly resource: Resource | null;
      readonly task: Task | null;
      readonly observation: Observation | null;
      readonly requestId: string | null;
      readonly mayGoOn: boolean;
    }
  /** The provider refused or was never reached: certainly nothing happened. */
  | {
      readonly type: "refused";
      readonly code: string;
      readonly detail: string;
      readonly provider: ProviderDetail;
      readonly retryAfterSeconds: number | null;
    }
  /** The outcome of the last call is not known. */
  | { readonly type: "doubted"; readonly reason: string; readonly requestId: string | null }
  /**
   * A look at the resource. `at`: when it began, in milliseconds since the epoch; now when left out. What is not there
   * is judged as of then: whoever asked may have stood still before it heard the answer.
   */
  | { readonly type: "seen"; readonly observation: Observation; readonly at?: number }
  /** A complete search by marker, begun `at`. */
  | { readonly type: "searched"; readonly matches: readonly Match[]; readonly at?: number }
  /** A volume of a removed server is gone. */
  | { readonly type: "volume_gone"; readonly id: string }
  | { readonly type: "cancel_requested" }
  | {
      readonly type: "resolve_requested";
      readonly as: "adopt" | "abandon" | "retry";
      readonly resourceId: string | null;
    }
  /** The time for it is over, and no end was seen. */
  | { readonly type: "deadline_passed"; readonly why: string }
  /** These events were taken by the bus. */
  | { readonly type: "published"; readonly ids: readonly string[] };

/** A call that the flow has to send now; the adapter knows the provider's words for it. */
export type Send =
  | "create"
  | "configure"
  | "update"
  | "apply"
  | "power_on"
  | "power_off"
  | "act"
  | "terminate"
  | "delete"
  | "delete_volumes";

/** What has to happen next for an operation. */
export type Next =
  | { readonly do: "send"; readonly what: Send }
  /** A create that certainly did not happen is intended again, then sent. */
  | { readonly do: "intend" }
  | { readonly do: "look" }
  | { readonly do: "search" }
  /** Later: the due index says when. */
  | { readonly do: "wait" }
  /** It has ended. */
  | { readonly do: "nothing" };
