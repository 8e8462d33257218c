import * as z from "zod";
import type { Listing } from "../flows/cursor.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { reply, type Reply } from "./reply.ts";

const usualLimit = 50;

const limitSchema = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/, { error: "must be a whole number from 1 to 100" })
  .default(String(usualLimit))
  .transform(Number)
  .meta({
    description: "How many items at most.",
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: 100, default: usualLimit });
    },
  });

/** What every list takes. */
export const pageQuery = {
  limit: limitSchema,
  cursor: z
    .string()
    .min(1, { error: "must not be empty" })
    .max(2000, { error: "is not a cursor of this list" })
    .exactOptional()
    .meta({ description: "`next_cursor` of the page before." }),
};

/** A page of a list. */
export const pageSchema = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: "Null at the end of the list." }),
  });

/** The same list from a cursor on, as a path: everything that was asked stays. */
const nextOf = ({ segments, query }: IncomingRequest, cursor: string): string => {
  const path = (segments ?? []).map((segment) => `/${encodeURIComponent(segment.toWellFormed())}`).join("");
  const kept = query
    .filter(([name]) => name !== "cursor")
    .map(([name, value]): [string, string] => [name, value]);
  return `${path}?${new URLSearchParams([...kept, ["cursor", cursor]]).toString()}`;
};

/** Words for the header that `pageReply` sets. */
export const pageHeaders = { Link: 'The next page, as `<path>; rel="next"`; absent at the end.' };

/** What a list answers with 200. `id` names its page in the API's document. */
export const pageAnswer = <T extends z.ZodType>(description: string, item: T, id: string) => ({
  description,
  schema: pageSchema(item).meta({ id }),
  headers: pageHeaders,
});

/** 200 with a page, what else is said of the whole list, and a link to the next page. */
export const pageReply = <T>(
  request: IncomingRequest,
  { items, nextCursor }: Listing<T>,
  more: Readonly<Record<string, unknown>> = {},
): Reply =>
  reply(
    200,
    { items, next_cursor: nextCursor, ...more },
    nextCursor === null ? {} : { Link: `<${nextOf(request, nextCursor)}>; rel="next"` },
  );
