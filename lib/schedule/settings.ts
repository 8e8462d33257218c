import * as z from "zod";
import { durationSchema, millisecondsOf } from "./elapsed.ts";

export const modes = ["respect", "enforce", "stop-only", "start-only", "observe"] as const;

const shareSchema = z.union(
  [
    z.int().min(1).max(100_000),
    z.string().regex(/^(100|[1-9]\d?)%$/, { error: 'must be a number, or a share such as "20%"' }),
  ],
  { error: 'must be a number of servers, or a share such as "20%"' },
);

/** The longest that somebody who is asked may take to answer, in milliseconds. */
export const longestAnswer = 10_000;

const busyCheckSchema = z.strictObject({
  /** Asked with POST before a stop, and before nothing else. */
  url: z.string().min(1).max(2048),
  timeout: durationSchema
    .refine((text) => millisecondsOf(text) >= 1000 && millisecondsOf(text) <= longestAnswer, {
      error: "must be from 1s to 10s",
    })
    .exactOptional(),
  /** Where nobody answers: the stop is done (`open`), or waits (`closed`, the default). */
  on_failure: z.enum(["open", "closed"]).exactOptional(),
});

/** What may put a command off. None of it changes what is wanted. */
export const guardsSchema = z.strictObject({
  /** A server is not stopped before it has been on for so long. */
  min_uptime: durationSchema.exactOptional(),
  /** A stop is left out when the server would be started again sooner. */
  min_off_time: durationSchema.exactOptional(),
  max_stops_per_day: z.int().min(1).max(100).exactOptional(),
  /** More servers than this in one tick wait for a person's confirmation. */
  max_affected: shareSchema.exactOptional(),
  /** Stops a server although its type is scarce, so that it may not start again. */
  accept_no_return: z.boolean().exactOptional(),
  /** Stops servers that the provider shows as protected. */
  stop_protected: z.boolean().exactOptional(),
  busy_check: busyCheckSchema.exactOptional().meta({
    description:
      'A webhook that may veto stops: `{"busy": true, "reason"}` or 409 or 423 puts a stop off, and it is asked again at the next tick.',
  }),
});
export type Guards = z.infer<typeof guardsSchema>;

const staggerFields = z.strictObject({
  /** Commands of one edge are spread over this long, each server always at its own place. */
  spread: durationSchema.exactOptional(),
  /** So many commands at a time in one zone. */
  max_parallel: z.int().min(1).max(1000).exactOptional(),
});
/** `"10m"` is `{spread: "10m"}`. */
export const staggerSchema = z.union([durationSchema, staggerFields]);
export type Stagger = z.infer<typeof staggerFields>;

/** Stagger as an object, whichever way it was written. */
export const staggerOf = (stagger: z.infer<typeof staggerSchema> | undefined): Stagger =>
  typeof stagger === "string" ? { spread: stagger } : (stagger ?? {});

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

const needFields = z.strictObject({
  /** Another schedule: its servers are ready before those of this one are started. */
  schedule: z.string().min(1).max(64),
  ready: z
    .string()
    .regex(/^(running|callback|tcp:\d{1,5}|https?:\S{1,300})$/, {
      error: "must be running, callback, tcp:<port> or the URL of a probe",
    })
    .refine((ready) => !ready.startsWith("tcp:") || isPort(Number(ready.slice("tcp:".length))), {
      error: "must name a port from 1 to 65535",
    })
    .exactOptional(),
  timeout: durationSchema.exactOptional(),
  on_failure: z.enum(["hold", "continue", "rollback"]).exactOptional(),
  /** A stop while servers that need it are on: kept back (`block`, the default), or done and said (`warn`). */
  stop_while_needed: z.enum(["block", "warn"]).exactOptional(),
});
/** The name of another schedule, or more about it. */
export const needSchema = z.union([z.string().min(1).max(64), needFields]);

export interface Need {
  readonly schedule: string;
  readonly ready: string;
  readonly timeoutMinutes: number;
  readonly onFailure: "hold" | "continue" | "rollback";
  readonly stopWhileNeeded: "block" | "warn";
}

export const catchUpSchema = z.strictObject({
  /** A gap longer than this is an outage. */
  minutes: z.int().min(1).max(10_080).default(30),
  /** After an outage, a change of more servers than this share waits for a person. */
  percent: z.int().min(0).max(100).default(20),
  /** An edge that is later than this is skipped. */
  late: durationSchema.default("6h"),
});
export type CatchUp = z.infer<typeof catchUpSchema>;

/** `apply`: a server made in off time is switched like the others, once its grace is over. */
export const newServersSchema = z.union([
  z.enum(["leave", "apply"]),
  z.strictObject({ apply_after: durationSchema }),
]);

export const holdSettingSchema = z.union([z.enum(["until_next_off_edge", "none"]), durationSchema], {
  error: "must be until_next_off_edge, none, or a time such as 4h",
});
