import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(resolve(root, "docs/schedules.md"), "utf8");

/** Cells of a Markdown table, without what only aligns them. */
const cells = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .filter((line) => !/^\|[\s|:-]+\|$/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

test("the table of clock changes is what the command prints", () => {
  const printed = execFileSync(process.execPath, [resolve(root, "scripts/dst-table.ts")], {
    encoding: "utf8",
  });
  const written = /<!-- dst-table: begin -->(?<table>[^]*)<!-- dst-table: end -->/.exec(text)?.groups?.[
    "table"
  ];
  expect(cells(written ?? "")).toEqual(cells(printed));
});
