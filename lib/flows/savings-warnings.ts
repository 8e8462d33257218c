import type { Schedule } from "../schedule/schedule.ts";

/** What is missing in what a schedule is told to save, or is counted elsewhere as well. */
export interface SavingsWarning {
  readonly code: "PRICE_UNKNOWN" | "PRICE_PARTIAL" | "OBSERVE_ONLY" | "PLANNED_ONLY" | "COUNTED_TWICE";
  readonly detail: string;
}

/** What was found out about the servers of a schedule while they were counted. */
export interface Counted {
  readonly unpriced: number;
  readonly partial: number;
  /** Servers that other schedules select as well, and which schedules. */
  readonly shared: { readonly servers: number; readonly schedules: ReadonlySet<string> };
}

const priceWarnings = ({ unpriced, partial }: Counted): readonly SavingsWarning[] => [
  ...(unpriced === 0
    ? []
    : [
        {
          code: "PRICE_UNKNOWN" as const,
          detail: `The price of ${unpriced} servers is not known: they count as free. Neither the provider tells it nor the connection (prices.types).`,
        },
      ]),
  ...(partial === 0
    ? []
    : [
        {
          code: "PRICE_PARTIAL" as const,
          detail: `Volumes or public addresses of ${partial} servers go on costing, and their price is not known (prices.volume_gb_hour, prices.ipv4_hour of the connection): by how much the whole bill falls can't be told.`,
        },
      ]),
];

const mostNamed = 10;

const sharedWarnings = ({ shared: { servers, schedules } }: Counted): readonly SavingsWarning[] => {
  if (servers === 0) return [];
  const all = [...schedules].toSorted();
  const more = all.length > mostNamed ? ` and ${all.length - mostNamed} more` : "";
  const names = `${all.slice(0, mostNamed).join(", ")}${more}`;
  const detail = `Of these servers ${servers} are selected by other schedules as well (${names}): what all of them together want is counted, and each of them counts it. Don't add up their sums.`;
  return [{ code: "COUNTED_TWICE", detail }];
};

/**
 * What may be taken for more than it is, in the savings of a schedule over a span.
 * @param now in milliseconds since the epoch, as the span
 */
export const savingsWarnings = (
  schedule: Schedule,
  span: { readonly from: number; readonly to: number },
  counted: Counted,
  now: number,
): readonly SavingsWarning[] => {
  const isPast = Math.max(span.from, Date.parse(schedule.created_at)) < Math.min(span.to, now);
  const observes = {
    code: "OBSERVE_ONLY" as const,
    detail: "The schedule only observes and stops nothing: this is what it would save.",
  };
  const planned = {
    code: "PLANNED_ONLY" as const,
    detail:
      "Hours that have passed are those of the rules of now, with overrides and freezes: what was stopped late, not at all, or by others is not subtracted.",
  };
  return [
    ...priceWarnings(counted),
    ...(schedule.mode === "observe" ? [observes] : []),
    ...(isPast && schedule.mode !== "observe" ? [planned] : []),
    ...sharedWarnings(counted),
  ];
};
