import type { Json } from "../../lib/operation/json.ts";
import type { Document, DocumentPage, Documents, Folder } from "../../lib/ports/documents.ts";
import { checkedText } from "../memory/document-shelf.ts";
import type { Effects } from "./sandbox.ts";
import type { SimulatedTable } from "./simulated-table.ts";
import type { TableFaults } from "./table-faults.ts";

/** The documents as one sandbox sees them. */
export class SimulatedDocuments implements Documents {
  readonly #table: SimulatedTable;
  readonly #effects: Effects;
  readonly #faults: TableFaults;

  constructor(table: SimulatedTable, effects: Effects, faults: TableFaults) {
    this.#table = table;
    this.#effects = effects;
    this.#faults = faults;
  }

  load(folder: Folder, name: string): Promise<Document | null> {
    return this.#read(`document ${folder} load`, () => this.#table.documents.load(folder, name));
  }

  async save(
    folder: Folder,
    name: string,
    value: Json,
    seenVersion: number,
    expiresAt?: number,
  ): Promise<boolean> {
    const text = checkedText(folder, name, value);
    const token = this.#faults.token();
    const { documents } = this.#table;
    const saving = { folder, name, text, seenVersion, expiresAt, token };
    const what = `document ${folder} save`;
    const outcome = await this.#write(what, () => documents.save(saving));
    if (outcome !== "reply lost") return outcome === "written";
    return this.#again(what, () => documents.tokenOf(folder, name) === token);
  }

  async remove(folder: Folder, name: string, seenVersion: number): Promise<boolean> {
    const { documents } = this.#table;
    const what = `document ${folder} remove`;
    const outcome = await this.#write(what, () => documents.remove(folder, name, seenVersion));
    if (outcome !== "reply lost") return outcome === "written";
    return this.#again(what, () => documents.tokenOf(folder, name) === null);
  }

  list(folder: Folder, after: string | null, limit: number): Promise<DocumentPage> {
    return this.#read(`document ${folder} list`, () => this.#table.documents.list(folder, after, limit));
  }

  #read<Value>(name: string, read: () => Value): Promise<Value> {
    const apply = () => {
      this.#faults.refuseSome(name);
      return { value: read() };
    };
    return this.#effects.run({ name, writes: false, takes: 15, apply });
  }

  #write(name: string, write: () => boolean): Promise<"written" | "reply lost" | "refused"> {
    return this.#effects.run<"written" | "reply lost" | "refused">({
      name,
      writes: true,
      takes: 25,
      apply: () => {
        this.#faults.refuseSome(name);
        return write() ? this.#faults.afterWrite(name) : { value: "refused" };
      },
    });
  }

  /** As the shipped store does it: what stands there tells what became of a write whose reply was lost. */
  #again(name: string, isOurs: () => boolean): Promise<boolean> {
    const apply = () => ({ value: isOurs() && !this.#faults.mayIgnore("own-write check") });
    return this.#effects.run({ name: `${name}, again`, writes: false, takes: 400, apply });
  }
}
