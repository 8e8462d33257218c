import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { readPaging } from "../scaleway/paging.ts";
import type { Faults } from "../faults.ts";
import { readJson } from "../wire.ts";
import { invalidArguments, invalidRequest, type ArgumentDetail } from "./errors.ts";

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown => {
  let value: unknown = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null) {
      return undefined;
    }
    value = Object.entries(value).find(([name]) => name === String(key))?.[1];
  }
  return value;
};

const detailsOf = (issue: z.core.$ZodIssue, body: unknown): ArgumentDetail[] => {
  const name = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      argument_name: name === "" ? key : `${name}.${key}`,
      reason: "unknown",
      help_message: "extra keys not allowed",
    }));
  }
  if (valueAt(body, issue.path) === undefined) {
    return [{ argument_name: name, reason: "required", help_message: "required key not provided" }];
  }
  const reason = issue.code === "invalid_type" || issue.code === "invalid_format" ? "format" : "constraint";
  return [{ argument_name: name, reason, help_message: issue.message }];
};

/**
 * The body of a call, parsed.
 *
 * @throws Refusal 400 invalid_arguments that names every wrong argument, or 400 for a body that is not JSON.
 */
export const readBody = async <T>(context: Context<SimulatorEnv>, schema: z.ZodType<T>): Promise<T> => {
  const body = await readJson(context);
  if (body === undefined) {
    throw invalidRequest("The request body is not valid JSON");
  }
  const parsed = schema.safeParse(body.value);
  if (!parsed.success) {
    throw invalidArguments(parsed.error.issues.flatMap((issue) => detailsOf(issue, body.value)));
  }
  return parsed.data;
};

export const queryOf = (context: Context<SimulatorEnv>): URLSearchParams =>
  new URL(context.req.url).searchParams;

/** `page` and `per_page`; @throws Refusal 400 when they are out of range. */
export const pagingOf = (query: URLSearchParams, faults: Faults): { page: number; perPage: number } => {
  const cap = faults.switched("page_size_cap");
  const paging = readPaging(query, cap === undefined ? undefined : (cap.items ?? 10));
  if ("wrong" in paging) {
    throw invalidArguments([{ argument_name: paging.wrong, reason: "constraint", help_message: paging.why }]);
  }
  return paging;
};
