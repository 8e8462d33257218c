import type { Period } from "./rule.ts";
import { weekdays, type Weekday } from "./weekday.ts";

const capital = (day: Weekday): string => day.slice(0, 1).toUpperCase() + day.slice(1);

/** "Mon-Fri", "Sat", "Mon,Wed-Fri": days in the order of the week, three in a row or more as a range. */
export const daysText = (days: readonly Weekday[]): string => {
  const runs: Weekday[][] = [];
  for (const day of weekdays.filter((each) => days.includes(each))) {
    const run = runs.at(-1);
    const previous = run?.at(-1);
    if (
      run !== undefined &&
      previous !== undefined &&
      weekdays.indexOf(previous) + 1 === weekdays.indexOf(day)
    )
      run.push(day);
    else runs.push([day]);
  }
  return runs.map(runText).join(",");
};

const runText = (run: Weekday[]): string => {
  const [first, second, ...more] = run.map(capital);
  if (first === undefined) return "";
  if (second === undefined) return first;
  return `${first}${more.length === 0 ? "," : "-"}${more.at(-1) ?? second}`;
};

/** A period as one clause of the one-line grammar; its dates and its state before it. */
export const periodText = ({ days, from, to, zone, dates, state }: Period): string => {
  const when = dates === null ? "" : `${dates.from ?? ""}..${dates.to ?? ""} `;
  return `${state === "off" ? "off " : ""}${when}${daysText(days)} ${from}-${to} ${zone}`;
};
