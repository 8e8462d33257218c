import { apply, type Applied } from "../../lib/schedule/apply.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { alone, type Around, type Command, type SeenServer } from "../../lib/schedule/seen-server.ts";
import { freshScheduleState, type ScheduleState, type ServerState } from "../../lib/schedule/state.ts";
import { server } from "./fixtures.ts";

/** A server that is seen. */
export const seen = (
  id: string,
  phase: SeenServer["phase"],
  fields: Partial<SeenServer> = {},
): SeenServer => ({
  ...server(id),
  phase,
  ...fields,
});

/** A schedule, its servers and what is stored of them, on a clock that the test moves. Commands take effect at once. */
export class TickWorld {
  inputs: Inputs;
  readonly name: string;
  state: ScheduleState = freshScheduleState;
  readonly states = new Map<string, ServerState>();
  readonly servers = new Map<string, SeenServer>();
  readonly around = new Map<string, Around>();
  readonly commands: Command[] = [];

  constructor(inputs: Inputs, servers: readonly SeenServer[], name = "office") {
    this.inputs = inputs;
    this.name = name;
    for (const one of servers) this.servers.set(one.id, one);
  }

  /** The state as though a tick had seen everything up to an instant. */
  since(at: number): this {
    this.state = { ...this.state, applied_until: new Date(at).toISOString() };
    return this;
  }

  set(id: string, fields: Partial<SeenServer>): void {
    const one = this.servers.get(id);
    if (one !== undefined) this.servers.set(id, { ...one, ...fields });
  }

  setAround(id: string, fields: Partial<Around>): void {
    this.around.set(id, { ...alone, ...this.around.get(id), ...fields });
  }

  tick(now: number): Applied {
    const applied = apply(
      this.inputs,
      this.name,
      this.state,
      [...this.servers.values()],
      this.states,
      this.around,
      now,
    );
    if (applied === null) throw new Error(`no schedule ${this.name}`);
    this.state = applied.next;
    for (const [id, next] of applied.nextServers) this.states.set(id, next);
    for (const command of applied.commands) {
      this.commands.push(command);
      this.set(command.server, { phase: command.action === "start" ? "on" : "off" });
    }
    return applied;
  }

  /** A tick each minute in `[from, to)`. */
  run(from: number, to: number): void {
    for (let now = from; now < to; now += 60_000) this.tick(now);
  }
}
