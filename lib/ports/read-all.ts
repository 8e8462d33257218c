import type { ReadAnswer, ReadItem, ReadRequest } from "./provider.ts";

const mostPages = 10;

/**
 * The things of a list that is read through, page by page. `isWhole`: whether its end was reached.
 * @throws what `read` throws
 */
export const readAll = async (
  read: (request: ReadRequest) => Promise<ReadAnswer>,
  path: readonly string[],
): Promise<{ readonly items: readonly ReadItem[]; readonly isWhole: boolean }> => {
  const items: ReadItem[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const answer: ReadAnswer = await read({ path, filters: {}, limit: 100, cursor });
    if (answer.form === "item") return { items, isWhole: true };
    items.push(...answer.items);
    cursor = answer.next;
    if (cursor === null) return { items, isWhole: true };
  }
  return { items, isWhole: false };
};
