import type { Context } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { json } from "../wire.ts";

const wholeNumber = (text: string | null, otherwise: number): number => {
  const value = Number(text ?? "");
  return Number.isInteger(value) && value >= 1 ? value : otherwise;
};

/** Where the links of a list point, and how many items a page may hold. */
export interface PageBounds {
  /** Scheme and host of the links, without a slash at the end; default: the host that was called. */
  linkOrigin?: string | undefined;
  /** The provider's maximum of `per_page`; none by default. */
  maximum?: number | undefined;
  /** A cap that a fault sets. */
  cap?: number | undefined;
}

/**
 * A page of a list as the panel sends it: `{data, meta: {pagination}}`, 50 items unless `per_page` says otherwise.
 * A page out of range is empty. Links keep the other parameters of the call.
 */
export const pageAnswer = <T>(
  context: Context<SimulatorEnv>,
  all: readonly T[],
  body: (each: T) => unknown,
  bounds: PageBounds = {},
): Response => {
  const url = new URL(context.req.url);
  const page = wholeNumber(url.searchParams.get("page"), 1);
  const asked = wholeNumber(url.searchParams.get("per_page"), 50);
  const perPage = Math.min(asked, bounds.maximum ?? asked, bounds.cap ?? asked);
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const items = all.slice((page - 1) * perPage, page * perPage);
  const link = (to: number): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set("page", String(to));
    return `${bounds.linkOrigin ?? url.origin}${url.pathname}?${query.toString()}`;
  };
  const links = {
    ...(page > 1 ? { previous: link(page - 1) } : {}),
    ...(page < pages ? { next: link(page + 1) } : {}),
  };
  return json(200, {
    data: items.map((each) => body(each)),
    meta: {
      pagination: {
        total: all.length,
        count: items.length,
        per_page: perPage,
        current_page: page,
        total_pages: pages,
        links,
      },
    },
  });
};
