import type { Json } from "../operation/json.ts";

/** Where documents of one sort stand: `endpoints`, `hooks`, `keys`, ... (a-z, `-`, `/`). */
export type Folder = string;

/** What people have put under a name: an endpoint, a hook, a key. */
export interface Document {
  /** 1 to 255 UTF-16 units; see `canBeName`. */
  readonly name: string;
  /** Grows by one with each save; begins with 1 again when a name is used anew after it was removed or expired. */
  readonly version: number;
  readonly value: Json;
}

export interface DocumentPage {
  readonly documents: readonly Document[];
  /** The name to go on behind; null at the end. */
  readonly next: string | null;
}

/** Most bytes of a document's JSON. (A row of the table holds 400 KB, its name and keys included.) */
export const mostDocumentBytes = 256 * 1024;

/** The value takes more than `mostDocumentBytes`; nothing was written. */
export class DocumentTooLarge extends Error {
  constructor(folder: Folder, bytes: number) {
    super(`A document in ${folder} takes ${bytes} bytes; the most is ${mostDocumentBytes}.`);
    this.name = "DocumentTooLarge";
  }
}

/** The JSON text that is stored. @throws DocumentTooLarge */
export const documentText = (folder: Folder, value: Json): string => {
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > mostDocumentBytes) throw new DocumentTooLarge(folder, bytes);
  return text;
};

const longestName = 255;

/** Whether a document can have this name: 1 to 255 UTF-16 units, no half of a surrogate pair. */
export const canBeName = (name: string): boolean =>
  name.length > 0 && name.length <= longestName && name.isWellFormed();

/** Nobody can have asked for such a name in good faith: whoever saves checks it first, by `canBeName`. */
export class BadDocumentName extends Error {
  constructor(folder: Folder) {
    super(`A document in ${folder} can't have this name: it is empty, too long, or no proper text.`);
    this.name = "BadDocumentName";
  }
}

/** Where a listing begins: names have at most 255 units, so what stands behind a longer text stands behind its start. */
export const listedBehind = (after: string | null): string | null =>
  after === null || after === "" ? null : after.slice(0, longestName).toWellFormed();

/**
 * Named JSON documents in folders, small and few. Every write is conditional on the version that was read, and a lost
 * reply of our own write counts as written. Expired documents are never returned. To read or remove under a name that
 * no document can have is to find none.
 */
export interface Documents {
  /** Consistent read; null when there is none. */
  load(folder: Folder, name: string): Promise<Document | null>;
  /**
   * Writes the document if it still has `seenVersion` (0: if there is none). Each save says anew when the document
   * expires; without an instant it stays.
   * @returns whether this call's value is the one that stands
   * @throws DocumentTooLarge, BadDocumentName
   */
  save(
    folder: Folder,
    name: string,
    value: Json,
    seenVersion: number,
    expiresAtEpochSeconds?: number,
  ): Promise<boolean>;
  /**
   * Removes the document if it still has `seenVersion`, and never one that was saved anew since.
   * @returns whether it is gone by this call, or was gone before
   */
  remove(folder: Folder, name: string, seenVersion: number): Promise<boolean>;
  /** The documents of a folder behind a name, in the order of their names (of their UTF-8 bytes); consistent reads. */
  list(folder: Folder, after: string | null, limit: number): Promise<DocumentPage>;
}
