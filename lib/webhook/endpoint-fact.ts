import type { Delivery } from "./delivery.ts";
import type { Endpoint } from "./endpoint.ts";

/** What people may change of an endpoint that exists. */
export type EndpointChanges = Partial<
  Pick<Endpoint, "url" | "types" | "tags" | "description" | "headers" | "connections">
>;

/** What can befall an endpoint. The first four come out of attempts, the others are asked for. */
export type EndpointFact =
  | { readonly type: "succeeded" }
  /** An attempt failed; `detail` says how, without secrets. */
  | { readonly type: "failed"; readonly detail: string }
  /** It answered 410. */
  | { readonly type: "gone" }
  /** A delivery's last attempt failed; the delivery as it ended. */
  | { readonly type: "exhausted"; readonly delivery: Delivery }
  | { readonly type: "created" }
  | { readonly type: "updated"; readonly changes: EndpointChanges }
  | { readonly type: "deleted" }
  /** Switched off by request. */
  | { readonly type: "disabled"; readonly reason: string }
  /** Switched on by request. */
  | { readonly type: "recovered" }
  /** The older secret signs for so long beside the new one; 0: it and all before it end at once. */
  | { readonly type: "rotated"; readonly overlapSeconds: number }
  | { readonly type: "published"; readonly ids: readonly string[] };
