import * as z from "zod";

const instantSchema = z.iso.datetime();
const actionSchema = z.enum(["on", "off"]);

/** What the ticks of one schedule have left behind; one small row, written only when something was due. */
export const scheduleStateSchema = z.strictObject({
  /** Everything that was due up to here, inclusive, has been acted on. Null: nothing yet. */
  applied_until: instantSchema.nullable(),
  /** The latest edge that was acted on, as people see it. */
  last_edge: z.strictObject({ at: instantSchema, action: actionSchema }).nullable(),
  /** What waits for a person: too many servers at once, or an outage. */
  confirm: z
    .strictObject({
      /** Names what is confirmed; another one is something else. */
      id: z.string(),
      /** What came after this, up to `asked_at`, is done when it is confirmed: the latest edge only. */
      since: instantSchema,
      asked_at: instantSchema,
      affected: z.int(),
      total: z.int(),
      because: z.string(),
    })
    .nullable(),
  /** The `confirm.id` that a person has confirmed. */
  confirmed: z.string().nullable(),
  /** Some servers wait for a guard, a dependency or a place: look again at each tick. */
  waiting: z.boolean(),
});
export type ScheduleState = z.infer<typeof scheduleStateSchema>;

/** A schedule that no tick has seen. */
export const freshScheduleState: ScheduleState = {
  applied_until: null,
  last_edge: null,
  confirm: null,
  confirmed: null,
  waiting: false,
};

/** What is known of one server of a schedule between ticks. Kept only where there is something to keep. */
export const serverStateSchema = z.strictObject({
  /** The edge that was acted on last, or skipped. */
  edge: z.strictObject({ id: z.string(), at: instantSchema, action: actionSchema }).nullable(),
  /** An edge that something has put off. */
  waiting: z
    .strictObject({
      id: z.string(),
      at: instantSchema,
      action: actionSchema,
      because: z.string(),
      since: instantSchema,
    })
    .nullable(),
  /** Since when it is on, as far as is known: never too early. Null: it is off, or nobody has seen it on. */
  on_since: instantSchema.nullable(),
  /** Our stops of the last day. */
  stops: z.array(instantSchema),
  /** Our corrections of the last hour (`enforce`). */
  corrections: z.array(instantSchema),
});
export type ServerState = z.infer<typeof serverStateSchema>;

export const freshServerState: ServerState = {
  edge: null,
  waiting: null,
  on_since: null,
  stops: [],
  corrections: [],
};
