import { STATUS_CODES } from "node:http";
import type { Context, MiddlewareHandler } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import { empty, json } from "../wire.ts";
import { badParameter } from "./errors.ts";
import type { V1Parts } from "./parts.ts";

/** What every answer of the document has beside its body: a charset, and its status once more as a header. */
export const dressed: MiddlewareHandler<SimulatorEnv> = async (context, next) => {
  await next();
  const { status, headers } = context.res;
  headers.set("Status", `${status} ${STATUS_CODES[status] ?? ""}`);
  if (headers.get("Content-Type") === "application/json") {
    headers.set("Content-Type", "application/json; charset=utf-8");
  }
};

/** The answer to a create. */
export const made = (parts: V1Parts, name: string, body: unknown): Response =>
  json(
    parts.settings.status_codes === "usual" ? 201 : 200,
    parts.settings.create_answers === "empty" ? {} : { [name]: body },
  );

/** The answer to an edit or an attachment. */
export const changed = (parts: V1Parts, name: string, body: unknown): Response =>
  json(200, parts.settings.change_answers === "empty" ? {} : { [name]: body });

/** The answer to an action, which goes on after it. */
export const begun = (parts: V1Parts, name: string, body: unknown): Response =>
  json(
    parts.settings.status_codes === "usual" ? 202 : 200,
    parts.settings.change_answers === "empty" ? {} : { [name]: body },
  );

/** The answer to a delete. */
export const removed = (parts: V1Parts): Response =>
  parts.settings.status_codes === "usual" ? empty(204) : json(200, {});

const greatestLimit = 500;

const wholeNumber = (query: URLSearchParams, name: string, otherwise: number): number => {
  const text = query.get(name);
  const value = text === null || text === "" ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw badParameter(name, `The parameter ${name} is not a positive number.`);
  }
  return value;
};

const limitOf = (parts: V1Parts, query: URLSearchParams, ofMethod: number): number => {
  const wanted = wholeNumber(query, "limit", parts.settings.default_limit === "25" ? 25 : ofMethod);
  if (wanted > greatestLimit && parts.settings.limit_over_500 === "refuse") {
    throw badParameter("limit", `The parameter limit is at most ${greatestLimit}.`);
  }
  const cap = parts.faults.switched("page_size_cap");
  return Math.min(wanted, greatestLimit, cap === undefined ? greatestLimit : (cap.items ?? 10));
};

const linkHeader = (
  parts: V1Parts,
  url: URL,
  { page, limit, last }: { page: number; limit: number; last: number },
): string => {
  const origin = parts.settings.links === "own" ? url.origin : "https://api.scaleway.com";
  const rest = [...url.searchParams].filter(([name]) => name !== "page" && name !== "limit");
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams([["page", String(to)], ["limit", String(limit)], ...rest]);
    return `<${origin}${url.pathname}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(1, "first"), link(page - 1, "prev")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
  ];
  return links.join(", ") + (parts.settings.link_ending === "comma" && links.length > 0 ? "," : "");
};

/** A list as it is cut into pages. */
export interface Listing<T> {
  /** The name of the list in the answer. */
  name: string;
  /** Oldest first. */
  all: readonly T[];
  body: (each: T) => object;
  /** The default of `limit` that the method has in the document. */
  limit: number;
  /** Makes an object by this key of the items, instead of a list. */
  keyedBy?: ((each: T) => string) | undefined;
}

/**
 * A page of a list: `page` from 1, `limit` up to 500, links with whole addresses, no total. A page out of range is
 * empty.
 *
 * @throws Refusal 400 for a `page` or a `limit` that is none.
 */
export const listed = <T>(
  parts: V1Parts,
  context: Context<SimulatorEnv>,
  { name, all, body, limit: ofMethod, keyedBy }: Listing<T>,
): Response => {
  const url = new URL(context.req.url);
  const page = wholeNumber(url.searchParams, "page", 1);
  const limit = limitOf(parts, url.searchParams, ofMethod);
  const ordered = parts.settings.order === "oldest" ? all : all.toReversed();
  const items = ordered.slice((page - 1) * limit, page * limit);
  const links = linkHeader(parts, url, { page, limit, last: Math.ceil(all.length / limit) });
  const bodies =
    keyedBy === undefined
      ? items.map((each) => body(each))
      : Object.fromEntries(items.map((each) => [keyedBy(each), body(each)]));
  return json(200, { [name]: bodies }, links === "" ? {} : { Link: links });
};

/** The instant as of which lists are: that of the clock, or one of some time ago with the fault `stale_list`. */
export const listInstant = (parts: V1Parts): number => {
  const stale = parts.faults.switched("stale_list");
  return parts.world.clock.now() - (stale === undefined ? 0 : (stale.milliseconds ?? 5000));
};

/** Those that a list knows of by now. */
export const knownByNow = <T extends { createdAt: number }>(parts: V1Parts, all: readonly T[]): T[] => {
  const at = listInstant(parts);
  return all.filter(({ createdAt }) => createdAt <= at);
};
