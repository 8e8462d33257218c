/** One page of a list, and what its headers say. */
export interface Page<T> {
  items: T[];
  headers: Record<string, string>;
}

const pagesOf = (total: number, perPage: number): number => Math.ceil(total / perPage);

/** `Link` with `first`, `previous`, `next` and `last`; of an empty list, `last` is page 0. */
const linkHeader = (
  path: string,
  query: URLSearchParams,
  page: number,
  perPage: number,
  last: number,
): string => {
  const rest = [...query].filter(([name]) => name !== "page" && name !== "per_page");
  const link = (to: number, rel: string) => {
    const target = new URLSearchParams([["page", String(to)], ["per_page", String(perPage)], ...rest]);
    return `<${path}?${target.toString()}>; rel="${rel}"`;
  };
  return [
    ...(page > 1 ? [link(1, "first"), link(page - 1, "previous")] : []),
    ...(page < last ? [link(page + 1, "next")] : []),
    link(last, "last"),
  ].join(",");
};

/**
 * Cuts a page out of a list. A page out of range is empty. `path` is what the dialect writes into its links, which
 * for today's API is not the path of the request.
 */
export const cutPage = <T>(
  all: readonly T[],
  path: string,
  query: URLSearchParams,
  wanted: { page: number; perPage: number },
): Page<T> => {
  const { page, perPage } = wanted;
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    headers: {
      "X-Total-Count": String(all.length),
      Link: linkHeader(path, query, page, perPage, pagesOf(all.length, perPage)),
    },
  };
};

/** What is wrong with `page` and `per_page`, or the two as numbers; `cap` lowers what a page may hold. */
export const readPaging = (
  query: URLSearchParams,
  cap: number | undefined,
): { page: number; perPage: number } | { wrong: "page" | "per_page"; why: string } => {
  const page = Number(query.get("page") ?? 1);
  const perPage = Number(query.get("per_page") ?? 50);
  if (!Number.isInteger(page) || page < 1) {
    return { wrong: "page", why: "value must be at least 1" };
  }
  if (!Number.isInteger(perPage) || perPage < 1) {
    return { wrong: "per_page", why: "value must be at least 1" };
  }
  if (perPage > 100) {
    return { wrong: "per_page", why: "value must be at most 100" };
  }
  return { page, perPage: Math.min(perPage, cap ?? perPage) };
};
