import { iso, type ScheduleCase } from "./checker.ts";

/** Events about schedules: numbered without a gap, the same bytes in each copy, no number twice. */
export const checkNews = (under: ScheduleCase): void => {
  const bytes = new Map<string, string>();
  for (const { id, bytes: said } of under.all("published")) {
    if ((bytes.get(id) ?? said) !== said) under.breaks("I4", `${id} was said in two ways`);
    bytes.set(id, said);
  }
  for (const [name, own] of Map.groupBy(under.events, ({ data }) => data.schedule)) {
    const numbers = own.map(({ sequence }) => sequence).toSorted((one, other) => one - other);
    const gap = numbers.findIndex((number, index) => number !== index + 1);
    if (gap >= 0)
      under.breaks(
        "I6",
        `events of ${name} are numbered ${numbers.slice(Math.max(0, gap - 2), gap + 3).join(", ")}`,
      );
  }
  const asked = new Map<string, string>();
  for (const { id, data } of under.events) {
    if (data.confirm_id === null) continue;
    if ((asked.get(data.confirm_id) ?? id) !== id)
      under.breaks("I4", `the question ${data.confirm_id} was asked twice, at ${iso(under.end)}`);
    asked.set(data.confirm_id, id);
  }
};
