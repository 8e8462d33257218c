import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRows, delimiterOf, type CsvPart } from "../../lib/bulk/csv-rows.ts";
import type { Delimiter } from "../../events/bulk-request.ts";

const limits = { bytes: 10_000_000, lineBytes: 1_000_000 };
const read = (text: string, delimiter: Delimiter | null = null, lineBytes = limits.lineBytes): CsvPart[] => [
  ...csvRows(text, delimiter, { ...limits, lineBytes }),
];
const cellsOf = (parts: readonly CsvPart[]): (readonly string[])[] =>
  parts.flatMap((part) => (part.is === "row" ? [part.cells] : []));
const faultsOf = (parts: readonly CsvPart[]): [number, string, boolean][] =>
  parts.flatMap((part) => (part.is === "fault" ? [[part.line, part.detail, part.isFatal]] : []));

describe("CSV", () => {
  it.each<[string, (readonly string[])[], string]>([
    ["a,b\n1,2\n", [["1", "2"]], "a header and a row"],
    ["a,b\n1,2", [["1", "2"]], "no newline at the end"],
    [
      "a,b\r\n1,2\r\n3,4\r\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
      "CRLF",
    ],
    ["\ufeffa,b\n1,2", [["1", "2"]], "a mark of UTF-8"],
    ["a;b\n1,5;2", [["1,5", "2"]], "semicolons, found from the header line"],
    ["a\tb\n1;2\t3,4", [["1;2", "3,4"]], "tabs, found from the header line"],
    ['"a,x",b\n1,2', [["1", "2"]], "a comma within quotes is counted once"],
    ["a\n1\n2", [["1"], ["2"]], "one column"],
    [
      'a,b\n"x\ny",2\n3,4',
      [
        ["x\ny", "2"],
        ["3", "4"],
      ],
      "a newline in quotes",
    ],
    ['a,b\r\n"x\r\ny",2\r\n', [["x\r\ny", "2"]], "CRLF in quotes stays as it is"],
    ['a,b\n"x ""y"" z",', [['x "y" z', ""]], "quotes in quotes, and an empty cell"],
    ['a,b\n"","" ""\n', [], "a mistake takes its row away"],
    [
      "a,b\n\n1,2\n\r\n\n3,4\n\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
      "lines with nothing in them",
    ],
    ["a,b\n 1 ,\t2", [[" 1 ", "\t2"]], "blanks belong to cells"],
  ])("%j has the rows %j: %s", (text, rows) => {
    expect(cellsOf(read(text))).toEqual(rows);
  });

  it("the header's names have no blanks around them", () => {
    expect(read(" a , b\n1,2")[0]).toEqual({ is: "header", line: 1, columns: ["a", "b"] });
  });

  it("the delimiter that is said goes before the one that is found", () => {
    expect(cellsOf(read("a,b;c\n1,2;3", ";"))).toEqual([["1,2", "3"]]);
    expect(["a,b", "a;b;c,d", "a\tb", "abc", '"a;b;c",d'].map(delimiterOf)).toEqual([
      ",",
      ";",
      "\t",
      ",",
      ",",
    ]);
  });

  it("each row has the number of the line on which it begins", () => {
    const parts = read('a,b\n\n"x\n\ny",1\n2,3\n');
    expect(parts.map(({ is, line }) => [is, line])).toEqual([
      ["header", 1],
      ["row", 3],
      ["row", 6],
    ]);
  });

  it.each<[string, [number, string][], string]>([
    [
      "a,b\n1\n2,3\n4,5,6",
      [
        [2, "has 1 cell; the header line has 2"],
        [4, "has 3 cells; the header line has 2"],
      ],
      "ragged rows",
    ],
    ['a,b\nx"y,1\n2,3', [[2, "has a quote in a cell"]], "a quote in a bare cell"],
    ['a,b\n"x"y,1\n2,3', [[2, "has something between a closing quote"]], "letters behind a closing quote"],
    ["a,b\n1\r2,3\n4,5", [[2, "has a carriage return"]], "a carriage return alone"],
    ["a,b\n1,2\n3\0,4\n5,6", [[3, "must not contain NUL"]], "NUL"],
    ['a,b\n1,2\n"3,4\n5,6', [[3, "has a quote that is never closed"]], "a quote that is never closed"],
    ['a,b\n1,2\n3,"4', [[3, "has a quote that is never closed"]], "a last line that was cut off in quotes"],
    ["a,b,c\n1,2,3\n4,5", [[3, "has 2 cells; the header line has 3"]], "a last line that was cut off"],
    ["", [[1, "the file is empty"]], "nothing at all"],
    ["\n\r\n", [[1, "the file is empty"]], "nothing but empty lines"],
    ['a,"b\n1,2', [[1, "has a quote that is never closed"]], "a header that never ends"],
    ["a,\0\n1,2", [[1, "must not contain NUL"]], "NUL in the header"],
  ])("%j is told by its lines, %j: %s", (text, faults) => {
    expect(faultsOf(read(text))).toEqual(
      faults.map(([line, words]) => [line, expect.stringContaining(words), expect.any(Boolean)]),
    );
  });

  it("one bad row costs no other, but a header that can't be read costs all", () => {
    expect(cellsOf(read('a,b\n1,2\nx"y,1\n"z" ,1\n3\n4,5'))).toEqual([
      ["1", "2"],
      ["4", "5"],
    ]);
    expect(read('a,x"y\n1,2')).toMatchObject([{ is: "fault", line: 1, isFatal: true }]);
  });

  it("a quote that is never closed is found before the rest of the file is gathered", () => {
    const parts = read(`a,b\n"1,2\n${"3,4\n".repeat(100)}`, null, 50);
    expect(faultsOf(parts)).toEqual([
      [2, "begins a row of more than 50 bytes; is a quote never closed?", true],
    ]);
  });

  it("what was written by RFC 4180 is read as it was, whatever the cells hold", () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", '"', ",", ";", "\t", "\n", "\r\n", " ", "é", "😀", "'"),
    });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const written = (text: string): string => (/[",;\t\r\n]/.test(text) || text === "" ? quoted(text) : text);
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 5 })
          .chain((width) =>
            fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 20 }),
          ),
        fc.constantFrom<Delimiter>(",", ";", "\t"),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        (rows, delimiter, newline, endsWithNewline) => {
          const width = rows[0]?.length ?? 1;
          const header = Array.from({ length: width }, (_, at) => `c${at}`);
          const lines = [header, ...rows].map((cells) => cells.map(written).join(delimiter));
          const text = lines.join(newline) + (endsWithNewline ? newline : "");
          const parts = read(text, delimiter);
          expect(faultsOf(parts)).toEqual([]);
          expect(cellsOf(parts)).toEqual(rows);
        },
      ),
    );
  });

  it("any text at all is read to its end, and rows have as many cells as the header", () => {
    const anything = fc.string({
      unit: fc.constantFrom("a", '"', ",", ";", "\n", "\r", "\0", " ", "\ufeff"),
    });
    fc.assert(
      fc.property(anything, (text) => {
        const parts = read(text);
        const [header] = parts;
        expect(parts.length).toBeGreaterThan(0);
        if (header?.is !== "header") expect(header).toMatchObject({ is: "fault", isFatal: true });
        else for (const cells of cellsOf(parts)) expect(cells).toHaveLength(header.columns.length);
      }),
    );
  });
});
