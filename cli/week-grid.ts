import { changesClocks, instantOf, localParts, localText, weekOf } from "./instant.ts";

/** An edge as the API previews it. */
export interface Edge {
  readonly at: string;
  readonly action: string;
}

const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const cellMinutes = 30;
const cellsOfDay = 48;
const hours = ["00", "04", "08", "12", "16", "20"];

/** What holds at an instant: the last edge before it; before the first one, its opposite. Null without any edge. */
const stateAt = (edges: readonly Edge[], at: number): "on" | "off" | null => {
  const last = edges.findLast((edge) => Date.parse(edge.at) <= at);
  if (last !== undefined) return last.action === "on" ? "on" : "off";
  const [first] = edges;
  return first === undefined ? null : first.action === "on" ? "off" : "on";
};

const signs = { on: "█", off: "·" } as const;

const dayLine = (edges: readonly Edge[], day: string, name: string, zone: string): string => {
  const cells = Array.from({ length: cellsOfDay }, (_, index) => {
    const state = stateAt(edges, instantOf(day, index * cellMinutes + cellMinutes / 2, zone));
    return state === null ? "?" : signs[state];
  });
  const today = edges.filter(({ at }) => localParts(at, zone).day === day);
  const state = stateAt(edges, instantOf(day, 0, zone));
  const words =
    today.length === 0
      ? `${state ?? "left alone"} all day`
      : today.map(({ at, action }) => `${action} ${localParts(at, zone).clock}`).join("  ");
  return `  ${name}   ${cells.join("")}   ${words}`;
};

const hoursOn = (edges: readonly Edge[], from: number, to: number): number => {
  const bounds = edges.map(({ at }) => Date.parse(at)).filter((at) => at > from && at < to);
  const points = [from, ...bounds, to];
  const on = points.slice(1).map((end, index) => {
    const start = points[index] ?? end;
    return stateAt(edges, start) === "on" ? end - start : 0;
  });
  return on.reduce((sum, part) => sum + part, 0) / 3_600_000;
};

const hoursText = (count: number): string => `${Number(count.toFixed(1))} h`;

/**
 * A week, half an hour a sign, in the schedule's zone. `edges` begin before the week, so that its first state is known.
 */
export const weekGrid = (
  edges: readonly Edge[],
  { zone, now, savings }: { readonly zone: string; readonly now: number; readonly savings: string | null },
): string[] => {
  const week = weekOf(now, zone);
  const days = week.days.slice(0, 7);
  const to = instantOf(week.days[7] ?? "", 0, zone);
  const on = hoursOn(edges, week.from, to);
  const total = (to - week.from) / 3_600_000;
  const next = edges.filter(({ at }) => Date.parse(at) > now).slice(0, 2);
  const nextWords = next.map(
    ({ at, action }) => `${localText(at, zone)} ${action === "on" ? "start" : "stop"}`,
  );
  const clocks = changesClocks(week.from, to, zone) ? "clocks change in this week" : "no DST change in range";
  return [
    `        ${hours.map((hour) => hour.padEnd(8)).join("")}   ${zone}`,
    ...days.map((day, index) => dayLine(edges, day, names[index] ?? "", zone)),
    `  ${hoursText(on)} on, ${hoursText(total - on)} off a week${savings === null ? "" : ` · ${savings}`}`,
    `  Next edges  ${[...nextWords, clocks].join(" · ")}`,
  ];
};
