import { edgesOf } from "../../../lib/schedule/edges.ts";
import { desired } from "../../../lib/schedule/desired.ts";
import type { Inputs, Wanted } from "../../../lib/schedule/inputs.ts";
import type { Override } from "../../../lib/schedule/override.ts";
import type { Schedule } from "../../../lib/schedule/schedule.ts";
import { selects, type Selectable } from "../../../lib/schedule/selector.ts";
import type { Ledger, Version } from "./ledger.ts";

/** An instant at which something else begins to be wanted of a server. */
export interface Turn {
  readonly at: number;
  readonly from: Wanted;
  readonly to: Wanted;
  /** Whether it is an edge: a change of what a schedule or a calendar says is none, edges before it are not acted on. */
  readonly isEdge: boolean;
}

/** Clocks are so far apart, in milliseconds. */
const apart = 3000;

const lastingOf = (version: Version, next: Version | undefined, end: number): readonly [number, number] => [
  version.answered,
  next?.answered ?? end,
];

/**
 * What is wanted of servers, by what people have made and were told: a small model of its own. It asks lib/schedule for
 * what a version says of an instant, and for nothing of what ticks do.
 */
export class Model {
  readonly #ledger: Ledger;
  readonly #versions: readonly Version[];
  readonly #end: number;
  readonly #turns = new Map<string, readonly Turn[]>();

  /** @param given overrides that nobody has asked for: notice that is given before what follows an exception */
  constructor(ledger: Ledger, end: number, given: readonly Override[]) {
    this.#ledger = ledger;
    const begun = (at: number): readonly Override[] =>
      given.filter(({ from }) => Date.parse(from) <= at + apart);
    this.#versions = ledger.versions
      .map((version): Version => {
        const more = begun(version.answered);
        if (more.length === 0) return version;
        const { inputs } = version;
        return Object.assign({}, version, {
          inputs: { ...inputs, overrides: [...inputs.overrides, ...more] },
        });
      })
      .toSorted((one, other) => one.answered - other.answered);
    this.#end = end;
  }

  get servers(): readonly string[] {
    return [...this.#ledger.made.keys()];
  }

  server(id: string): Selectable {
    const tags = this.#ledger.made.get(id)?.tags ?? [];
    return { id, name: id, tags, connection: "paris" };
  }

  /** All that may have decided at some instant of the stretch. */
  candidates(from: number, to: number): readonly Inputs[] {
    return this.#versions.flatMap(({ asked, inputs }, index) => {
      const next = this.#versions[index + 1];
      return asked <= to && (next === undefined || next.answered >= from) ? [inputs] : [];
    });
  }

  /** Versions whose making overlaps the stretch. */
  madeWithin(from: number, to: number): readonly Version[] {
    return this.#versions.filter(({ asked, answered }) => asked <= to && answered >= from);
  }

  /** What may have been wanted of a server at an instant, by what may have been known in a stretch. */
  wanted(server: string, at: number, from: number, to: number): ReadonlySet<Wanted> {
    return new Set(
      this.candidates(from, to).map((inputs) => desired(inputs, this.server(server), at).desired),
    );
  }

  /** The schedules that may have acted on a server, the strongest of each version. */
  strongest(server: string, from: number, to: number): readonly Schedule[] {
    const one = this.server(server);
    return this.candidates(from, to).flatMap((inputs) => {
      const own = inputs.schedules.filter(({ mode, select }) => mode !== "observe" && selects(select, one));
      const best = own.toSorted(
        (a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.name < b.name ? -1 : 1),
      )[0];
      return best === undefined ? [] : [best];
    });
  }

  /** Instants at which a version may say something else of a server. */
  #times(inputs: Inputs, server: Selectable, from: number, to: number): readonly number[] {
    const own = inputs.schedules.filter(({ select }) => selects(select, server));
    const times = own.flatMap(({ name }) => edgesOf(inputs, name, from, to).map(({ at }) => at));
    for (const { from: begin, until, cancelled_at: gone } of inputs.overrides)
      times.push(...[begin, until, gone].flatMap((text) => (text === null ? [] : [Date.parse(text)])));
    for (const { from: begin, ended_at: ended } of inputs.freezes)
      times.push(...[begin, ended].flatMap((text) => (text === null ? [] : [Date.parse(text)])));
    // An edge of a one-sided schedule holds for its minute.
    const all = times.flatMap((at) => [at, at + 60_000]);
    return [...new Set(all)].filter((at) => at >= from && at < to).toSorted((one, other) => one - other);
  }

  /** Wherever something else begins to be wanted of a server, in order. */
  turns(id: string): readonly Turn[] {
    const turns = this.#turns.get(id) ?? this.#turnsOf(id);
    this.#turns.set(id, turns);
    return turns;
  }

  #turnsOf(id: string): readonly Turn[] {
    const server = this.server(id);
    const turns: Turn[] = [];
    let before: Wanted = "any";
    for (const [index, version] of this.#versions.entries()) {
      const { inputs, what } = version;
      const [from, to] = lastingOf(version, this.#versions[index + 1], this.#end);
      if (index === 0 || from >= to) continue;
      const first = desired(inputs, server, from).desired;
      // A snooze keeps on what was to be stopped; it is not there to start anything.
      const isEdge = !["schedule", "calendar", "snoozed"].includes(what);
      if (first !== before) turns.push({ at: from, from: before, to: first, isEdge });
      before = first;
      for (const at of this.#times(inputs, server, from, to)) {
        const next = desired(inputs, server, at).desired;
        if (next !== before) turns.push({ at, from: before, to: next, isEdge: true });
        before = next;
      }
    }
    return turns;
  }

  /** Whether anything begins or ends for a server at that instant, more or less, by what may have been known until then. */
  isEdge(
    id: string,
    at: number,
    known: { readonly from: number; readonly to: number; readonly slack: number },
  ): boolean {
    const server = this.server(id);
    const { from, to, slack } = known;
    return this.candidates(from, to).some((inputs) => {
      const own = inputs.schedules.filter(({ select }) => selects(select, server));
      if (own.some(({ name }) => edgesOf(inputs, name, at, at + 1).length > 0)) return true;
      const above = [
        ...inputs.overrides.flatMap(({ from: begin, until, cancelled_at: gone, created_at: made }) => [
          begin,
          until,
          gone,
          made,
        ]),
        ...inputs.freezes.flatMap(({ from: begin, ended_at: ended }) => [begin, ended]),
      ];
      return above.some((text) => text !== null && Math.abs(Date.parse(text) - at) <= slack);
    });
  }
}
