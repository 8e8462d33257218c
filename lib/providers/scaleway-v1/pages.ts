/** The largest page that the document allows. */
export const largestPage = 500;
const pageLimit = 1000;

/** One page of a list, and whether its `Link` names a next one; null where there is no `Link`. */
export interface V1Page<T> {
  readonly items: readonly T[];
  readonly hasNext: boolean | null;
}
export type FetchV1Page<T> = (page: number) => Promise<V1Page<T>>;

interface Reading<T> {
  readonly byId: ReadonlyMap<string, T>;
  readonly pages: number;
}

/** From the first page on, until the links end or a page brings nothing new. Links are not followed: pages are counted. */
const readOnce = async <T>(fetchPage: FetchV1Page<T>, idOf: (item: T) => string): Promise<Reading<T>> => {
  const byId = new Map<string, T>();
  for (let page = 1; page <= pageLimit; page += 1) {
    const { items, hasNext } = await fetchPage(page);
    const before = byId.size;
    for (const item of items) byId.set(idOf(item), item);
    if (hasNext === false || byId.size === before) return { byId, pages: page };
  }
  return { byId, pages: pageLimit };
};

/**
 * All items of a list, once each. There is no total to check against, and what is deleted meanwhile pulls others onto
 * pages that were read already: a list of several pages is read twice, and what either reading has shown counts.
 * @throws what `fetchPage` throws
 */
export const readEveryPage = async <T>(
  fetchPage: FetchV1Page<T>,
  idOf: (item: T) => string,
): Promise<readonly T[]> => {
  const first = await readOnce(fetchPage, idOf);
  // The last page may have been an empty one, read for want of links.
  if (first.pages <= 2 && first.byId.size < largestPage) return [...first.byId.values()];
  const second = await readOnce(fetchPage, idOf);
  return [...new Map([...first.byId, ...second.byId]).values()];
};

/** The items with these ids, as far as the list shows them; stops when all are found. */
export const findOnPages = async <T>(
  fetchPage: FetchV1Page<T>,
  idOf: (item: T) => string,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, T>> => {
  const found = new Map<string, T>();
  for (let page = 1; page <= pageLimit; page += 1) {
    const { items, hasNext } = await fetchPage(page);
    for (const item of items) if (ids.has(idOf(item))) found.set(idOf(item), item);
    const isLast =
      hasNext === false || items.length === 0 || (hasNext === null && items.length < largestPage);
    if (isLast || found.size === ids.size) break;
  }
  return found;
};
