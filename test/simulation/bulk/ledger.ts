import * as z from "zod";
import { jobViewSchema, type JobView } from "../../../lib/bulk/job-view.ts";

/** An item as the API has shown it. */
export const itemSchema = z.object({
  index: z.number(),
  operation_id: z.string().nullable(),
  key: z.string(),
  name: z.string().nullable(),
  state: z.string(),
  attempts: z.number(),
  code: z.string().nullable(),
  server_id: z.string().nullable(),
  started_at: z.string().nullable(),
});
export type ItemShown = z.infer<typeof itemSchema>;

/** A job as it was shown, `at` ms since the epoch; `asked`: when that was asked for, at the latest. */
export interface JobRead {
  readonly asked: number;
  readonly at: number;
  readonly view: JobView;
}

export type DeedName = "submit" | "confirm" | "pause" | "resume" | "cancel" | "abort" | "retry";

/** Something that was asked of a job. `asked` for the first time; null as long as nobody has answered. */
export interface Deed {
  readonly name: DeedName;
  readonly asked: number;
  answered: number | null;
  status: number | null;
  view: JobView | null;
  /** How many items a retry has taken, where it said so. */
  retried: number;
}

/** Items as a walk over all pages has shown them. */
export interface Walk {
  readonly asked: number;
  readonly at: number;
  readonly state: string | null;
  readonly items: readonly ItemShown[];
}

/** A report as it was given. */
export interface ReportGiven {
  readonly format: "csv" | "jsonl";
  readonly isFinal: boolean;
  readonly text: string;
  readonly digest: string;
}

/** All that people were told of one job. */
export class JobRecord {
  readonly label: string;
  /** Null until it is taken. */
  id: string | null = null;
  readonly reads: JobRead[] = [];
  readonly deeds: Deed[] = [];
  readonly walks: Walk[] = [];
  readonly reports: ReportGiven[] = [];
  /** The walk after everything is over. */
  end: Walk | null = null;

  constructor(label: string) {
    this.label = label;
  }

  /** As it was shown last: an answer that was long on its way may be older than one that came before it. */
  get last(): JobView | null {
    let last: JobRead | null = null;
    for (const read of this.reads) if (last === null || read.asked >= last.asked) last = read;
    return last?.view ?? null;
  }

  did(name: DeedName): readonly Deed[] {
    return this.deeds.filter((deed) => deed.name === name);
  }
}

const retriedSchema = z.looseObject({ retried: z.number().optional() });

/** The view in an answer, and how many items a retry has taken. @throws ZodError when it is none */
export const viewIn = (body: string): { readonly view: JobView; readonly retried: number } => {
  const { retried = 0, ...rest } = retriedSchema.parse(JSON.parse(body));
  return { view: jobViewSchema.parse(rest), retried };
};
