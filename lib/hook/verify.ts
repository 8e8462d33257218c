import { createHmac, timingSafeEqual } from "node:crypto";
import type { Scheme } from "./scheme.ts";

/** A webhook before anything of it is believed. Header names are in lower case; the body is the bytes as sent. */
export interface Unverified {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Whether it is from whom it says. The reason is for our log only: outside, all refusals are the same. */
export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: "signature" | "time" | "unusable_secret" };

/** How far the time in a webhook may be from ours, each way, in seconds. */
export const toleranceSeconds = 300;
/** Signatures of one request that are looked at. */
const mostSignatures = 10;

/** What one secret expects, and what the request shows. */
interface Proof {
  /** The text that must be shown; null: the secret can't be one of this scheme. */
  readonly expected: string | null;
  readonly shown: readonly string[];
  /** When it was sent, as the request writes it; null: the scheme has no time. */
  readonly sentAt: string | null;
}

/** Headers are texts; what a sender signs are their bytes. */
const hmac = (key: string | Uint8Array, before: string, body: Uint8Array) =>
  createHmac("sha256", key).update(before, "utf8").update(body);

const standardPrefix = "whsec_";
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The key of Standard Webhooks: base64 behind `whsec_`, which may be left out; null when it is not. */
const standardKey = (secret: string): Uint8Array | null => {
  const text = secret.startsWith(standardPrefix) ? secret.slice(standardPrefix.length) : secret;
  return text !== "" && base64Pattern.test(text) ? Buffer.from(text, "base64") : null;
};

/** Standard Webhooks 1.0: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; several, set apart by spaces. */
const standard = (secret: string, { headers, body }: Unverified): Proof => {
  const id = headers.get("webhook-id") ?? "";
  const sentAt = headers.get("webhook-timestamp") ?? "";
  const key = standardKey(secret);
  const signature = hmac(key ?? secret, `${id}.${sentAt}.`, body).digest("base64");
  const shown = (headers.get("webhook-signature") ?? "").split(" ");
  const isWhole = id !== "" && !shown.includes("");
  return { expected: key === null ? null : `v1,${signature}`, shown: isWhole ? shown : [], sentAt };
};

/** GitHub: `sha256=` and hex over the body. It has no time. */
const github = (secret: string, { headers, body }: Unverified): Proof => ({
  expected: `sha256=${hmac(secret, "", body).digest("hex")}`,
  shown: [headers.get("x-hub-signature-256") ?? ""],
  sentAt: null,
});

/**
 * The secret itself is shown. The body is read all the same, so that a hook of this sort takes as long to refuse as any
 * other, or as one that there isn't.
 */
const unsigned = (expected: string, shown: string, secret: string, { body }: Unverified): Proof => {
  hmac(secret, "", body).digest();
  return { expected, shown: [shown], sentAt: null };
};

/** GitLab: a signing token (`whsec_…`) signs as Standard Webhooks does; any other secret is sent as it is. */
const gitlab = (secret: string, request: Unverified): Proof =>
  secret.startsWith(standardPrefix)
    ? standard(secret, request)
    : unsigned(secret, request.headers.get("x-gitlab-token") ?? "", secret, request);

/** Stripe: `t=seconds,v1=hex` over `t.body`; the key is the whole text of the secret, `whsec_` included. */
const stripe = (secret: string, { headers, body }: Unverified): Proof => {
  const parts = (headers.get("stripe-signature") ?? "").split(",");
  const valuesOf = (name: string): string[] =>
    parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1));
  const times = valuesOf("t");
  const sentAt = times[0] ?? "";
  const isWhole = times.length === 1 && !parts.includes("");
  return {
    expected: hmac(secret, `${sentAt}.`, body).digest("hex"),
    shown: isWhole ? valuesOf("v1") : [],
    sentAt,
  };
};

/** Grafana 12: bare hex over `timestamp:body`; without a time in it, it could be sent again for ever, so it is required. */
const grafana = (secret: string, { headers, body }: Unverified): Proof => {
  const sentAt = headers.get("x-grafana-alerting-signature-timestamp") ?? "";
  return {
    expected: hmac(secret, `${sentAt}:`, body).digest("hex"),
    shown: [headers.get("x-grafana-alerting-signature") ?? ""],
    sentAt,
  };
};

/**
 * The secret itself, in `Authorization`. The whole header is compared, so that no second spelling of it is accepted.
 * `basic`: the secret is `user:password`.
 */
const authorization =
  (...forms: readonly ("Bearer" | "Basic")[]) =>
  (secret: string, request: Unverified): Proof => {
    const shown = request.headers.get("authorization") ?? "";
    const form = forms.find((one) => shown.startsWith(`${one} `)) ?? forms[0] ?? "Bearer";
    const text = form === "Basic" ? Buffer.from(secret, "utf8").toString("base64") : secret;
    return unsigned(`${form} ${text}`, shown, secret, request);
  };

const proofs: Readonly<Record<Scheme, (secret: string, request: Unverified) => Proof>> = {
  standard,
  github,
  gitlab,
  stripe,
  grafana,
  alertmanager: authorization("Bearer", "Basic"),
  bearer: authorization("Bearer"),
  basic: authorization("Basic"),
};

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one, "utf8"), Buffer.from(other, "utf8")];
  return a.length === b.length && timingSafeEqual(a, b);
};

const secondsPattern = /^\d{1,12}$/;

const isInTime = (sentAt: string | null, nowMilliseconds: number): boolean =>
  sentAt === null ||
  (secondsPattern.test(sentAt) &&
    Math.abs(Math.floor(nowMilliseconds / 1000) - Number(sentAt)) <= toleranceSeconds);

/**
 * Whether one of the active secrets has signed the request. The bytes are taken as sent, before anything is parsed; all
 * secrets and up to ten signatures are compared, each in constant time, whether or not an earlier one fits. What is shown
 * is compared as text: a second spelling of the same signature (hex in capitals, loose base64) is not taken.
 */
export const verify = (
  scheme: Scheme,
  secrets: readonly string[],
  request: Unverified,
  nowMilliseconds: number,
): Verdict => {
  let isSigned = false;
  let isTimely = false;
  let isUsable = false;
  for (const secret of secrets) {
    const { expected, shown, sentAt } = proofs[scheme](secret, request);
    isUsable ||= expected !== null && secret !== "";
    let fits = false;
    for (const text of shown.slice(0, mostSignatures))
      if (isSame(text, expected ?? "") && expected !== null && secret !== "") fits = true;
    const timely = isInTime(sentAt, nowMilliseconds);
    isSigned ||= fits;
    isTimely ||= fits && timely;
  }
  if (isTimely) return { ok: true };
  if (!isUsable) return { ok: false, why: "unusable_secret" };
  return { ok: false, why: isSigned ? "time" : "signature" };
};

/** Does the work of a verification that can't succeed: for a hook that there isn't, which must not show in the time. */
export const verifyNothing = (request: Unverified, nowMilliseconds: number): void => {
  verify(
    "standard",
    [`${standardPrefix}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=`],
    request,
    nowMilliseconds,
  );
};
