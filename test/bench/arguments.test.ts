import { expect, test } from "vitest";
import { readArguments, UsageError } from "../../bench/arguments.ts";

test("without flags all rows are measured at their own size", () => {
  expect(readArguments([])).toEqual({
    json: false,
    rows: ["1", "1b", "5", "14", "bulk", "memory", "schedules", "ready"],
    servers: null,
    rounds: null,
    seed: 1,
    speed: 1,
    rivalLimit: null,
  });
});

test("flags say otherwise", () => {
  const flags = "--json --row 1b --servers 5 --rounds 3 --seed 9 --speed 20 --rival-limit 10";
  expect(readArguments(flags.split(" "))).toEqual({
    json: true,
    rows: ["1b"],
    servers: 5,
    rounds: 3,
    seed: 9,
    speed: 20,
    rivalLimit: 10,
  });
  expect(readArguments(["--help"])).toBe("help");
});

test.each([
  ["--frobnicate", "--frobnicate", "it is no flag"],
  ["--row 2", "--row", "that row is not measured here"],
  ["--row", "--row", "it needs a value"],
  ["--servers 0", "--servers", "nothing would be measured"],
  ["--servers 2.5", "--servers", "servers are whole"],
  ["--servers many", "--servers", "it is no number"],
  ["--servers 20000", "--servers", "the machine would be measured, not the clients"],
  ["--rounds -1", "--rounds", "it is no number of rounds"],
  ["--speed 0", "--speed", "nothing would ever end"],
  ["--speed fast", "--speed", "it is no number"],
  ["--rival-limit 0", "--rival-limit", "the rival could not write"],
  ["more", "more", "it is understood as nothing"],
])("%s is refused and %s is named: %s", (flags, named) => {
  expect(() => readArguments(flags.split(" "))).toThrow(UsageError);
  expect(() => readArguments(flags.split(" "))).toThrow(named);
});
