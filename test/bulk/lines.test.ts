import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf, type Line } from "../../lib/bulk/lines.ts";
import type { Pieces } from "../../lib/bulk/source.ts";

const limits = { bytes: 10_000_000, lineBytes: 1_000_000 };
const read = (pieces: Pieces, words: Partial<typeof limits> = {}): Line[] => [
  ...linesOf(pieces, { ...limits, ...words }),
];
const textsOf = (lines: readonly Line[]): string[] =>
  lines.map((line) => (line.is === "line" ? line.text : "stop"));
const faultsOf = (lines: readonly Line[]): (string | null)[] =>
  lines.map((line) => (line.is === "line" ? line.fault : line.detail));

describe("lines of a body", () => {
  it.each<[string, string[], string]>([
    ["", [], "nothing"],
    ["a", ["a"], "the last line may lack its newline"],
    ["a\n", ["a"], "and may have it"],
    ["a\n\nb", ["a", "", "b"], "an empty line is a line"],
    ["a\r\nb", ["a\r", "b"], "a carriage return is left to the reader of lines"],
    ["\ufeffa\nb", ["a", "b"], "a mark of UTF-8 is taken away"],
    ["a\n\ufeffb", ["a", "\ufeffb"], "but not within the body"],
    ["é😀\nz", ["é😀", "z"], "characters of several bytes"],
  ])("%j are %j: %s", (text, lines) => {
    expect(textsOf(read(text))).toEqual(lines);
    expect(textsOf(read([Buffer.from(text)]))).toEqual(lines);
    expect(textsOf(read([...Buffer.from(text)].map((byte) => Uint8Array.of(byte))))).toEqual(lines);
  });

  it.each<[Buffer, (string | null)[], string]>([
    [Buffer.from("a\nb\0\nc"), [null, "must not contain NUL", null], "NUL, and the lines around it"],
    [
      Buffer.concat([Buffer.from("é\n"), Buffer.from("é\n", "latin1"), Buffer.from("é")]),
      [null, "must be UTF-8; there are bytes of another encoding", null],
      "one line of Latin-1 in a file of UTF-8",
    ],
    [
      Buffer.from("a\né").subarray(0, 3),
      [null, "must be UTF-8; there are bytes of another encoding"],
      "an end in the middle of a character",
    ],
    [Buffer.from("\ufeffa,b", "utf16le"), ["must be UTF-8; this is UTF-16"], "UTF-16, little end first"],
    [Buffer.from([0xfe, 0xff, 0, 97]), ["must be UTF-8; this is UTF-16"], "UTF-16, big end first"],
  ])("%s has the faults %j: %s", (bytes, faults) => {
    expect(faultsOf(read([bytes]))).toEqual(faults);
  });

  it("a line that is too long costs only itself, and is not held", () => {
    const lines = read(["ok\n", "x".repeat(11), "\nok"], { lineBytes: 10 });
    expect(faultsOf(lines)).toEqual([null, "is longer than 10 bytes", null]);
    expect(textsOf(lines)).toEqual(["ok", "", "ok"]);
    expect(faultsOf(read("x".repeat(10), { lineBytes: 10 }))).toEqual([null]);
  });

  it("a body of exactly the limit is read, one byte more is not", () => {
    expect(faultsOf(read("abcd\nefghi", { bytes: 10 }))).toEqual([null, null]);
    expect(read("abcd\nefghij", { bytes: 10 })).toEqual([
      {
        is: "stop",
        line: 1,
        detail: "the body is larger than 10 bytes; send it as several jobs",
        isTooLarge: true,
      },
    ]);
  });

  it("an upload of 100 MB is read as far as the limit in little memory, and then left alone", () => {
    const piece = Buffer.alloc(65_536, "0123456789abcde\n");
    let asked = 0;
    const pieces = function* (): Generator<Uint8Array> {
      for (let sent = 0; sent < 100_000_000; sent += piece.length) {
        asked += 1;
        yield piece;
      }
    };
    const before = process.memoryUsage().heapUsed;
    let most = before;
    let lines = 0;
    let last: Line | null = null;
    for (const line of linesOf(pieces(), limits)) {
      last = line;
      lines += 1;
      if (lines % 50_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed);
    }
    expect(last).toMatchObject({ is: "stop", isTooLarge: true });
    expect(asked).toBe(Math.ceil(10_000_001 / piece.length));
    expect(most - before).toBeLessThan(100_000_000);
  });

  it("a line that never ends is not gathered", () => {
    const piece = Buffer.alloc(65_536, "x");
    const lines = read(Array.from({ length: 100 }, () => piece));
    expect(faultsOf(lines)).toEqual(["is longer than 1,000,000 bytes"]);
  });

  it("the lines are the same wherever the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "binary" }).map((text) => text.replaceAll(/[\n\ufeff]/g, "")),
          { maxLength: 5 },
        ),
        fc.array(fc.nat(20), { maxLength: 6 }),
        (texts, cuts) => {
          const bytes = Buffer.from(texts.join("\n"), "utf8");
          const pieces: Uint8Array[] = [];
          let from = 0;
          for (const cut of [...cuts, bytes.length]) {
            pieces.push(bytes.subarray(from, from + cut));
            from += cut;
          }
          expect(textsOf(read(pieces))).toEqual(textsOf(read([bytes])));
          const kept = texts.at(-1) === "" ? texts.slice(0, -1) : texts;
          expect(textsOf(read(pieces))).toEqual(kept.map((text) => text.toWellFormed()));
        },
      ),
    );
  });

  it("a long text is the same as its bytes, with characters of two halves at every place", () => {
    const text = `${"x".repeat(65_535)}😀${"é".repeat(70_000)}`;
    expect(textsOf(read(text))).toEqual([text]);
  });
});
