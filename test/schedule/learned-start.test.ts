import { expect, test } from "vitest";
import { learnedStart } from "../../lib/schedule/learned-start.ts";

test.each<[string, number | null, readonly number[], number | null]>([
  ["nothing was seen of what nothing is known of", null, [], null],
  ["nothing was seen: what is known stays", 40, [], 40],
  ["the slowest counts, and it rises at once", 40, [3, 90, 12], 90],
  ["it falls by a quarter of the difference", 100, [20], 80],
  ["the first starts fall from what is assumed of unknown ones", null, [60, 20], 150],
  ["a first start that is slower than that counts as it is", null, [400], 400],
])("%s", (_reason, before, seen, learned) => {
  expect(learnedStart(before, seen)).toBe(learned);
});
