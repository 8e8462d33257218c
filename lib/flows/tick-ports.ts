import type { HttpClient } from "../ports/http-client.ts";
import type { Ports } from "../ports/ports.ts";
import type { Prober } from "../ports/prober.ts";

/** What a tick of schedules may use of the world. */
export type TickPorts = Omit<Ports, "bus"> & {
  /** Where the key is kept that links of notices are signed with. */
  readonly signingKeyReference: string;
  /** Left out: what has to be probed is never ready. */
  readonly prober?: Prober;
  /** HTTP to public addresses only. Left out: who may veto a stop is asked by the next tick. */
  readonly outside?: HttpClient;
};

/** One run of ticks: the world, and the milliseconds left of it. */
export interface TickTurn {
  readonly ports: TickPorts;
  readonly timeLeft: () => number;
  /** Called now and then while there is much to do. */
  readonly keep?: () => Promise<void>;
}
