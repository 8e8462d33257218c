/** Names that an endpoint may not set: they are ours, or the transport's (RFC 9110, RFC 9112, Standard Webhooks). */
const reserved = new Set([
  "accept-encoding",
  "connection",
  "cookie",
  "date",
  "expect",
  "forwarded",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
]);
const reservedBeginnings = ["content-", "proxy-", "sec-", "webhook-", "x-forwarded-", "x-amz-", "x-aws-"];

const namePattern = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/i;
const valuePattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/;
const mostHeaders = 10;

/** Why an endpoint may not have a header: its name (null: the headers together), and what is wrong. */
export interface HeaderRefusal {
  readonly name: string | null;
  readonly detail: string;
}

/** Names under which secrets travel: a header's value stands in the table as it is given. */
const secretive = /auth|cookie|token|secret|passw|credential|api-?key|(?:^|[_-])key$/;

const refusalOfName = (name: string): string | null => {
  const lower = name.toLowerCase();
  if (!namePattern.test(name)) return "a header's name has 1 to 64 letters, digits, - and _";
  if (reserved.has(lower) || reservedBeginnings.some((start) => lower.startsWith(start))) {
    return `the header ${lower} is set by us or by the transport`;
  }
  if (secretive.test(lower)) {
    return `the header ${lower} looks like a secret, which is not kept: verify the signature of each request instead`;
  }
  return null;
};

/** Why an endpoint may not have these headers beside ours (reliability.md R24); null when it may. */
export const refusalOfHeaders = (headers: Readonly<Record<string, string>>): HeaderRefusal | null => {
  const names = Object.keys(headers);
  if (names.length > mostHeaders)
    return { name: null, detail: `there may be ${mostHeaders} headers at most` };
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) {
    return { name: null, detail: "a header is named twice" };
  }
  for (const [name, value] of Object.entries(headers)) {
    const detail = refusalOfName(name);
    if (detail !== null) return { name, detail };
    if (!valuePattern.test(value)) {
      return { name, detail: "a header's value has 1 to 1024 visible ASCII characters, spaces only inside" };
    }
  }
  return null;
};
