import { describe, expect, it } from "vitest";
import { nearest } from "../../lib/operation/nearest.ts";

describe("the nearest word", () => {
  it.each<[string, string | null, string]>([
    ["tpye", "type", "two letters that changed places"],
    ["nmae", "name", "in a short word too"],
    ["imag", "image", "a letter that is missing"],
    ["iimage", "image", "a letter twice"],
    ["volume-type", "volume_type", "another letter"],
    ["colour", null, "a word that is like none"],
    ["", null, "nothing"],
  ])("to %j is %j: %s", (word, meant) => {
    expect(nearest(word, ["name", "type", "image", "volume_type"])).toBe(meant);
  });

  it("is none where there are no words", () => {
    expect(nearest("name", [])).toBeNull();
  });
});
