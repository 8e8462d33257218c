import type { Observation, Phase, Volume } from "../../lib/operation/observation.ts";
import { ProviderRefusal, type RefusalCode } from "../../lib/ports/provider.ts";

/** How things really stand with a server, in our words; what a look shows of it is the dialect's affair. */
export const phases: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ["running", "on"],
  ["stopped", "off"],
  ["stopped in place", "standby"],
  ["starting", "moving"],
  ["stopping", "moving"],
  ["waiting", "moving"],
  ["installing", "moving"],
  ["install failed", "failed"],
  ["deleting", "moving"],
  ["deletion failed", "failed"],
  ["locked", "locked"],
]);

export interface Server {
  readonly id: string;
  /** Counts the servers of the provider, from 1. */
  readonly number: number;
  /** The operation whose marker was in the create call. */
  readonly by: string | null;
  readonly createdAt: number;
  name: string;
  /** The tags before their last change, and when that was. */
  formerly: { readonly tags: readonly string[]; readonly until: number } | null;
  /** Lists show it for certain from this instant on. */
  readonly listedAt: number;
  tags: readonly string[];
  state: string;
  detail: string | null;
  /** Grows with each change. */
  changes: number;
  /** What looks may still show for a while. */
  before: { readonly observation: Observation; readonly until: number } | null;
  isGone: boolean;
  turn: number;
  /** Lists that have missed it although they should not. */
  missed: number;
  /** Before this instant a look says that it does not exist. */
  readonly hiddenUntil: number;
}

export interface HeldVolume {
  readonly volume: Volume;
  readonly createdAt: number;
  readonly tags: readonly string[];
  /** The server that it came with or was put at. */
  readonly home: string;
  readonly cameAlong: boolean;
  server: string | null;
}

export interface HeldAddress {
  readonly id: string;
  readonly tags: readonly string[];
  readonly home: string;
  server: string | null;
}

/** A refusal because the server is just being changed, in today's words or in the older ones. */
export const busyRefusal = (isTyped: boolean, message: string): ProviderRefusal =>
  new ProviderRefusal("WRONG_STATE", `The provider refused: ${message}.`, {
    status: isTyped ? 409 : 400,
    type: isTyped ? "transient_state" : "invalid_request_error",
    message,
  });

/** A refusal as the provider gives it. */
export const refusal = (code: RefusalCode, retryAfterSeconds: number | null = null): ProviderRefusal =>
  new ProviderRefusal(
    code,
    `The provider refused: ${code}.`,
    { status: 400, type: code },
    { retryAfterSeconds },
  );
