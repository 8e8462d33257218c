import { readOneLine as parse, type OneLine } from "../lib/schedule/one-line.ts";
import { misused } from "./failure.ts";

/** Zone and periods of `Mon-Fri 08:00-19:00 Europe/Paris`. @throws CliFailure pointing at what is not understood */
export const readOneLine = (text: string, where: string): Pick<OneLine, "timezone" | "periods"> => {
  const read = parse(text);
  if (read.ok) return { timezone: read.timezone, periods: read.periods };
  throw misused(`${where}: ${read.message}`, text, `${" ".repeat(read.column - 1)}^ ${read.expected}`);
};
