import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether Switchyard has sent this, within the last five minutes. `body`: the bytes as they came. */
export const verify = (secret, headers, body) => {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // Several signatures while a secret is being replaced: one of them has to be right.
  return (headers["webhook-signature"] ?? "").split(" ").some((one) => {
    const [version, text = ""] = one.split(",");
    const shown = Buffer.from(text, "base64");
    return version === "v1" && shown.length === expected.length && timingSafeEqual(shown, expected);
  });
};
