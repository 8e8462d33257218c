import { createHmac } from "node:crypto";
import { sign as signForGithub } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import type { Scheme } from "../../lib/hook/scheme.ts";

/** A secret of each scheme, in the form that its senders have it. */
export const secretOf: Readonly<Record<Scheme, string>> = {
  standard: `whsec_${Buffer.from("the key of the shop, 32 bytes ok").toString("base64")}`,
  github: "the secret of the repository",
  gitlab: `whsec_${Buffer.from("the signing token of a project..").toString("base64")}`,
  stripe: "whsec_not_base64_but_used_as_it_stands",
  grafana: "the secret of the contact point",
  alertmanager: "alertmanager:its password",
  bearer: "a-long-random-token",
  basic: "user:a password",
};

const hex = (secret: string, text: string, body: Uint8Array): string =>
  createHmac("sha256", secret).update(text).update(body).digest("hex");

const standard = (secret: string, body: Uint8Array, seconds: number, id: string): Record<string, string> => ({
  "webhook-id": id,
  "webhook-timestamp": String(seconds),
  "webhook-signature": new Webhook(secret).sign(id, new Date(seconds * 1000), Buffer.from(body)),
});

/** The headers that prove a body, made by the senders' own libraries where there are some. `secret` as in `secretOf`. */
export const signed = async (
  scheme: Scheme,
  body: Uint8Array,
  { secret = secretOf[scheme], seconds, id }: { secret?: string; seconds: number; id: string },
): Promise<Record<string, string>> => {
  switch (scheme) {
    case "standard":
      return standard(secret, body, seconds, id);
    case "gitlab":
      return { "x-gitlab-event-uuid": id, ...standard(secret, body, seconds, id) };
    case "github":
      return {
        "x-github-delivery": id,
        "x-hub-signature-256": await signForGithub(secret, Buffer.from(body).toString("utf8")),
      };
    case "stripe":
      return { "stripe-signature": `t=${seconds},v1=${hex(secret, `${seconds}.`, body)}` };
    case "grafana":
      return {
        "x-grafana-alerting-signature-timestamp": String(seconds),
        "x-grafana-alerting-signature": hex(secret, `${seconds}:`, body),
      };
    case "bearer":
      return { authorization: `Bearer ${secret}`, "idempotency-key": id };
    case "basic":
    case "alertmanager":
      return { authorization: `Basic ${Buffer.from(secret).toString("base64")}`, "idempotency-key": id };
  }
};
