import { describe, expect, it } from "vitest";
import {
  selected,
  selectorSchema,
  selects,
  unknownSchedules,
  whyNotSelected,
} from "../../lib/schedule/selector.ts";
import { server } from "./fixtures.ts";

const web = server("web-1", { tags: ["env=dev", "team=web"], zone: "fr-par-1", project: "p1" });

describe("which servers a selector takes", () => {
  it.each<[object, boolean, string]>([
    [{ tags: ["env=dev"] }, true, "it bears the tag"],
    [{ tags: ["env=dev", "team=db"] }, false, "all tags are asked for"],
    [{ tags: ["env=dev", ["team=db", "team=web"]] }, true, "of a list inside, one is enough"],
    [{ names: ["db-*", "web-?"] }, true, "any of the globs"],
    [{ names: ["web"] }, false, "a glob is the whole name"],
    [{ ids: ["web-1"] }, true, "by its id"],
    [{ tags: ["env=dev"], ids: ["web-2"] }, false, "fields narrow each other"],
    [{ names: ["*"], not_tags: ["team=web"] }, false, "exclusions win"],
    [{ names: ["*"], zones: ["fr-par-1"], projects: ["p1"] }, true, "zone and project"],
    [{ names: ["*"], zones: ["nl-ams-1"] }, false, "another zone"],
  ])("%j: %s (%s)", (selector, isTaken) => {
    expect(selects(selectorSchema.parse(selector), web)).toBe(isTaken);
  });

  it.each([{}, { tags: [] }, { not_tags: ["env=prod"] }, { zones: ["fr-par-1"] }])(
    "%j selects nothing and is refused, not taken as everything",
    (selector) => {
      const result = selectorSchema.safeParse(selector);
      expect(result.error?.issues[0]?.path).toEqual([]);
    },
  );

  it("the tag sy-ignore always wins", () => {
    const ignored = { ...web, tags: ["env=dev", "sy-ignore"] };
    expect(whyNotSelected({ ids: ["web-1"] }, ignored)).toContain("sy-ignore");
    expect(selected({ names: ["*"] }, [web, ignored])).toEqual([web]);
  });

  it("a tag that names a schedule which does not exist is told once", () => {
    const tagged = [
      server("a", { tags: ["schedule=offce"] }),
      server("b", { tags: ["schedule=offce", "schedule=office"] }),
    ];
    expect(unknownSchedules(tagged, new Set(["office"]))).toEqual(["offce"]);
  });
});
