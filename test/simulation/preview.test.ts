import { expect, test } from "vitest";
import { compareFleet } from "./preview/compare.ts";

test("a fleet of 100 servers is sent exactly the commands that preview has named, over 100 days and a clock change", () => {
  const found = compareFleet(100, 100, 2);
  expect(found.different).toEqual([]);
  expect(found.sent).toBe(found.expected);
  // Nothing is proved by a fleet of which nobody wants anything.
  expect(found.expected).toBeGreaterThan(100 * 50);
  expect(found.exceptions).toBeGreaterThan(300);
}, 240_000);
