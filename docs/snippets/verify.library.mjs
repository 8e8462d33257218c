import { Webhook } from "standardwebhooks";

/** The event; null when Switchyard has not sent this within the last five minutes. `body`: the text as it came. */
export const verified = (secret, headers, body) => {
  try {
    return new Webhook(secret).verify(body, headers);
  } catch {
    return null;
  }
};
