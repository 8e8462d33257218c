import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { bounds, horizonSeconds, usuallyAssumed } from "../../lib/operation/bounds.ts";
import { ablations } from "./ablations.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const text = read("docs/guarantees.md");
const rowsBehind = (heading: string): readonly string[][] =>
  (text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()));

describe("docs/guarantees.md", () => {
  it("has a row for each rule that can be taken out, and each was caught", () => {
    const rows = rowsBehind("Which rule keeps what");
    expect(rows.map(([, rule]) => rule)).toEqual(ablations.map(({ rule }) => rule));
    for (const [, rule, seed] of rows) expect(Number(seed), rule).toBeGreaterThan(0);
  });

  it("names the parts of the horizon as they are in the code", () => {
    const seconds = rowsBehind("The horizon").map(([, , part]) => Number(part?.replaceAll("*", "")));
    const { startWindow, clientTimeout, providerMax, listLag, skew } = bounds;
    expect(seconds).toEqual([
      startWindow,
      clientTimeout,
      providerMax,
      listLag,
      2 * skew,
      horizonSeconds(usuallyAssumed),
    ]);
  });

  it("names commands that there are", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read("package.json")));
    const named = [...text.matchAll(/`npm run ([\w:]+)/g)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
