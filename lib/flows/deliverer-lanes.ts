import * as z from "zod";
import type { Cell } from "../ports/cells.ts";
import type { Ports } from "../ports/ports.ts";

type LanesPorts = Pick<Ports, "cells" | "clock" | "randomness" | "log">;

const key = "deliverer lanes";
const lanesSchema = z.record(
  z.string(),
  z.strictObject({
    owner: z.string(),
    /** Milliseconds since the epoch. */
    until: z.number(),
  }),
);
type Held = z.infer<typeof lanesSchema>;

/** Milliseconds that a lane stays with who has it, and after which that is said anew. */
const term = 8000;
const renewal = 3000;
/** How often the lanes are written anew when somebody else was faster. */
const triesOfWriting = 5;

const without = (lanes: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...lanes].filter((lane) => !others.has(lane)));

/**
 * Work at endpoints that goes on when its deliverer lets others lead: they begin everything but that, so that one
 * endpoint that does not answer delays no other. Like the lease, lanes only save work: what is sent twice bears the same
 * id. A lane that was not written yet, or not any more, may be begun by somebody else as well.
 */
export class Lanes {
  readonly #ports: LanesPorts;
  readonly #owner: string;
  #mine: ReadonlySet<string> = new Set();
  #others: ReadonlySet<string> = new Set();
  #written: ReadonlySet<string> = new Set();
  /** What this one has given back a moment ago: others may have passed it over until then. */
  #left: ReadonlySet<string> = new Set();
  #renewAt = 0;

  constructor(ports: LanesPorts) {
    this.#ports = ports;
    this.#owner = ports.randomness.token();
  }

  /** Whether this one has no lane, and has given none back a moment ago. */
  get isEmpty(): boolean {
    return this.#mine.size === 0 && this.#left.size === 0;
  }

  /** Whether somebody else was at work there at the last look. */
  isOthers(lane: string): boolean {
    return this.#others.has(lane);
  }

  /** Whether whoever does not lead may begin something there. */
  isMine(lane: string): boolean {
    return this.#mine.has(lane) || this.#left.has(lane);
  }

  /** These are this one's from now on, and no others. Nobody else knows before `keep`. */
  hold(lanes: Iterable<string>): void {
    this.#mine = new Set(lanes);
  }

  /** Sees where others are at work. */
  async look(): Promise<void> {
    this.#see(await this.#ports.cells.load(key));
  }

  /**
   * Says which lanes this one has, where others don't know that yet, or it is time to say it anew.
   * @returns whether it has given some back
   */
  async keep(): Promise<boolean> {
    this.#left = without(this.#written, this.#mine);
    const isKnown = this.#left.size === 0 && without(this.#mine, this.#written).size === 0;
    const { clock, log } = this.#ports;
    if (isKnown && (this.#mine.size === 0 || clock.now() < this.#renewAt)) return false;
    for (let tried = 0; tried < triesOfWriting; tried += 1)
      if (await this.#write()) return this.#left.size > 0;
    log.warn("others wrote their lanes each time; these are not written", { count: this.#mine.size });
    return false;
  }

  async #write(): Promise<boolean> {
    const { cells, clock } = this.#ports;
    const cell = await cells.load(key);
    const others = this.#see(cell);
    const own = { owner: this.#owner, until: clock.now() + term };
    const lanes = [...this.#mine].map((lane) => [lane, own] as const);
    const isSaved = await cells.save(key, { ...Object.fromEntries(lanes), ...others }, cell?.version ?? 0);
    if (!isSaved) return false;
    this.#written = this.#mine;
    this.#renewAt = clock.now() + renewal;
    return true;
  }

  /** @returns what others have at present */
  #see(cell: Cell | null): Held {
    const now = this.#ports.clock.now();
    const held = cell === null ? {} : lanesSchema.parse(cell.value);
    const others = Object.entries(held).filter(
      ([, { owner, until }]) => owner !== this.#owner && until > now,
    );
    this.#others = new Set(others.map(([lane]) => lane));
    return Object.fromEntries(others);
  }
}
