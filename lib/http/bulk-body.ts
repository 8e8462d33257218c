import * as z from "zod";
import { bulkQuerySchema, bulkRequestSchema } from "../../events/bulk-request.ts";
import { askOfJson, askOfRows, largestBulkBytes, type BulkAsk } from "../flows/bulk-request.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { type BodyRule, checkSize, isJsonType, readJson } from "./json-body.ts";
import { readQuery } from "./query.ts";

/** The form of a body, by its type. */
const formOf = ({ headers }: IncomingRequest): "json" | "csv" | "jsonl" | null => {
  const type = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "text/csv" || type === "text/tab-separated-values") return "csv";
  if (["application/jsonl", "application/x-ndjson", "application/x-jsonlines"].includes(type)) return "jsonl";
  return isJsonType(headers.get("content-type")) ? "json" : null;
};

/** A job in JSON, or rows in CSV or JSONL. */
export const bulkBody: BodyRule<Uint8Array> = {
  document: {
    schema: bulkRequestSchema,
    required: true,
    texts: {
      "text/csv":
        "A header line and a row an item: columns are fields of the input (`tags` as `a|b`, dotted paths), or what a `template` of the query takes.",
      "application/jsonl": "An item a line, as in `items`.",
    },
  },
  check: (request) => {
    checkSize(request, largestBulkBytes);
    if (formOf(request) !== null) return;
    throw new RequestRefused({
      status: 415,
      code: "UNSUPPORTED_MEDIA_TYPE",
      title: "The body is of the wrong type",
      detail: "The body must be JSON, CSV or JSONL.",
      hint: "Send Content-Type: application/json, text/csv or application/jsonl.",
    });
  },
  read: ({ body }) => body,
};

/** What a request asks for: a JSON body says all of it, rows have the rest in the query. @throws RequestRefused 400, 422 */
export const readBulkAsk = (request: IncomingRequest): BulkAsk => {
  const form = formOf(request) ?? "json";
  if (form !== "json") return askOfRows(readQuery(bulkQuerySchema, request.query), form, request.body);
  readQuery(z.strictObject({}), request.query);
  return askOfJson(readJson(bulkRequestSchema, request.body), request.body);
};
