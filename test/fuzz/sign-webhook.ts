import { createHmac } from "node:crypto";
import type { Chance } from "../simulation/chance.ts";

const hmac = (key: string | Uint8Array, text: Uint8Array): Buffer =>
  createHmac("sha256", key).update(text).digest();

/**
 * Gives an event the signatures of every scheme that hooks know, over the bytes that it carries: whichever scheme the
 * hook has, what comes is verified. `secret`: `whsec_` and base64.
 */
export const signWebhook = (
  event: Record<string, unknown>,
  headers: Map<string, string>,
  secret: string,
  now: number,
  chance: Chance,
): void => {
  const { body = "", isBase64Encoded } = event;
  const bytes = Buffer.from(String(body), isBase64Encoded === true ? "base64" : "utf8");
  const id = `msg-${chance.between(1, 40)}`;
  const seconds = String(Math.floor(now / 1000));
  const under = (before: string): Buffer => Buffer.concat([Buffer.from(before), bytes]);
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  headers.set("webhook-id", id);
  headers.set("webhook-timestamp", seconds);
  headers.set("webhook-signature", `v1,${hmac(key, under(`${id}.${seconds}.`)).toString("base64")}`);
  headers.set("x-hub-signature-256", `sha256=${hmac(secret, bytes).toString("hex")}`);
  headers.set("x-github-delivery", id);
  headers.set("stripe-signature", `t=${seconds},v1=${hmac(secret, under(`${seconds}.`)).toString("hex")}`);
  headers.set("x-grafana-alerting-signature-timestamp", seconds);
  headers.set("x-grafana-alerting-signature", hmac(secret, under(`${seconds}:`)).toString("hex"));
  headers.set("authorization", `Bearer ${secret}`);
  event["headers"] = Object.fromEntries(headers);
};
