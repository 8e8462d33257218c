import { beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../lib/operation/json.ts";
import {
  BadDocumentName,
  type Documents,
  DocumentTooLarge,
  mostDocumentBytes,
} from "../../lib/ports/documents.ts";
import { expiring, listing } from "./document-listing.ts";
import type { TableWorld } from "./store-world.ts";

const values: readonly (readonly [name: string, value: Json])[] = [
  ["null", null],
  ["a truth value", false],
  ["numbers", [0, -0.1, 1e300, 9_007_199_254_740_991]],
  ["empty texts", { name: "", tags: [""] }],
  ["text of many scripts", { größe: "服务器 خادم 🛰️\u0301" }],
  ["control characters and half a pair", '"quoted" \\ \u0000 \u2028 \ud83d'],
  ["nested nulls", { a: [null, { b: null }] }],
  ["40 levels of nesting", Array.from({ length: 40 }).reduce<Json>((inner) => ({ inner }), null)],
  ["a text of the greatest size", "x".repeat(mostDocumentBytes - 2)],
];

const names = [
  "a",
  "ep_01/with/slashes",
  "größe",
  "服务器",
  "🛰️",
  "e\u0301",
  "a b ",
  "#FOLDER#a",
  `"'\\`,
  "\t\n",
  "toString",
  "x".repeat(255),
  "服".repeat(255),
];

/** What every Documents promises. */
export const documentsContract = (name: string, open: () => Promise<TableWorld>): void => {
  describe(`documents: ${name}`, () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });
    saving(() => world);
    naming(() => world);
    removing(() => world);
    listing(() => world);
    expiring(() => world);
    losing(() => world);
  });
};

const saving = (world: () => TableWorld): void => {
  const one = (): Documents => world().one.documents;
  const two = (): Documents => world().two.documents;

  it("has no document before the first save", async () => {
    expect(await one().load("hooks", "a")).toBeNull();
  });

  it.each(values)("keeps %s as it is", async (_, value) => {
    expect(await one().save("hooks", "a", value, 0)).toBe(true);
    expect(await two().load("hooks", "a")).toEqual({ name: "a", version: 1, value });
  });

  it("keeps the order of keys", async () => {
    const value = { zulu: 1, alpha: { yankee: 1, bravo: 2 } };
    await one().save("hooks", "a", value, 0);
    expect(JSON.stringify((await two().load("hooks", "a"))?.value)).toBe(JSON.stringify(value));
  });

  it("counts the version up by one with each save", async () => {
    for (let version = 0; version < 4; version += 1)
      expect(await one().save("hooks", "a", version, version)).toBe(true);
    expect(await two().load("hooks", "a")).toEqual({ name: "a", version: 4, value: 3 });
  });

  it.each([
    ["that there is none, though there is one", 0],
    ["an older version", 1],
    ["a version that never was", 9],
  ])("refuses a save that has seen %s", async (_, seen) => {
    await one().save("hooks", "a", "first", 0);
    await one().save("hooks", "a", "second", 1);
    expect(await two().save("hooks", "a", "late", seen)).toBe(false);
    expect(await one().load("hooks", "a")).toEqual({ name: "a", version: 2, value: "second" });
  });

  it("refuses a save that has seen a version where there is no document", async () => {
    expect(await one().save("hooks", "a", 1, 3)).toBe(false);
    expect(await one().load("hooks", "a")).toBeNull();
  });

  it("has one winner when many save at once", async () => {
    const saves = Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? one() : two()).save("hooks", "a", index, 0),
    );
    const outcomes = await Promise.all(saves);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await one().load("hooks", "a")).toEqual({ name: "a", version: 1, value: outcomes.indexOf(true) });
  });

  it("gives a copy: changing it changes nothing", async () => {
    await one().save("hooks", "a", { list: [1] }, 0);
    const loaded = await one().load("hooks", "a");
    if (typeof loaded?.value === "object" && loaded.value !== null) Object.assign(loaded.value, { list: [] });
    expect((await one().load("hooks", "a"))?.value).toEqual({ list: [1] });
  });

  it.each([
    ["one byte more than the most", "x".repeat(mostDocumentBytes - 1)],
    ["300 KB", "x".repeat(300_000)],
    ["too many bytes in letters of three bytes", "€".repeat(mostDocumentBytes / 3)],
  ])("refuses a value of %s, says so, and keeps what was there", async (_, value) => {
    await one().save("hooks", "a", "small", 0);
    await expect(one().save("hooks", "a", value, 1)).rejects.toThrow(DocumentTooLarge);
    await expect(one().save("hooks", "a", value, 1)).rejects.toThrow(`the most is ${mostDocumentBytes}`);
    expect(await one().load("hooks", "a")).toEqual({ name: "a", version: 1, value: "small" });
  });
};

