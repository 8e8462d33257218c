import type { Json } from "../../lib/operation/json.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Document, DocumentPage, Documents, Folder } from "../../lib/ports/documents.ts";
import { checkedText, DocumentShelf } from "./document-shelf.ts";

/** Documents in memory. */
export class MemoryDocuments implements Documents {
  readonly #shelf: DocumentShelf;

  constructor(clock: Pick<Clock, "now">) {
    this.#shelf = new DocumentShelf(() => clock.now());
  }

  async load(folder: Folder, name: string): Promise<Document | null> {
    return this.#shelf.load(folder, name);
  }

  async save(
    folder: Folder,
    name: string,
    value: Json,
    seenVersion: number,
    expiresAt?: number,
  ): Promise<boolean> {
    const text = checkedText(folder, name, value);
    return this.#shelf.save({ folder, name, text, seenVersion, expiresAt, token: "" });
  }

  async remove(folder: Folder, name: string, seenVersion: number): Promise<boolean> {
    return this.#shelf.remove(folder, name, seenVersion);
  }

  async list(folder: Folder, after: string | null, limit: number): Promise<DocumentPage> {
    return this.#shelf.list(folder, after, limit);
  }
}
