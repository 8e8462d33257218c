import * as z from "zod";
import { readBy } from "../flows/faults.ts";
import { invalid, RequestRefused, type RequestFault } from "../flows/request-refused.ts";
import { HttpRefused } from "./http-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { strictFaultsOf } from "../operation/strict-json.ts";

/** What a route takes as a body: how it is checked before anything else, how it is read, and how it is documented. */
export interface BodyRule<B> {
  /** Null: the route takes none, and ignores one. */
  readonly document: {
    readonly schema: z.ZodType;
    readonly required: boolean;
    /** Media types that are taken beside JSON, and what such a text is. */
    readonly texts?: Readonly<Record<string, string>>;
  } | null;
  /** Looks at size and type only. @throws RequestRefused 413, 415 */
  check(request: IncomingRequest): void;
  /** @throws RequestRefused 400, 422 */
  read(request: IncomingRequest): B;
}

const largestBytes = 64 * 1024;

const refused = (status: number, code: string, title: string, detail: string, hint?: string) =>
  new RequestRefused({ status, code, title, detail, ...(hint === undefined ? {} : { hint }) });

const jsonTypePattern = /^application\/(?:json|[\w.+-]+\+json)$/;

/** Absent counts as JSON; a charset other than UTF-8 does not. */
export const isJsonType = (contentType: string | undefined): boolean => {
  if (contentType === undefined || contentType.trim() === "") return true;
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice(8);
  return jsonTypePattern.test(type) && (charset === undefined || /^"?utf-?8"?$/.test(charset));
};

/** Absent, or `identity`, which is the same said aloud. */
const isPlain = (contentEncoding: string | undefined): boolean =>
  (contentEncoding ?? "").split(",").every((coding) => /^\s*(?:identity)?\s*$/i.test(coding));

const encodedBody = (): HttpRefused =>
  new HttpRefused(
    {
      status: 415,
      code: "UNSUPPORTED_CONTENT_ENCODING",
      title: "The body is compressed",
      detail: "The header Content-Encoding says that the body is encoded; only identity is taken.",
      hint: "Send the body as it is, without the header Content-Encoding.",
    },
    { "Accept-Encoding": "identity" },
  );

/** Refuses what is larger than that, or encoded. @throws RequestRefused 413, 415 */
export const checkSize = ({ body, headers }: IncomingRequest, most: number): void => {
  if (body.length > most) {
    const detail = `The body has ${body.length} bytes; at most ${most} are taken.`;
    const hint = "Send less; what is one request too many may do as several.";
    throw refused(413, "PAYLOAD_TOO_LARGE", "The body is too large", detail, hint);
  }
  if (!isPlain(headers.get("content-encoding"))) throw encodedBody();
};

const checkJson = (request: IncomingRequest): void => {
  const { body, headers } = request;
  checkSize(request, largestBytes);
  if (body.length > 0 && !isJsonType(headers.get("content-type"))) {
    const hint = "Send Content-Type: application/json.";
    throw refused(
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "The body is of the wrong type",
      "The body must be JSON.",
      hint,
    );
  }
};

const jsonHint = "Send one JSON object in UTF-8, as a JSON library writes it.";

const textOf = (body: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw refused(400, "INVALID_ENCODING", "The body is not UTF-8", "The body must be UTF-8.", jsonHint);
  }
};

const valueOf = (text: string): unknown => {
  if (text.trim() === "")
    throw refused(
      400,
      "INVALID_JSON",
      "The body is not JSON",
      "The body is empty; it must be a JSON object.",
      jsonHint,
    );
  try {
    return JSON.parse(text);
  } catch (error) {
    // Only the place is taken from the parser's words: they quote the body.
    const at = error instanceof Error ? /position (?<at>\d+)/.exec(error.message)?.groups?.["at"] : undefined;
    const where = at === undefined ? "it ends too early" : `see character ${Number(at) + 1}`;
    throw refused(
      400,
      "INVALID_JSON",
      "The body is not JSON",
      `The body is not valid JSON: ${where}.`,
      jsonHint,
    );
  }
};

const oneEach = (faults: readonly RequestFault[]): RequestFault[] =>
  [...new Map(faults.toReversed().map((fault) => [fault.pointer, fault])).values()].toReversed();

/** The value of a JSON body, read strictly. @throws RequestRefused 400, 422 */
export const readJson = <B>(schema: z.ZodType<B>, body: Uint8Array): B => {
  const text = textOf(body);
  const value = valueOf(text);
  const { faults, isTooDeep } = strictFaultsOf(text);
  // A schema may recurse; what lies too deep must not reach it.
  if (isTooDeep) throw invalid(faults);
  const read = readBy(schema, value);
  if (read.faults === null && faults.length === 0) return read.value;
  throw invalid(oneEach([...faults, ...(read.faults ?? [])]));
};

/** A body that must be there. */
export const jsonBody = <B>(schema: z.ZodType<B>): BodyRule<B> => ({
  document: { schema, required: true },
  check: checkJson,
  read: ({ body }) => readJson(schema, body),
});

/** A body that may be left out, which is the same as `{}`. */
export const optionalJsonBody = <B>(schema: z.ZodType<B>): BodyRule<B> => ({
  document: { schema, required: false },
  check: checkJson,
  read: ({ body }) => readJson(schema, body.length === 0 ? Buffer.from("{}") : body),
});

/** A body with nothing in it, which may be left out: `{}`. */
export const emptyBody: BodyRule<null> = {
  document: { schema: z.strictObject({}).meta({ id: "Nothing" }), required: false },
  check: checkJson,
  read: ({ body }) => {
    if (body.length > 0) readJson(z.strictObject({}), body);
    return null;
  },
};

/** No body. */
export const noBody: BodyRule<null> = { document: null, check: () => {}, read: () => null };
