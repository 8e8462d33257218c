import { expect, it } from "vitest";
import type { TableWorld } from "./store-world.ts";

/** In the order of their UTF-8 bytes. Sorted by UTF-16 units the emoji would stand before the last one. */
const inOrder = ["", "/", "0", "10", "9", "A", "Z", "a", "a/b", "aa", "é", "服", "\uff5e", "🛰️"].filter(
  Boolean,
);

const pages = [0, 1, 2, 3, 4, 5].flatMap((count) => [1, 2, 3, 4, 5, 6].map((limit) => ({ count, limit })));

/** Order and pages. */
export const listing = (world: () => TableWorld): void => {
  const walk = async (folder: string, limit: number): Promise<string[][]> => {
    const seen: string[][] = [];
    let after: string | null = null;
    do {
      const page = await world().two.documents.list(folder, after, limit);
      seen.push(page.documents.map(({ name }) => name));
      after = page.next;
    } while (after !== null && seen.length < 20);
    return seen;
  };

  it("is in the order of the names' bytes", async () => {
    for (const name of inOrder.toReversed()) await world().one.documents.save("audit", name, name, 0);
    expect((await walk("audit", 100)).flat()).toEqual(inOrder);
    expect((await walk("audit", 3)).flat()).toEqual(inOrder);
  });

  it.each(pages)(
    "$count documents in pages of $limit, without an empty last one",
    async ({ count, limit }) => {
      const all = Array.from({ length: count }, (_, index) => `n${index}`);
      for (const name of all) await world().one.documents.save("audit", name, 1, 0);
      const seen = await walk("audit", limit);
      expect(seen.flat()).toEqual(all);
      expect(seen).toHaveLength(Math.max(1, Math.ceil(count / limit)));
    },
  );

  it.each([
    ["nothing", "", ["b", "d"]],
    ["what stands there", "b", ["d"]],
    ["what does not stand there", "c", ["d"]],
    ["the last", "d", []],
    ["more than a name can have", "b".repeat(9_000), ["d"]],
    ["half of a surrogate pair", "b\ud83d", ["d"]],
  ])("goes on behind %s", async (_, after, expected) => {
    const { documents } = world().one;
    for (const name of ["d", "b"]) await documents.save("audit", name, 1, 0);
    const page = await documents.list("audit", after, 5);
    expect(page).toEqual({ documents: expected.map((name) => ({ name, version: 1, value: 1 })), next: null });
  });

  it("goes on where it was, whatever was added or removed meanwhile", async () => {
    const { documents } = world().one;
    for (const name of ["b", "c", "d", "f"]) await documents.save("audit", name, 1, 0);
    const first = await documents.list("audit", null, 2);
    expect(first.next).toBe("c");
    await documents.remove("audit", "c", 1);
    for (const name of ["a", "e"]) await documents.save("audit", name, 1, 0);
    const rest = await documents.list("audit", first.next, 9);
    expect(rest.documents.map(({ name }) => name)).toEqual(["d", "e", "f"]);
  });

  it("gives more than the table reads in one call", async () => {
    const text = "x".repeat(200_000);
    const all = Array.from({ length: 12 }, (_, index) => `n${10 + index}`);
    for (const name of all) await world().one.documents.save("audit", name, { text }, 0);
    const page = await world().two.documents.list("audit", null, 11);
    expect(page.documents.map(({ name, value }) => [name, value])).toEqual(
      all.slice(0, 11).map((name) => [name, { text }]),
    );
    expect(page.next).toBe("n20");
  });
};

/** Documents that have an end. */
export const expiring = (world: () => TableWorld): void => {
  const inSeconds = (seconds: number): number => Math.floor(world().clock.now() / 1000) + seconds;

  it("keeps a document until its instant and not longer, by every way of reading and writing", async () => {
    const { one, two, clock } = world();
    const expires = inSeconds(60);
    await one.documents.save("keys", "a", "short", 0, expires);
    await one.documents.save("keys", "b", "long", 0);
    await clock.advanceTo(expires * 1000 - 1);
    expect((await two.documents.load("keys", "a"))?.value).toBe("short");
    expect((await two.documents.list("keys", null, 5)).documents).toHaveLength(2);
    await clock.advanceTo(expires * 1000);
    expect(await two.documents.load("keys", "a")).toBeNull();
    expect((await two.documents.list("keys", null, 5)).documents.map(({ name }) => name)).toEqual(["b"]);
    expect(await two.documents.save("keys", "a", "late", 1)).toBe(false);
    expect(await two.documents.remove("keys", "a", 5)).toBe(true);
    expect(await two.documents.save("keys", "a", "new", 0)).toBe(true);
    expect(await one.documents.load("keys", "a")).toEqual({ name: "a", version: 1, value: "new" });
  });

  it("goes by the instant of the last save", async () => {
    const { one, two, clock } = world();
    await one.documents.save("keys", "longer", 1, 0, inSeconds(60));
    await one.documents.save("keys", "longer", 2, 1, inSeconds(600));
    await one.documents.save("keys", "for ever", 1, 0, inSeconds(60));
    await one.documents.save("keys", "for ever", 2, 1);
    await one.documents.save("keys", "shorter", 1, 0);
    await one.documents.save("keys", "shorter", 2, 1, inSeconds(60));
    await clock.advance(70_000);
    const { documents } = await two.documents.list("keys", null, 5);
    expect(documents.map(({ name }) => name)).toEqual(["for ever", "longer"]);
  });

  it("gives expired documents no place in a page", async () => {
    const { one, two, clock } = world();
    for (const [index, name] of ["a", "b", "c", "d", "e", "f"].entries()) {
      if (index % 2 === 0) await one.documents.save("keys", name, 1, 0, inSeconds(60));
      else await one.documents.save("keys", name, 1, 0);
    }
    await clock.advance(120_000);
    const first = await two.documents.list("keys", null, 2);
    expect([first.documents.map(({ name }) => name), first.next]).toEqual([["b", "d"], "d"]);
    const second = await two.documents.list("keys", first.next, 2);
    expect([second.documents.map(({ name }) => name), second.next]).toEqual([["f"], null]);
  });
};
