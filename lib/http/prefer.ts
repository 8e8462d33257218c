import { longestWaitSeconds } from "../flows/await-operation.ts";

/**
 * Seconds that the caller would like the answer to be held, at most 20; null when it does not say, or not in a way
 * that we understand: a preference is never refused (RFC 7240).
 */
export const readWait = (prefer: string | undefined): number | null => {
  const preferences = (prefer ?? "").split(",").map((preference) => preference.split(";")[0]?.trim() ?? "");
  const wait = preferences.find((preference) => /^wait *=/i.test(preference));
  const seconds = /^wait *= *(?:"(?<quoted>\d{1,9})"|(?<bare>\d{1,9}))$/i.exec(wait ?? "")?.groups;
  if (seconds === undefined) return null;
  return Math.min(Number(seconds["quoted"] ?? seconds["bare"]), longestWaitSeconds);
};
