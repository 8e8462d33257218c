import { clipped } from "./plain-text.ts";
import type { Output } from "./world.ts";

interface ProgressPorts {
  /** Null: nothing is shown. */
  readonly output: Output | null;
  /** Whether lines can be drawn again. */
  readonly redraws: boolean;
  readonly nowMilliseconds: () => number;
}

/** How work stands, for both kinds of output. */
export interface Standing {
  /** What a terminal shows, drawn again each time. */
  readonly lines: readonly string[];
  /** The same in one line, for a file or a pipe. */
  readonly plain: string;
  /** A change of this is told at once. */
  readonly state: string;
}

/** Without a terminal a line is written this often while nothing changes. */
const plainEveryMilliseconds = 5_000;

/** Shows on standard error how work goes on: a block that is drawn again, or a line now and then. */
export class Progress {
  readonly #ports: ProgressPorts;
  #drawn = 0;
  #state: string | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(ports: ProgressPorts) {
    this.#ports = ports;
  }

  show(standing: Standing): void {
    const { output, redraws, nowMilliseconds } = this.#ports;
    if (output === null) return;
    if (redraws) this.#draw(output, standing.lines);
    else if (standing.state !== this.#state || nowMilliseconds() - this.#toldAt >= plainEveryMilliseconds) {
      this.#state = standing.state;
      this.#toldAt = nowMilliseconds();
      output.write(`${standing.plain}\n`);
    }
  }

  /** Takes the block away; what follows begins where it began. */
  end(): void {
    const { output, redraws } = this.#ports;
    if (output !== null && redraws) this.#draw(output, []);
  }

  #draw(output: Output, lines: readonly string[]): void {
    // A line that wraps can't be drawn again.
    const fitting = lines.map((line) => clipped(line, output.columns - 1));
    const up = this.#drawn === 0 ? "" : `\u001B[${this.#drawn}A`;
    output.write(`${up}\r\u001B[J${fitting.map((line) => `${line}\n`).join("")}`);
    this.#drawn = fitting.length;
  }
}

/** A bar of so many cells. */
export const barOf = (done: number, total: number, cells: number): string => {
  const full = total === 0 ? 0 : Math.floor((done / total) * cells);
  return "━".repeat(full) + "╌".repeat(cells - full);
};
