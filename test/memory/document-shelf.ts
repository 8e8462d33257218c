import { type Json, jsonSchema } from "../../lib/operation/json.ts";
import {
  BadDocumentName,
  canBeName,
  type Document,
  type DocumentPage,
  documentText,
  type Folder,
  listedBehind,
} from "../../lib/ports/documents.ts";

interface Row {
  readonly version: number;
  readonly text: string;
  readonly expiresAt: number | undefined;
  /** Tells whose write it was. */
  readonly token: string;
}

/** A save as it reaches the table: checked, the value as text. */
export interface Saving {
  readonly folder: Folder;
  readonly name: string;
  readonly text: string;
  readonly seenVersion: number;
  readonly expiresAt: number | undefined;
  readonly token: string;
}

/** @throws DocumentTooLarge, BadDocumentName */
export const checkedText = (folder: Folder, name: string, value: Json): string => {
  if (!canBeName(name)) throw new BadDocumentName(folder);
  return documentText(folder, value);
};

const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Documents as text, in folders; each step happens at once. */
export class DocumentShelf {
  readonly #folders = new Map<Folder, Map<string, Row>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  load(folder: Folder, name: string): Document | null {
    const row = this.#row(folder, name);
    if (row === null) return null;
    return { name, version: row.version, value: jsonSchema.parse(JSON.parse(row.text)) };
  }

  save({ folder, name, seenVersion, ...rest }: Saving): boolean {
    if ((this.#row(folder, name)?.version ?? 0) !== seenVersion) return false;
    const rows = this.#folders.get(folder) ?? new Map<string, Row>();
    this.#folders.set(folder, rows.set(name, { ...rest, version: seenVersion + 1 }));
    return true;
  }

  remove(folder: Folder, name: string, seenVersion: number): boolean {
    const row = this.#row(folder, name);
    if (row === null) return true;
    if (row.version !== seenVersion) return false;
    return this.#folders.get(folder)?.delete(name) ?? true;
  }

  list(folder: Folder, after: string | null, limit: number): DocumentPage {
    const behind = listedBehind(after);
    const documents = [...(this.#folders.get(folder)?.keys() ?? [])]
      .filter((name) => behind === null || byBytes(name, behind) > 0)
      .toSorted(byBytes)
      .map((name) => this.load(folder, name))
      .filter((document) => document !== null);
    const given = documents.slice(0, limit);
    return { documents: given, next: documents.length > limit ? (given.at(-1)?.name ?? null) : null };
  }

  /** Whose write stands there; null where nothing stands. */
  tokenOf(folder: Folder, name: string): string | null {
    return this.#row(folder, name)?.token ?? null;
  }

  #row(folder: Folder, name: string): Row | null {
    const row = this.#folders.get(folder)?.get(name);
    if (row === undefined) return null;
    return row.expiresAt !== undefined && row.expiresAt * 1000 <= this.#now() ? null : row;
  }
}
