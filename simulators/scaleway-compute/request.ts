import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { cutPage, readPaging } from "../scaleway/paging.ts";
import { json, readJson } from "../wire.ts";
import { invalidRequest, validationError } from "./errors.ts";
import type { ComputeParts } from "./parts.ts";

const fieldsOf = (issues: readonly z.core.$ZodIssue[], body: unknown): Record<string, string[]> => {
  const fields: Record<string, string[]> = {};
  const complain = (field: string, message: string) => {
    fields[field] = [...(fields[field] ?? []), message];
  };
  const given = new Set(typeof body === "object" && body !== null ? Object.keys(body) : []);
  for (const issue of issues) {
    const field = String(issue.path[0] ?? "body");
    if (issue.code === "unrecognized_keys") {
      issue.keys.forEach((key) => complain(key, "extra keys not allowed"));
    } else if (issue.path.length === 1 && !given.has(field)) {
      complain(field, "required key not provided");
    } else {
      complain(field, issue.message);
    }
  }
  return fields;
};

/**
 * The body of a call, parsed.
 *
 * @throws Refusal 400 with `fields`, or 400 for a body that is not JSON.
 */
export const readBody = async <T>(context: Context<SimulatorEnv>, schema: z.ZodType<T>): Promise<T> => {
  const body = await readJson(context);
  if (body === undefined) {
    throw invalidRequest("The request body is not valid JSON");
  }
  const parsed = schema.safeParse(body.value);
  if (!parsed.success) {
    throw validationError(fieldsOf(parsed.error.issues, body.value));
  }
  return parsed.data;
};

/**
 * A page of a list as an answer; its links are relative to the host.
 *
 * @throws Refusal 400 when `page` or `per_page` is out of range.
 */
export const listAnswer = <T>(
  parts: ComputeParts,
  context: Context<SimulatorEnv>,
  name: string,
  all: readonly T[],
  body: (each: T) => unknown,
): Response => {
  const query = new URL(context.req.url).searchParams;
  const cap = parts.faults.switched("page_size_cap");
  const paging = readPaging(query, cap === undefined ? undefined : (cap.items ?? 10));
  if ("wrong" in paging) {
    throw validationError({ [paging.wrong]: [paging.why] });
  }
  const page = cutPage(all, context.req.path, query, paging);
  return json(200, { [name]: page.items.map((each) => body(each)) }, page.headers);
};
