import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import { HttpNotSent, HttpUnclear } from "../ports/http-client.ts";
import { type BusyAnswer, readBusy } from "../schedule/busy.ts";
import { millisecondsOf } from "../schedule/elapsed.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { longestAnswer } from "../schedule/settings.ts";
import { signedAs } from "./schedule-signing.ts";
import type { TickTurn } from "./tick-ports.ts";
import { tickKeyOf } from "./tick-state.ts";

/** Milliseconds that stay for what comes of the answer: without them nobody is asked before the next tick. */
const reserve = 8000;
const leastMilliseconds = 1000;

/** A server that is about to be stopped. */
interface Asked {
  readonly id: string;
  readonly name: string | null;
}

/** Asks whoever may veto the stops of a schedule: once for the servers of a page, in one tick. */
export class BusyCheck {
  readonly #schedule: Schedule;
  readonly #turn: TickTurn;
  /** Who did not answer once is not asked again in this tick: others would wait for it. */
  #failure: BusyAnswer | null = null;

  constructor(schedule: Schedule, turn: TickTurn) {
    this.#schedule = schedule;
    this.#turn = turn;
  }

  /** What is said of each; nothing where nobody can be asked now. */
  async ask(servers: readonly Asked[]): Promise<ReadonlyMap<string, BusyAnswer>> {
    const check = this.#schedule.guards?.busy_check;
    const { outside } = this.#turn.ports;
    if (check === undefined || outside === undefined || servers.length === 0) return new Map();
    const failure = this.#failure;
    if (failure !== null) return new Map(servers.map(({ id }) => [id, failure]));
    const wanted = check.timeout === undefined ? longestAnswer : millisecondsOf(check.timeout);
    const timeoutMilliseconds = Math.min(wanted, this.#turn.timeLeft() - reserve);
    if (timeoutMilliseconds < Math.min(wanted, leastMilliseconds)) return new Map();
    const answer = await this.#call(check.url, servers, timeoutMilliseconds);
    return new Map(servers.map(({ id }) => [id, answer(id)]));
  }

  async #call(
    url: string,
    servers: readonly Asked[],
    timeoutMilliseconds: number,
  ): Promise<(server: string) => BusyAnswer> {
    const { ports } = this.#turn;
    const { outside } = ports;
    const { name, connection } = this.#schedule;
    const at = instant(ports.clock.now());
    const body = JSON.stringify({
      type: "busy_check",
      schedule: name,
      connection,
      action: "off",
      at,
      servers,
    });
    const id = `busy_${fingerprintOf([tickKeyOf(this.#schedule), at, servers.map((one) => one.id)]).slice(0, 24)}`;
    const plain = {
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Switchyard/1 (busy check)",
    };
    const signed = await signedAs(tickKeyOf(this.#schedule), { id, body }, ports);
    try {
      const answer = await outside?.send({
        method: "POST",
        url,
        headers: { ...plain, ...signed },
        body,
        timeoutMilliseconds,
      });
      return readBusy(answer?.status ?? 0, answer?.body ?? "");
    } catch (error) {
      if (!(error instanceof HttpNotSent) && !(error instanceof HttpUnclear)) throw error;
      // Its words hold no path and no query.
      const failure: BusyAnswer = { is: "failed", because: error.message };
      this.#failure = failure;
      return () => failure;
    }
  }
}
