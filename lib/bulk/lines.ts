import { isUtf8 } from "node:buffer";
import type { BulkLimits } from "./bulk-limits.ts";
import type { Pieces } from "./source.ts";

/** One line of a body, or why nothing more is read. */
export type Line =
  | {
      readonly is: "line";
      /** From 1. */
      readonly number: number;
      /** Without its LF; a CR before it stays. What is no UTF-8 has become replacement characters. */
      readonly text: string;
      readonly bytes: number;
      /** Why it can't be used, as it stands behind the line's number. */
      readonly fault: string | null;
    }
  | { readonly is: "stop"; readonly line: number; readonly detail: string; readonly isTooLarge: boolean };

type LineLimits = Pick<BulkLimits, "bytes" | "lineBytes">;

const lineFeed = 10;
const sliceCharacters = 65_536;

/** 10000 as 10,000, for people. */
export const thousands = (number: number): string => String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

/** A long text bit by bit, so that its bytes never stand beside it as a whole; no surrogate pair is cut. */
function* bytesOfText(text: string): Generator<Buffer> {
  let from = 0;
  while (from < text.length) {
    let to = Math.min(text.length, from + sliceCharacters);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last < 0xdc00) to += 1;
    yield Buffer.from(text.slice(from, to), "utf8");
    from = to;
  }
}

function* bytesOf(pieces: Pieces): Generator<Buffer> {
  if (typeof pieces === "string") {
    yield* bytesOfText(pieces);
    return;
  }
  for (const piece of pieces) {
    if (typeof piece === "string") yield* bytesOfText(piece);
    else yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}

/** The line that is being gathered. One that is too long is let go at once, and only its end is waited for. */
class Gathering {
  number = 1;
  #parts: Buffer[] = [];
  #bytes = 0;
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#mostBytes) this.#parts = [];
    else this.#parts.push(part);
  }

  /** The line as it is now; the next one begins. */
  end(): Extract<Line, { is: "line" }> {
    const [only, second] = this.#parts;
    const all = only !== undefined && second === undefined ? only : Buffer.concat(this.#parts);
    const line = this.#read(all);
    this.#parts = [];
    this.#bytes = 0;
    this.number += 1;
    return line;
  }

  #read(all: Buffer): Extract<Line, { is: "line" }> {
    const base = { is: "line", number: this.number, bytes: this.#bytes } as const;
    if (this.#bytes > this.#mostBytes)
      return { ...base, text: "", fault: `is longer than ${thousands(this.#mostBytes)} bytes` };
    const text = all.toString("utf8");
    if (!isUtf8(all)) return { ...base, text, fault: "must be UTF-8; there are bytes of another encoding" };
    return { ...base, text, fault: all.includes(0) ? "must not contain NUL" : null };
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** What stands before the first line: a mark of UTF-8 is taken away, one of UTF-16 is told. */
const withoutMark = (head: Buffer): Buffer | null => {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return null;
  return head.subarray(0, 3).equals(byteOrderMark) ? head.subarray(3) : head;
};

/** The pieces from where the first three bytes are together. */
function* withWholeHead(pieces: Iterable<Buffer>): Generator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  for (const piece of pieces) {
    if (head === null) {
      yield piece;
      continue;
    }
    head = head.length === 0 ? piece : Buffer.concat([head, piece]);
    if (head.length < 3) continue;
    yield head;
    head = null;
  }
  if (head !== null && head.length > 0) yield head;
}

/**
 * The lines of a body, one by one: never more of it is held than a piece and the line that is being gathered. Reading
 * stops, and no further piece is asked for, where the body is larger than it may be.
 */
export function* linesOf(pieces: Pieces, limits: LineLimits): Generator<Line> {
  const line = new Gathering(limits.lineBytes);
  let bytes = 0;
  let isFirst = true;
  for (const whole of withWholeHead(bytesOf(pieces))) {
    bytes += whole.length;
    if (bytes > limits.bytes) {
      const detail = `the body is larger than ${thousands(limits.bytes)} bytes; send it as several jobs`;
      yield { is: "stop", line: line.number, detail, isTooLarge: true };
      return;
    }
    const piece = isFirst ? withoutMark(whole) : whole;
    isFirst = false;
    if (piece === null) {
      yield { is: "stop", line: 1, detail: "must be UTF-8; this is UTF-16", isTooLarge: false };
      return;
    }
    let from = 0;
    for (let at = piece.indexOf(lineFeed); at !== -1; at = piece.indexOf(lineFeed, from)) {
      line.add(piece.subarray(from, at));
      yield line.end();
      from = at + 1;
    }
    line.add(piece.subarray(from));
  }
  if (!line.isEmpty) yield line.end();
}
