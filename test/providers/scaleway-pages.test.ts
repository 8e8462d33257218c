import { describe, expect, test } from "vitest";
import { ProviderDoubt } from "../../lib/ports/provider.ts";
import { findInList, readAllPages, type FetchPage } from "../../lib/providers/scaleway-pages.ts";

const names = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `s${from + index}`);
const same = (item: string): string => item;

/** A list that `change` may alter after each page; counts the calls. */
const listOf = (
  items: string[],
  options: { size?: number; counts?: boolean; change?: (page: number, items: string[]) => void } = {},
) => {
  const size = options.size ?? 100;
  let calls = 0;
  const fetchPage: FetchPage<string> = async (page) => {
    calls += 1;
    const answer = {
      items: items.slice((page - 1) * size, page * size),
      total: options.counts === false ? null : items.length,
    };
    options.change?.(page, items);
    return answer;
  };
  return { fetchPage, calls: () => calls };
};

describe("reading all pages", () => {
  test.each([
    [0, 1],
    [1, 1],
    [100, 1],
    [101, 2],
    [250, 3],
  ])("%i items are all there, in %i calls", async (count, calls) => {
    const list = listOf(names(0, count));
    expect(await readAllPages(list.fetchPage, same)).toEqual(names(0, count));
    expect(list.calls()).toBe(calls);
  });

  test("pages shorter than asked for are not the end", async () => {
    const list = listOf(names(0, 45), { size: 10 });
    expect(await readAllPages(list.fetchPage, same)).toHaveLength(45);
  });

  test("without a count, only a page with nothing new is the end", async () => {
    const list = listOf(names(0, 45), { size: 10, counts: false });
    expect(await readAllPages(list.fetchPage, same)).toHaveLength(45);
  });

  test("what is created meanwhile, newest first, makes nothing appear twice or vanish", async () => {
    let added = 0;
    const list = listOf(names(0, 250), { change: (_page, items) => items.unshift(`new${(added += 1)}`) });
    const read = await readAllPages(list.fetchPage, same);
    expect(new Set(read).size).toBe(read.length);
    expect(read).toEqual(expect.arrayContaining(names(0, 250)));
  });

  test("what is deleted meanwhile makes the list be read again, since another one slipped through", async () => {
    let deleted = false;
    const list = listOf(names(0, 150), {
      change: (_page, items) => {
        if (!deleted) items.shift();
        deleted = true;
      },
    });
    // Without a second reading s100, which moved up onto the first page, would be missing.
    expect(await readAllPages(list.fetchPage, same)).toEqual(names(1, 149));
  });

  test("a deletion that later creations make up for in number is noticed all the same", async () => {
    let page2 = 0;
    const list = listOf(names(0, 250), {
      change: (page, items) => {
        if (page === 1 && page2 === 0) items.shift();
        if (page === 2 && (page2 += 1) === 1) items.push("new");
      },
    });
    expect(await readAllPages(list.fetchPage, same)).toContain("s100");
  });

  test("a list that never holds still is no answer", async () => {
    const list = listOf(names(0, 500), { change: (_page, items) => items.shift() });
    await expect(readAllPages(list.fetchPage, same)).rejects.toBeInstanceOf(ProviderDoubt);
  });

  test("a page that fails is no answer", async () => {
    const fetchPage: FetchPage<string> = async (page) => {
      if (page === 2) throw new ProviderDoubt("cut off", { status: null });
      return { items: names(0, 100), total: 150 };
    };
    await expect(readAllPages(fetchPage, same)).rejects.toThrow("cut off");
  });
});

describe("finding some in a list", () => {
  test.each([
    ["all on the first page", 1000, ["s1", "s50"], 1, 2],
    ["one far behind: asking for it is cheaper than nine pages", 1000, ["s1", "s950"], 1, 1],
    ["many far behind: the pages are cheaper", 300, names(150, 50), 2, 50],
    ["one that does not exist, on a short list", 40, ["s1", "x"], 1, 1],
  ])("%s", async (_why, count, wanted, calls, found) => {
    const list = listOf(names(0, count));
    expect((await findInList(list.fetchPage, same, new Set(wanted))).size).toBe(found);
    expect(list.calls()).toBe(calls);
  });
});
