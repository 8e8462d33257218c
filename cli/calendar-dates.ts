/** A date as it stands in a file: `2026-12-25`, `2026-12-24..2027-01-02`, or with its effect. */
export type WrittenDate =
  | string
  | { readonly date: string; readonly effect?: unknown; readonly name?: unknown };

const dayMilliseconds = 86_400_000;

const daysOf = (text: string): string[] => {
  const [from = "", to = from] = text.split("..");
  const [first, last] = [Date.parse(from), Date.parse(to)];
  // What is no date is left as it is: the API says so better.
  if (Number.isNaN(first) || Number.isNaN(last)) return [text];
  const count = Math.max(0, Math.round((last - first) / dayMilliseconds) + 1);
  return Array.from({ length: count }, (_, index) =>
    new Date(first + index * dayMilliseconds).toISOString().slice(0, 10),
  );
};

/** Dates as the API stores them: ranges taken apart, in order, the last one of equal ones. */
export const storedDates = (written: readonly WrittenDate[]) => {
  const byDate = new Map<string, { date: string; effect: unknown; name: unknown }>();
  for (const entry of written) {
    const { date: text, effect = null, name = null } = typeof entry === "string" ? { date: entry } : entry;
    for (const date of daysOf(text)) byDate.set(date, { date, effect, name });
  }
  return [...byDate.values()].toSorted((one, other) => (one.date < other.date ? -1 : 1));
};
