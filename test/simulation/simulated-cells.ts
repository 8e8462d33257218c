import type { Json } from "../../lib/operation/json.ts";
import type { Cell, Cells } from "../../lib/ports/cells.ts";
import type { Effects } from "./sandbox.ts";
import type { SimulatedTable } from "./simulated-table.ts";
import type { TableFaults } from "./table-faults.ts";

const parsed = (text: string): Json => JSON.parse(text);

/** The cells as one sandbox sees them. */
export class SimulatedCells implements Cells {
  readonly #table: SimulatedTable;
  readonly #effects: Effects;
  readonly #faults: TableFaults;

  constructor(table: SimulatedTable, effects: Effects, faults: TableFaults) {
    this.#table = table;
    this.#effects = effects;
    this.#faults = faults;
  }

  load(key: string): Promise<Cell | null> {
    return this.#effects.run({
      name: `cell ${key} load`,
      writes: false,
      takes: 15,
      apply: () => {
        this.#faults.refuseSome(key);
        const cell = this.#table.cells.get(key);
        return { value: cell === undefined ? null : { version: cell.version, value: parsed(cell.text) } };
      },
    });
  }

  async save(key: string, value: Json, seenVersion: number): Promise<boolean> {
    const token = this.#faults.token();
    const text = JSON.stringify(value);
    const outcome = await this.#effects.run<"written" | "reply lost" | "refused">({
      name: `cell ${key} save`,
      writes: true,
      takes: 25,
      apply: () => {
        this.#faults.refuseSome(key);
        const version = this.#table.cells.get(key)?.version ?? 0;
        if (version !== seenVersion) return { value: "refused" };
        this.#table.cells.set(key, { version: version + 1, text, token });
        return this.#faults.afterWrite(key);
      },
    });
    if (outcome !== "reply lost") return outcome === "written";
    return this.#effects.run({
      name: `cell ${key} save, again`,
      writes: false,
      takes: 400,
      apply: () => ({
        value: this.#table.cells.get(key)?.token === token && !this.#faults.mayIgnore("own-write check"),
      }),
    });
  }
}
