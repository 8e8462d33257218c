import * as z from "zod";
import type { ProviderDetail } from "../operation/problem.ts";
import type { HttpAnswer } from "../ports/http-client.ts";

const textLimit = 500;
const fieldLimit = 50;

const clipped = (text: string): string => (text.length > textLimit ? `${text.slice(0, textLimit)}…` : text);

// An error body is read field by field: a field of another shape than expected must not hide the others.
const text = z.string().optional().catch(undefined);
const detailSchema = z.looseObject({
  argument_name: text,
  reason: text,
  help_message: text,
  resource: text,
  action: text,
  quota: z.number().optional().catch(undefined),
  current: z.number().optional().catch(undefined),
});
const errorBodySchema = z.looseObject({
  type: text,
  message: text,
  help_message: text,
  precondition: text,
  resource: text,
  resource_id: text,
  current_state: text,
  reset_seconds: z.number().nonnegative().optional().catch(undefined),
  reset_at: text,
  /** A quota without `details`: what is used up is the `resource`. */
  quota: z.number().optional().catch(undefined),
  current: z.number().optional().catch(undefined),
  details: z.array(detailSchema).optional().catch(undefined),
  fields: z.json().optional().catch(undefined),
});
type Detail = z.infer<typeof detailSchema>;
export type ScalewayErrorBody = z.infer<typeof errorBodySchema>;

/** The JSON object of an error answer; null when the body is empty, HTML, cut off, or no object. */
export const parseErrorBody = (body: string): ScalewayErrorBody | null => {
  try {
    return errorBodySchema.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
};

/** A quota and how much of it is used, in words; undefined where none is told. */
const countsOf = ({ quota, current }: Pick<Detail, "quota" | "current">): string | undefined =>
  quota === undefined ? undefined : `limit ${quota}, in use ${current ?? "?"}`;

/** One entry of `details` as a field name and what is wrong with it. */
const fieldOfDetail = (detail: Detail): [string, string] | null => {
  const name = detail.argument_name ?? detail.resource;
  if (name === undefined) return null;
  const words = [detail.reason ?? detail.action ?? countsOf(detail), detail.help_message];
  return [name, words.filter((word) => word !== undefined && word !== "").join(": ")];
};

const fieldsOfDetails = (details: readonly Detail[]): [string, string][] =>
  details.map(fieldOfDetail).filter((field) => field !== null);

/** The legacy `fields`: a map of names to messages in every example, a list in the words of the document. */
const fieldsOfMap = (fields: ScalewayErrorBody["fields"]): [string, string][] => {
  if (typeof fields !== "object" || fields === null) return [];
  const entries = Array.isArray(fields) ? [["fields", fields] as const] : Object.entries(fields);
  return entries.flatMap(([name, said]) =>
    (Array.isArray(said) ? said : [said]).map((one): [string, string] => [
      name,
      typeof one === "string" ? one : JSON.stringify(one),
    ]),
  );
};

/** The quota of a body that has no details. */
const fieldsOfQuota = (body: ScalewayErrorBody): [string, string][] => {
  const counts = countsOf(body);
  return counts === undefined || body.details !== undefined ? [] : [[body.resource ?? "quota", counts]];
};

const fieldsOf = (body: ScalewayErrorBody): Record<string, string[]> => {
  const fields = new Map<string, string[]>();
  const told = [...fieldsOfMap(body.fields), ...fieldsOfDetails(body.details ?? []), ...fieldsOfQuota(body)];
  for (const [name, said] of told) {
    if (fields.size >= fieldLimit && !fields.has(name)) break;
    fields.set(name, [...(fields.get(name) ?? []), clipped(said)]);
  }
  return Object.fromEntries(fields);
};

const messageOf = (body: ScalewayErrorBody): string | null => {
  const subject = [body.resource, body.resource_id].filter((part) => part !== undefined).join(" ");
  const state = body.current_state === undefined ? "" : `is ${body.current_state}`;
  const about = [subject, state].filter((part) => part !== "").join(" ");
  const parts = [body.message, body.help_message, about].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? null : parts.join(": ");
};

/** Scaleway's name of a request, for support tickets; on every answer of today's API, null elsewhere. */
export const requestIdOf = (answer: HttpAnswer): string | null => answer.headers["x-request-id"] ?? null;

/** What the provider itself said: its status, type, message, fields and request id; no header and no request body. */
export const detailOf = (answer: HttpAnswer, body: ScalewayErrorBody | null): ProviderDetail => {
  const requestId = requestIdOf(answer);
  const message = body === null ? null : messageOf(body);
  const fields = body === null ? {} : fieldsOf(body);
  return {
    status: answer.status,
    ...(body?.type === undefined ? {} : { type: clipped(body.type) }),
    ...(body?.precondition === undefined ? {} : { code: clipped(body.precondition) }),
    ...(message === null ? {} : { message: clipped(message) }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(requestId === null ? {} : { request_id: requestId }),
  };
};
