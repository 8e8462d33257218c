/** What the words of an action can come to. */
export type ActionRole = "on" | "off" | "reboot" | "terminate";

/** The words that we know for each, those of the APIs that followed first. The document has none. */
const wordsOf: Readonly<Record<ActionRole, readonly string[]>> = {
  on: ["poweron", "power_on", "power-on", "start", "on", "boot"],
  off: ["poweroff", "power_off", "power-off", "stop", "off", "shutdown", "halt"],
  reboot: ["reboot", "restart", "reset", "resetsoft"],
  terminate: ["terminate"],
};

const roles: readonly ActionRole[] = ["on", "off", "reboot", "terminate"];

/** What a word comes to; null for one that we don't know. */
export const roleOf = (word: string): ActionRole | null =>
  roles.find((role) => wordsOf[role].includes(word)) ?? null;

/** The action to send: the word itself where the server lists it, else a listed one that comes to the same; or null. */
export const chosenAction = (listed: readonly string[], word: string): string | null => {
  if (listed.includes(word)) return word;
  const role = roleOf(word);
  return role === null ? null : (wordsOf[role].find((each) => listed.includes(each)) ?? null);
};

/**
 * Whether the list may hold the word at another time: it is empty, or names power actions, of which a server lists those
 * that its state allows. One of words that we don't know will never hold it.
 */
export const mayBeListedLater = (listed: readonly string[], word: string): boolean =>
  roleOf(word) !== null && (listed.length === 0 || listed.some((each) => roleOf(each) !== null));
