import { RequestRefused } from "../flows/request-refused.ts";

const invalidKey = (
  detail: string,
  hint = "Use 1 to 255 characters, bare or in double quotes.",
): RequestRefused =>
  new RequestRefused({
    status: 400,
    code: "IDEMPOTENCY_KEY_INVALID",
    title: "The idempotency key is not valid",
    detail,
    hint,
  });

const missingKey = (): RequestRefused =>
  new RequestRefused({
    status: 400,
    code: "IDEMPOTENCY_KEY_REQUIRED",
    title: "An idempotency key is required",
    detail: "The header Idempotency-Key is missing.",
    hint: "Send one of your own making, the same one in every repeat of this request: 1 to 255 characters.",
  });

/** HTTP joins a header that is sent twice with a comma: a bare key with one in it may be two keys. */
const ambiguousKey = (): RequestRefused =>
  invalidKey(
    "The header Idempotency-Key is given twice, or its key holds a comma.",
    "Send the header once; a key that holds a comma goes in double quotes.",
  );

/** Two quoted strings or more, or one and something bare, as HTTP joins them. */
const joinedPattern = /^"(?:[^"\\]|\\["\\])*"\s*,/;

/** The text of a quoted string (RFC 9651), or the bare text as it is. */
const unquoted = (header: string): string => {
  if (!header.startsWith('"')) {
    if (header.includes(",")) throw ambiguousKey();
    return header;
  }
  if (joinedPattern.test(header)) throw ambiguousKey();
  const inner = /^"(?<text>(?:[^"\\]|\\["\\])*)"$/.exec(header)?.groups?.["text"];
  if (inner === undefined)
    throw invalidKey("The header Idempotency-Key begins with a quote and does not end with one.");
  return inner.replaceAll(/\\(["\\])/g, "$1");
};

/** The key of the header: `order-1` and `"order-1"` are the same. @throws RequestRefused 400 */
export const readIdempotencyKey = (header: string | undefined): string => {
  if (header === undefined) throw missingKey();
  const key = unquoted(header.trim());
  if (key === "") throw invalidKey("The idempotency key is empty.");
  if (key.length > 255) throw invalidKey(`The idempotency key has ${key.length} characters, more than 255.`);
  if (/\p{Cc}/u.test(key) || !key.isWellFormed())
    throw invalidKey("The idempotency key holds characters that can't be seen.");
  return key;
};
