import { readAllPages } from "./scaleway-pages.ts";

/** What one request for a list has brought. */
interface Part<T> {
  readonly items: readonly T[];
  readonly total: number | null;
  readonly hasNext: boolean | null;
}

/**
 * All items of a list that its document does not cut into pages. One request, unless the answer itself says that there
 * is more ("any non-paginated endpoint at any time without warning", seed 004): then by page numbers to its end. Links
 * are never followed.
 * @throws what `requestPart` throws; ProviderDoubt when the list does not hold still
 */
export const readWholeList = <T>(
  requestPart: (query: Readonly<Record<string, string>>) => Promise<Part<T>>,
  idOf: (item: T) => string,
): Promise<readonly T[]> =>
  readAllPages(async (page) => {
    const { items, total, hasNext } = await requestPart(page === 1 ? {} : { page: String(page) });
    const isWhole = page === 1 && total === null && hasNext !== true;
    return { items, total: isWhole ? items.length : total };
  }, idOf);
