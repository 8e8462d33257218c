const mostBytes = 1024;
const shortestSecret = 8;
const shortestPiece = 16;
const gone = "[secret]";

/** What looks like a secret, whoever it belongs to: signing secrets, our API keys, bearer tokens. */
const secretPatterns = [/\bwh(?:sec|sk)_[\w+/=-]+/g, /\bswy_\w+/g, /\bBearer[\s:=]+[\w.~+/=-]+/gi] as const;

/**
 * The forms in which a known secret may be repeated. Its long runs of letters are among them: they are left whole by
 * whatever escaping a receiver uses (`\/`, `\u002b`, `&#43;`, `%2B`).
 */
const formsOf = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret, "utf8");
  const hex = bytes.toString("hex");
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    // Up to two letters at the end of base64 depend on what follows the secret.
    bytes.toString("base64").replace(/.{0,2}={1,2}$/, ""),
    bytes.toString("base64url").replace(/.{2}$/, ""),
    hex,
    hex.toUpperCase(),
    ...secret.split(/[^A-Za-z0-9]+/).filter((piece) => piece.length >= shortestPiece),
  ];
};

/** The key behind a signing secret, which a receiver may hold without its prefix or as bytes in hex. */
const keysOf = (secret: string): readonly string[] => {
  if (!secret.startsWith("whsec_")) return [secret];
  const key = secret.slice("whsec_".length);
  return [secret, key, Buffer.from(key, "base64").toString("hex")];
};

const firstBytes = (text: string): string => {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= mostBytes) return text;
  let end = mostBytes;
  // 10xxxxxx goes on with the character before it: never cut there.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString("utf8");
};

/** The text in one line of valid Unicode, without what looks like a secret and without the given ones. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string => {
  // First the control characters: a secret that is broken by them would be whole again afterwards.
  let left = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap(keysOf)
    .flatMap(formsOf)
    .filter((form) => form.length >= shortestSecret);
  for (const form of forms.toSorted((a, b) => b.length - a.length)) left = left.replaceAll(form, gone);
  for (const pattern of secretPatterns) left = left.replaceAll(pattern, gone);
  return left;
};

/** The first kilobyte of an answer as it may be stored and shown; null when there was nothing. */
export const excerptOf = (body: string, secrets: readonly string[]): string | null => {
  const text = firstBytes(withoutSecrets(body, secrets)).trim();
  return text === "" ? null : text;
};
