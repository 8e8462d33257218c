import type { SwitchyardEvent } from "../../events/event.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import type { ProviderCall } from "../../lib/ports/provider.ts";

/** A call to the provider that may have changed something. */
export interface Sent {
  readonly at: number;
  /** What it was: `create`, `power on`, … */
  readonly what: string;
  readonly operationId: string;
  /** What it was about; null for what makes something new. */
  readonly target: string | null;
  /** Whether the provider said that it did nothing. */
  readonly wasRefused: boolean;
}

/** A server at the provider, and the operation whose marker it bears. */
export interface ServerSeen {
  readonly id: string;
  readonly operationId: string | null;
  readonly boots: number;
}

/** Everything that happened in a race and could be seen from outside of the flows. */
export interface RaceHistory {
  /** Rows in the order in which they were written. */
  readonly writes: Operation[];
  readonly sends: Sent[];
  /** Events as the bus got them, repeats included. */
  readonly published: SwitchyardEvent[];
  /** Events as they stand in the feed. */
  readonly fed: SwitchyardEvent[];
  /** Operations as the API gave them to those who asked. */
  readonly answers: Operation[];
  /** How often a person's decision on an operation was accepted. */
  resolutions: number;
  readonly servers: ServerSeen[];
  /** Whether sweeps have come after everything else, so that nothing without an owner may be left. */
  isSwept: boolean;
  /** How often a write was refused because somebody else had been faster. */
  overtaken: number;
  /** Faults that a flow did not expect. */
  readonly faults: unknown[];
  /** What stands in the end. */
  readonly standing: Operation[];
}

export const emptyHistory = (): RaceHistory => ({
  writes: [],
  sends: [],
  published: [],
  fed: [],
  answers: [],
  resolutions: 0,
  servers: [],
  isSwept: false,
  overtaken: 0,
  faults: [],
  standing: [],
});

/** What a call is, in one word or two; calls of one operation with the same words are the same call sent again. */
export const wordsOf = (call: ProviderCall): string => {
  switch (call.do) {
    case "power":
      return `power ${call.to}`;
    case "act":
      return `act ${call.action}`;
    case "create":
    case "configure":
    case "update":
    case "delete":
      return call.do;
    case "apply":
      return `apply ${call.kind}`;
    case "delete_volume":
      return `delete volume ${call.volume.id}`;
  }
};

/** What a call is about; null for a create. */
export const targetOf = (call: ProviderCall): string | null => {
  if (call.do === "create") return null;
  return call.do === "delete_volume" ? call.volume.id : call.resource.id;
};
