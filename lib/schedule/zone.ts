import { nameToday, newNames } from "./renamed-zones.ts";

/** Which zone names a schedule may use, and what was probably meant by the others. */

/** Abbreviations name an offset in one half of the year, or several places at once: the place is asked for instead. */
const meantBy: Record<string, string> = {
  ACDT: "Australia/Adelaide",
  ACST: "Australia/Adelaide",
  AEDT: "Australia/Sydney",
  AEST: "Australia/Sydney",
  AKDT: "America/Anchorage",
  AKST: "America/Anchorage",
  ADT: "America/Halifax",
  AST: "America/Halifax",
  AWST: "Australia/Perth",
  BRT: "America/Sao_Paulo",
  BST: "Europe/London",
  CDT: "America/Chicago",
  CEST: "Europe/Paris",
  CET: "Europe/Paris",
  CST: "America/Chicago",
  CST6CDT: "America/Chicago",
  EDT: "America/New_York",
  EEST: "Europe/Helsinki",
  EET: "Europe/Helsinki",
  EST: "America/New_York",
  EST5EDT: "America/New_York",
  GB: "Europe/London",
  GMT: "Europe/London, or UTC",
  HKT: "Asia/Hong_Kong",
  HST: "Pacific/Honolulu",
  ICT: "Asia/Bangkok",
  IST: "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem",
  JST: "Asia/Tokyo",
  KST: "Asia/Seoul",
  MDT: "America/Denver",
  MESZ: "Europe/Berlin",
  MET: "Europe/Paris",
  MEZ: "Europe/Berlin",
  MSK: "Europe/Moscow",
  MST: "America/Denver",
  MST7MDT: "America/Denver",
  NST: "America/St_Johns",
  NZ: "Pacific/Auckland",
  NZDT: "Pacific/Auckland",
  NZST: "Pacific/Auckland",
  PDT: "America/Los_Angeles",
  PHT: "Asia/Manila",
  PKT: "Asia/Karachi",
  PRC: "Asia/Shanghai",
  PST: "America/Los_Angeles",
  PST8PDT: "America/Los_Angeles",
  ROC: "Asia/Taipei",
  ROK: "Asia/Seoul",
  SAST: "Africa/Johannesburg",
  SGT: "Asia/Singapore",
  TRT: "Europe/Istanbul",
  UCT: "UTC",
  WEST: "Europe/Lisbon",
  WET: "Europe/Lisbon",
  WIB: "Asia/Jakarta",
  Z: "UTC",
};

/** `Japan`, `Cuba`: old names of the database that are words. Three letters or fewer are abbreviations. */
const oneWord = /^[A-Z][a-z]{3,}$/u;
const offsetLike = /^(?:UTC|GMT)?[+-]?\d[\d:]*$|^(?:UTC|GMT)[+-]/iu;

/** What is wrong with a zone name, with the name that is probably meant; null: nothing. */
export const zoneProblem = (text: string): string | null => {
  if (text === "") return "expected a zone, like Europe/Paris";
  const meant = meantBy[text.toUpperCase()];
  if (meant !== undefined) return `${text} is an abbreviation, not a zone: write ${meant}`;
  if (offsetLike.test(text))
    return `${text} is an offset, which knows no summer time: write a place, like Europe/Paris, or UTC`;
  const known =
    canonical(text) !== null && (text.includes("/") || text.toUpperCase() === "UTC" || oneWord.test(text));
  if (known) return null;
  const near = nearest(text);
  return `${text} is not a zone of the IANA database${near === null ? "" : `: write ${near}`}`;
};

/** Says which zone an old or second name stands for; null where the name is the database's first one. */
export const zoneNote = (text: string): string | null => {
  const first = canonicalZone(text);
  return first === text || first === "UTC" ? null : `${text} is another name of ${first}`;
};

/** The name that the IANA database has for a zone today. Throws RangeError for what `zoneProblem` refuses. */
export const canonicalZone = (text: string): string => {
  const first = canonical(text);
  if (first === null || zoneProblem(text) !== null)
    throw new RangeError(`${text} is not a zone of the IANA database`);
  return nameToday(first);
};

/** Names that were looked up: each stored schedule is read with its zone, at each tick. */
const lookedUp = new Map<string, string>();
const mostLookedUp = 1000;

const canonical = (text: string): string | null => {
  const known = lookedUp.get(text);
  if (known !== undefined) return known;
  try {
    const first = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
    if (lookedUp.size < mostLookedUp) lookedUp.set(text, first);
    return first;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/gu, "");

/** A zone whose place has that name, or one at most three letters away. */
const nearest = (text: string): string | null => {
  const wanted = bare(text);
  if (wanted.length < 3) return null;
  let best: string | null = null;
  let least = 4;
  for (const zone of [...Intl.supportedValuesOf("timeZone"), ...newNames]) {
    const place = bare(zone.slice(zone.lastIndexOf("/") + 1));
    const distance =
      place === wanted ? 0 : Math.min(lettersApart(bare(zone), wanted), lettersApart(place, wanted));
    if (distance < Math.min(least, wanted.length / 2)) {
      best = nameToday(zone);
      least = distance;
    }
  }
  return best;
};

/** Letters to add, drop or change between two words (Levenshtein). */
const lettersApart = (one: string, other: string): number => {
  if (Math.abs(one.length - other.length) > 3) return 4;
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1];
    for (const [column, against] of Array.from(other).entries()) {
      const change = (row[column] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};
