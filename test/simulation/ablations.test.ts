import { describe, expect, it } from "vitest";
import { ablations } from "./ablations.ts";
import { patched, sourceOf } from "./patched-source.ts";

describe("rules that can be taken out of a test build", () => {
  it.each(ablations)("$rule: stands in the shipped source, once", ({ patches = [], port }) => {
    expect(patches.length > 0 || port !== undefined).toBe(true);
    for (const patch of patches) expect(patched(sourceOf(patch.file), patch)).not.toBe(sourceOf(patch.file));
  });

  it("a piece that is no longer there is an error", () => {
    expect(() => patched("source", { file: "x.ts", find: "gone", put: "" })).toThrow("0 times");
  });
});
