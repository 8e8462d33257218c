import * as z from "zod";
import type { Operation } from "../operation/operation.ts";
import { living, reservationSchema } from "./reservation.ts";

/** A server that counts, from the request for it on. */
const countedSchema = z.strictObject({
  /** The operation that makes it. */
  by: z.string(),
  /** When it was counted, in milliseconds since the epoch. */
  at: z.number(),
  /** The server's id, once it is known. */
  id: z.string().nullable(),
});
export type Counted = z.infer<typeof countedSchema>;

/** What a connection with counted limits has used: the value of its cell. */
export const countersSchema = z.strictObject({
  /** Requests of the last while, so that each is counted once however often it is tried. */
  recent: z.array(z.strictObject({ by: z.string(), at: z.number(), makes: z.boolean() })),
  /** The UTC day that `millionths` belongs to. */
  day: z.string(),
  /** Millionths of a euro that the requests of the day cost in 24 hours. */
  millionths: z.int().nonnegative(),
  servers: z.array(countedSchema),
  /** When the servers were last looked at, in milliseconds since the epoch. */
  recounted_at: z.number(),
  /** What bulk jobs have set aside; left out where there is none. */
  reservations: z.array(reservationSchema).exactOptional(),
});
export type Counters = z.infer<typeof countersSchema>;

export const noCounters: Counters = { recent: [], day: "", millionths: 0, servers: [], recounted_at: 0 };

/** Name of the cell. */
export const countersKey = (connection: string): string => `limits/${connection}`;

/** A request is remembered for so many milliseconds: longer than the queue repeats one. */
const rememberedFor = 900_000;
const mostRemembered = 600;
export const minute = 60_000;

/** The UTC day of an instant: `2026-11-02`. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** The counters with these reservations; without the field where there are none. */
export const withReservations = (counters: Counters, reservations: Counters["reservations"]): Counters => {
  const { reservations: _, ...others } = counters;
  return reservations === undefined || reservations.length === 0 ? others : { ...others, reservations };
};

/** The counters as they are now: another day, and what is long past forgotten. */
export const atInstant = (counters: Counters, now: number): Counters => {
  const day = dayOf(now);
  return {
    ...withReservations(counters, [...living(counters.reservations, now)]),
    recent: counters.recent.filter(({ at }) => at > now - rememberedFor).slice(-mostRemembered),
    day,
    millionths: counters.day === day ? counters.millionths : 0,
  };
};

/** Whether the operation's request stands in the counters already. */
export const isCounted = ({ recent, servers }: Counters, operation: string): boolean =>
  recent.some(({ by }) => by === operation) || servers.some(({ by }) => by === operation);

/** How many creates the last minute has seen. */
export const inLastMinute = ({ recent }: Counters, now: number): number =>
  recent.filter(({ at, makes }) => makes && at > now - minute).length;

/** What a recount has found out. */
export interface Findings {
  /** Operations whose server is gone, or that ended without one. */
  readonly gone: ReadonlySet<string>;
  /** Operation → the server that it has made. */
  readonly made: ReadonlyMap<string, string>;
}

export const noFindings: Findings = { gone: new Set(), made: new Map() };

/** The counters after a recount. Servers that were not counted before (the limit is new, say) are from now on. */
export const recounted = (counters: Counters, { gone, made }: Findings, now: number): Counters => {
  const kept = counters.servers
    .filter(({ by }) => !gone.has(by))
    .map(({ by, at, id }) => ({ by, at, id: made.get(by) ?? id }));
  const known = new Set(counters.servers.map(({ by }) => by));
  const found = [...made].flatMap(([by, id]) => (known.has(by) || gone.has(by) ? [] : [{ by, at: now, id }]));
  return { ...counters, servers: [...kept, ...found], recounted_at: now };
};

/** A request whose row is missing for so many milliseconds was never put: whoever counted it died before. */
const rowWithin = 600_000;

/** What the operations' rows say about those whose server is not known yet. */
export const findingsOfRows = (
  servers: readonly Counted[],
  rows: readonly Operation[],
  now: number,
): Findings => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const gone = new Set<string>();
  const made = new Map<string, string>();
  for (const { by, at, id } of servers) {
    if (id !== null) continue;
    const row = byId.get(by);
    const server = row?.resource?.id ?? null;
    if (row === undefined && now - at > rowWithin) gone.add(by);
    if (row === undefined) continue;
    if (server !== null) made.set(by, server);
    // What needs attention may have made one: it counts until a person has settled it.
    else if (row.state === "failed" || row.state === "cancelled" || row.state === "succeeded") gone.add(by);
  }
  return { gone, made };
};
