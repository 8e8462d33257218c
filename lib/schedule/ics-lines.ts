import ICAL from "ical.js";
import { readLocalDate } from "./local-date.ts";
import { zoneProblem } from "./zone.ts";

/** A text that is no calendar, and the first line (from 1) that shows it. */
export interface IcsFault {
  readonly line: number;
  readonly detail: string;
}

/** One content line of RFC 5545, unfolded. */
interface ContentLine {
  /** Of its first part. */
  readonly line: number;
  readonly name: string;
  readonly parameters: string;
  readonly value: string;
}

const contentPattern = /^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:])*)*):(.*)$/su;
const dateNames = new Set(["DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"]);
const subDaily = /FREQ=(HOURLY|MINUTELY|SECONDLY)/i;

const unfold = (text: string): { line: number; text: string }[] => {
  const lines: { line: number; text: string }[] = [];
  for (const [index, part] of text.split(/\r\n|\n|\r/u).entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/u.test(part) && last !== undefined) last.text += part.slice(1);
    else lines.push({ line: index + 1, text: part });
  }
  return lines.filter((one) => one.text.trim() !== "");
};

const isTime = (value: string): boolean => {
  const [, year = "", month = "", date = "", clock] =
    /^(\d{4})(\d{2})(\d{2})(?:T([01]\d|2[0-3])[0-5]\d[0-5]\dZ?)?$/u.exec(value) ?? [];
  return readLocalDate(`${year}-${month}-${date}`) !== null && (clock !== undefined || value.length === 8);
};

const faultOfTimes = ({ name, value, parameters }: ContentLine): string | null => {
  const values = name === "EXDATE" || name === "RDATE" ? value.split(",") : [value];
  if (name === "RDATE" && /VALUE=PERIOD/i.test(parameters)) return null;
  const wrong = values.find((one) => !isTime(one));
  return wrong === undefined ? null : `${wrong.slice(0, 40)} is no date or time`;
};

const faultOfRule = (value: string): string | null => {
  if (subDaily.test(value)) return "an event repeats at most daily here";
  try {
    ICAL.Recur.fromString(value);
    return null;
  } catch (error) {
    return `is no rule of recurrence: ${error instanceof Error ? error.message : "unreadable"}`;
  }
};

const faultOfZone = ({ parameters }: ContentLine, own: ReadonlySet<string>): string | null => {
  const zone = /;TZID=(?:"([^"]*)"|([^;:]*))/iu.exec(parameters);
  const name = zone?.[1] ?? zone?.[2];
  if (name === undefined || own.has(name) || zoneProblem(name) === null) return null;
  return `the zone ${name.slice(0, 60)} is neither of the IANA database nor in the file (VTIMEZONE)`;
};

const faultOfLine = (line: ContentLine, zones: ReadonlySet<string>): string | null => {
  if (dateNames.has(line.name)) return faultOfTimes(line) ?? faultOfZone(line, zones);
  return line.name === "RRULE" ? faultOfRule(line.value) : null;
};

const read = ({ line, text }: { line: number; text: string }): ContentLine | null => {
  const [, name, parameters = "", value = ""] = contentPattern.exec(text) ?? [];
  return name === undefined ? null : { line, name: name.toUpperCase(), parameters, value };
};

interface Nest {
  readonly open: { readonly name: string; readonly line: number; hasStart: boolean }[];
  ended: boolean;
}

/** Follows BEGIN and END; what is wrong with the line where it stands. */
const nestFault = (nest: Nest, { name, value, line }: ContentLine): string | null => {
  const inner = nest.open.at(-1);
  const component = value.trim().toUpperCase();
  if (nest.ended) return "stands after END:VCALENDAR";
  if (name === "BEGIN") {
    if (inner === undefined && component !== "VCALENDAR") return "must begin with BEGIN:VCALENDAR";
    nest.open.push({ name: component, line, hasStart: false });
    return null;
  }
  if (inner === undefined) return "must begin with BEGIN:VCALENDAR";
  if (name === "DTSTART") inner.hasStart = true;
  if (name !== "END") return null;
  if (inner.name !== component) return `ends ${component}, but ${inner.name} of line ${inner.line} is open`;
  if (component === "VEVENT" && !inner.hasStart) return `the event of line ${inner.line} has no DTSTART`;
  nest.open.pop();
  nest.ended = nest.open.length === 0;
  return null;
};

/** The first fault of the text of an ICS file; null when there is none. */
export const faultOfIcs = (text: string): IcsFault | null => {
  const lines = unfold(text.replace(/^\u{FEFF}/u, ""));
  const zones = new Set(lines.flatMap((one) => /^TZID:(.*)$/iu.exec(one.text)?.[1]?.trim() ?? []));
  const nest: Nest = { open: [], ended: false };
  for (const one of lines) {
    const content = read(one);
    const detail =
      content === null
        ? "is no line of a calendar (NAME:value)"
        : (nestFault(nest, content) ?? faultOfLine(content, zones));
    if (detail !== null) return { line: one.line, detail };
  }
  const open = nest.open.at(-1);
  if (open !== undefined) return { line: open.line, detail: `${open.name} is never ended` };
  return nest.ended ? null : { line: 1, detail: "must begin with BEGIN:VCALENDAR" };
};
