import { describe, expect, it } from "vitest";
import { correctionAfter, placeOfCorrection, plainTexts } from "../../lib/bulk/correction.ts";
import type { JsonObject } from "../../lib/operation/json.ts";

describe("the correction of an input", () => {
  it.each<[JsonObject | null, JsonObject | null, JsonObject | null, JsonObject, string]>([
    [null, { zone: "b" }, null, { zone: "b" }, "the first one"],
    [
      { zone: "a" },
      { zone: "b" },
      null,
      { zone: "b" },
      "the same field again takes the place of its earlier one",
    ],
    [{ zone: "a", type: "t" }, { zone: "b" }, null, { zone: "b", type: "t" }, "other fields stay"],
    [{ tags: ["a", "b"] }, { tags: ["c"] }, null, { tags: ["c"] }, "a field is replaced as a whole"],
    [{ zone: "a", type: "t" }, { zone: null }, null, { type: "t" }, "null takes a field back"],
    [{ zone: "a" }, { zone: null }, null, {}, "and the last one leaves nothing"],
    [null, { zone: null }, null, {}, "null of what was never corrected says nothing"],
    [null, { zone: "b" }, { zone: "c" }, { zone: "c" }, "an item's own goes before that for all"],
    [{ zone: "a" }, { zone: "b" }, { zone: null }, {}, "also when it takes the field back"],
    [{ zone: "a" }, { zone: null }, { zone: "c" }, { zone: "c" }, "and when that for all does"],
  ])("after %j with %j and %j is %j: %s", (earlier, all, own, after) => {
    expect(correctionAfter(earlier, all, own)).toEqual(after);
  });

  it.each<[JsonObject, JsonObject, readonly string[], string]>([
    [
      { name: "web-1", start: true, tags: ["a"] },
      { name: "web-1", start: true, tags: ["a"] },
      [],
      "nothing in it",
    ],
    [{ name: "web-{{index}}" }, { name: "web-{{index}}" }, ["/patch_all/name"], "a placeholder"],
    [{ cloud_init: "\\{{ ds }}" }, { cloud_init: "{{ ds }}" }, [], "two braces that are meant"],
    [
      { tags: ["a", "{{date}}"], volumes: { "0": { name: "{{zone}}" } } },
      { tags: ["a", "{{date}}"], volumes: { "0": { name: "{{zone}}" } } },
      ["/patch_all/tags/1", "/patch_all/volumes/0/name"],
      "placeholders far down",
    ],
    [{ name: "{{indx}}" }, { name: "{{indx}}" }, ["/patch_all/name"], "what is none at all"],
  ])("%j is read as %j, with faults at %j: %s", (given, correction, pointers) => {
    const read = plainTexts(given, "/patch_all");
    expect(read.correction).toEqual(correction);
    expect(read.faults.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each<[JsonObject | null, JsonObject | null, string[], string, string, string]>([
    [{ type: "x" }, null, ["type"], "/patch_all/type", "no", "what is for all"],
    [null, { type: "x" }, ["type"], "/patch/k/type", "no", "the item's own"],
    [{ type: "x" }, { type: "y" }, ["type"], "/patch/k/type", "no", "its own, which goes before"],
    [{ volumes: {} }, null, ["volumes", "0", "size"], "/patch_all/volumes/0/size", "no", "far down"],
    [
      { type: "x" },
      null,
      ["image"],
      "/patch_all",
      "image: no",
      "another field, which comes to light with it",
    ],
    [
      { type: "x" },
      { zone: "z" },
      ["image"],
      "/patch/k",
      "image: no",
      "another field, of an item with its own",
    ],
    [{ type: "x" }, null, [], "/patch_all", "no", "the item as a whole"],
  ])(
    "with %j for all and %j of its own a fault at %j stands at %s: %s",
    (all, own, path, pointer, detail) => {
      expect(placeOfCorrection({ all, own, key: "k" }, path, "no")).toMatchObject({ pointer, detail });
    },
  );
});
