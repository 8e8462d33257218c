import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { type Freeze, freezeSchema, lastingOf } from "../schedule/freeze.ts";
import { withKey } from "../schedule/override.ts";
import { notFound } from "./request-refused.ts";
import { allOf, changeDocument, contested, folders, keptUntil, makeDue, standing } from "./schedule-store.ts";

type FreezePorts = Pick<Ports, "documents" | "cells" | "clock">;

const place = (id: string) => ({ folder: folders.freezes, name: id, schema: freezeSchema });

/** Whether it lasts now. */
export const isFrozen = (freeze: Freeze, now: number): boolean => {
  const { from, to } = lastingOf(freeze);
  return from <= now && now < to;
};

/** A freeze that is asked for. */
export interface FreezeRequest {
  readonly id: string;
  /** Null: all schedules. */
  readonly schedule: string | null;
  /** Null: at once. */
  readonly from: string | null;
  /** Null: until it is taken back. */
  readonly until: string | null;
  readonly reason: string | null;
  readonly by: string;
}

/** Makes a freeze; one of that id is made once. It never acts before it was made. */
export const makeFreeze = async (
  { from, until, ...rest }: FreezeRequest,
  ports: FreezePorts,
): Promise<Freeze> => {
  const decide = (before: Freeze | null): Freeze | null => {
    if (before !== null) return null;
    const now = ports.clock.now();
    const begins = from === null ? now : Math.max(now, Date.parse(from));
    const ends = until === null ? null : instant(Date.parse(until));
    return { ...rest, from: instant(begins), until: ends, ended_at: null };
  };
  const freeze =
    until === null
      ? await changeDocument<Freeze>(place(rest.id), decide, ports)
      : await changeDocument<Freeze>(place(rest.id), decide, ports, () => keptUntil(until));
  if (freeze === null) throw contested(`Freeze ${rest.id}`);
  return freeze;
};

/** Freezes that are not over. */
export const standingFreezes = async (ports: FreezePorts): Promise<readonly Freeze[]> =>
  (await allOf(folders.freezes, freezeSchema, ports)).filter(
    (freeze) => lastingOf(freeze).to > ports.clock.now(),
  );

/** The freeze of an id. @throws RequestRefused 404 for one of another schedule */
export const freezeOf = async (schedule: string | null, id: string, ports: FreezePorts): Promise<Freeze> => {
  const { value } = await standing(folders.freezes, id, freezeSchema, ports);
  if (value === null || value.schedule !== schedule) throw notFound(`Override ${id.slice(0, 64)}`);
  return value;
};

/** Gives it another end (null: until it is taken back), once with the same key. @throws RequestRefused 404 */
export const extendFreeze = async (
  schedule: string | null,
  id: string,
  { until, key }: { readonly until: string | null; readonly key: string },
  ports: FreezePorts,
): Promise<Freeze> => {
  await freezeOf(schedule, id, ports);
  const end = until === null ? null : instant(Date.parse(until));
  const decide = (freeze: Freeze | null): Freeze | null => {
    const keys = freeze?.extended_by ?? [];
    if (freeze === null || freeze.ended_at !== null || keys.includes(key)) return null;
    return { ...freeze, until: end, extended_by: withKey(keys, key) };
  };
  const next =
    end === null
      ? await changeDocument<Freeze>(place(id), decide, ports)
      : await changeDocument<Freeze>(place(id), decide, ports, () => keptUntil(end));
  if (next === null) throw notFound(`Override ${id}`);
  await makeDue(ports);
  return next;
};

/** Ends it now; one that is over stays so. @throws RequestRefused 404 */
export const endFreeze = async (schedule: string | null, id: string, ports: FreezePorts): Promise<void> => {
  await freezeOf(schedule, id, ports);
  const now = ports.clock.now();
  await changeDocument<Freeze>(
    place(id),
    (freeze) =>
      freeze !== null && lastingOf(freeze).to > now ? { ...freeze, ended_at: instant(now) } : null,
    ports,
    () => keptUntil(now),
  );
};