const naming = (world: () => TableWorld): void => {
  it.each(names)("keeps the name %j apart from others, to be saved, listed and removed", async (name) => {
    const { one, two } = world();
    await one.documents.save("hooks", "other", "another", 0);
    expect(await one.documents.save("hooks", name, "mine", 0)).toBe(true);
    expect(await two.documents.load("hooks", name)).toEqual({ name, version: 1, value: "mine" });
    const { documents } = await two.documents.list("hooks", null, 10);
    expect(documents.map((document) => document.name).toSorted()).toEqual([name, "other"].toSorted());
    expect(await two.documents.remove("hooks", name, 1)).toBe(true);
    expect(await one.documents.load("hooks", name)).toBeNull();
    expect((await one.documents.load("hooks", "other"))?.value).toBe("another");
  });

  it.each([
    ["empty", ""],
    ["256 letters long", "x".repeat(256)],
    ["as long as no key can be", "x".repeat(5_000)],
    ["half of a surrogate pair", "a\ud83d"],
  ])("has nothing under a name that is %s, and takes nothing", async (_, name) => {
    const { documents } = world().one;
    expect(await documents.load("hooks", name)).toBeNull();
    expect(await documents.remove("hooks", name, 1)).toBe(true);
    await expect(documents.save("hooks", name, 1, 0)).rejects.toThrow(BadDocumentName);
  });

  it("keeps folders apart, also where one begins like the other", async () => {
    const { documents } = world().one;
    for (const folder of ["keys", "key", "keys/old"]) await documents.save(folder, "a", folder, 0);
    for (const folder of ["keys", "key", "keys/old"]) {
      expect(await documents.load(folder, "a")).toEqual({ name: "a", version: 1, value: folder });
      expect((await documents.list(folder, null, 5)).documents).toHaveLength(1);
    }
    expect(await documents.load("keys/", "a")).toBeNull();
  });
};

const removing = (world: () => TableWorld): void => {
  it("removes the version that was seen, for everybody at once", async () => {
    const { one, two } = world();
    await one.documents.save("keys", "a", 1, 0);
    expect(await one.documents.remove("keys", "a", 1)).toBe(true);
    expect(await two.documents.load("keys", "a")).toBeNull();
    expect(await two.documents.list("keys", null, 5)).toEqual({ documents: [], next: null });
  });

  it.each([0, 1, 3])("keeps a document at version 2 from who has seen %i", async (seen) => {
    const { one, two } = world();
    await one.documents.save("keys", "a", 1, 0);
    await one.documents.save("keys", "a", 2, 1);
    expect(await two.documents.remove("keys", "a", seen)).toBe(false);
    expect(await one.documents.load("keys", "a")).toEqual({ name: "a", version: 2, value: 2 });
  });

  it.each([0, 1, 7])("counts what is not there as gone, whatever was seen (%i)", async (seen) => {
    const { documents } = world().one;
    expect(await documents.remove("keys", "a", seen)).toBe(true);
    await documents.save("keys", "a", 1, 0);
    await documents.remove("keys", "a", 1);
    expect(await documents.remove("keys", "a", seen)).toBe(true);
  });

  it("begins with version 1 again when a name is used anew", async () => {
    const { one, two } = world();
    await one.documents.save("keys", "a", "old", 0);
    await one.documents.save("keys", "a", "old", 1);
    await one.documents.remove("keys", "a", 2);
    expect(await two.documents.save("keys", "a", "late", 2)).toBe(false);
    expect(await two.documents.save("keys", "a", "new", 0)).toBe(true);
    expect(await one.documents.load("keys", "a")).toEqual({ name: "a", version: 1, value: "new" });
  });

  it("of a removal and a save that have seen the same version one comes to pass", async () => {
    const { one, two } = world();
    await one.documents.save("keys", "a", "first", 0);
    const [isSaved, isRemoved] = await Promise.all([
      one.documents.save("keys", "a", "second", 1),
      two.documents.remove("keys", "a", 1),
    ]);
    expect(isSaved).toBe(!isRemoved);
    expect((await one.documents.load("keys", "a"))?.value).toBe(isSaved ? "second" : undefined);
  });
};

const losing = (world: () => TableWorld): void => {
  it.each([0, 1, 3])("a save over version %i whose reply is lost counts as written", async (version) => {
    for (let count = 0; count < version; count += 1)
      await world().one.documents.save("keys", "a", count, count);
    const { documents } = await world().losing(1);
    expect(await documents.save("keys", "a", "mine", version)).toBe(true);
    const stands = { name: "a", version: version + 1, value: "mine" };
    expect(await world().one.documents.load("keys", "a")).toEqual(stands);
  });

  it("a save that is refused and loses its reply as well is refused", async () => {
    await world().one.documents.save("keys", "a", "first", 0);
    const { documents } = await world().losing(1);
    expect(await documents.save("keys", "a", "mine", 0)).toBe(false);
    expect((await world().one.documents.load("keys", "a"))?.value).toBe("first");
  });

  it("a removal whose reply is lost counts as done", async () => {
    await world().one.documents.save("keys", "a", "first", 0);
    const { documents } = await world().losing(1);
    expect(await documents.remove("keys", "a", 1)).toBe(true);
    expect(await world().one.documents.load("keys", "a")).toBeNull();
  });
};
