import { invalid, RequestRefused } from "./request-refused.ts";
import { strictFaultsOf } from "../operation/strict-json.ts";

const unreadable = (code: string, detail: string): RequestRefused =>
  new RequestRefused({
    status: 400,
    code,
    title: "The body can't be read",
    detail,
    hint: "Set the sender to JSON (Content-Type: application/json).",
  });

const textOf = (body: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw unreadable("INVALID_ENCODING", "The body must be UTF-8.");
  }
};

const isForm = (contentType: string | undefined): boolean =>
  /^application\/x-www-form-urlencoded\b/i.test(contentType?.trim() ?? "");

/** The JSON of a body: the body itself, or the field `payload` of a form, as GitHub sends it where it is so set. */
const jsonIn = (body: Uint8Array, contentType: string | undefined): string => {
  const text = textOf(body);
  if (!isForm(contentType)) return text;
  const payload = new URLSearchParams(text).get("payload");
  if (payload === null) throw unreadable("INVALID_FORM", "The form has no field payload.");
  return payload;
};

/**
 * What a verified webhook's body holds.
 * @throws RequestRefused 400 for what is not JSON, 422 for what no body may hold (see `strictFaultsOf`)
 */
export const payloadOf = (body: Uint8Array, contentType: string | undefined): unknown => {
  const text = jsonIn(body, contentType);
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    // The parser's words quote the body.
    throw unreadable("INVALID_JSON", "The body is not valid JSON.");
  }
  const { faults } = strictFaultsOf(text);
  if (faults.length > 0) throw invalid(faults);
  return payload;
};
