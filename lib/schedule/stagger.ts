import { hash } from "node:crypto";
import { millisecondsOf } from "./elapsed.ts";
import { unlearnedSeconds } from "./learned-start.ts";
import { dayMilliseconds, minuteMilliseconds } from "./local-date.ts";
import { ruleOf, zoneOf, type Schedule } from "./schedule.ts";
import { staggerOf } from "./settings.ts";
import { resolveWall, wallAt } from "./wall-time.ts";

const digestOf = (parts: readonly (string | number)[]): string => hash("sha256", parts.join("\n"), "hex");

/** The id of what an edge asks of a server: the same in every tick, repeated, late or doubled. */
export const edgeIdOf = (
  schedule: Pick<Schedule, "name" | "version">,
  server: string,
  at: number,
  cause: string,
): string => digestOf([schedule.name, server, at, schedule.version, cause]).slice(0, 32);

/**
 * Milliseconds by which a server's command is put off, so that those of one edge are spread over `spread`. Always the
 * same for the same server and edge, on whole seconds, and never as far as the next opposite edge.
 * @param room milliseconds until the next opposite edge
 */
export const offsetOf = (spread: number, server: string, at: number, room: number): number => {
  const seconds = Math.floor(Math.min(spread, Math.max(0, room - minuteMilliseconds)) / 1000);
  return seconds <= 0 ? 0 : (Number.parseInt(digestOf([server, at]).slice(0, 8), 16) % seconds) * 1000;
};

/** Milliseconds over which the commands of an edge are spread. */
export const spreadOf = (schedule: Schedule): number => millisecondsOf(staggerOf(schedule.stagger).spread);

/** The instant by which a server is to be running for an on-edge; null where nothing is asked. */
export const readyTimeOf = (schedule: Schedule, at: number): number | null => {
  const { ready_by: readyBy } = schedule;
  if (readyBy === undefined) return null;
  if (readyBy === true) return at;
  const zone = zoneOf(schedule);
  const midnight = Math.floor(wallAt(zone, at) / dayMilliseconds) * dayMilliseconds;
  const minutes = Number(readyBy.slice(0, 2)) * 60 + Number(readyBy.slice(3));
  const days = [midnight, midnight + dayMilliseconds].map(
    (day) => resolveWall(zone, day + minutes * minuteMilliseconds, ruleOf(schedule)).at,
  );
  return days.find((time) => time >= at) ?? at;
};

/** Started this much earlier than it was learned to need: another time the slowest one is slower still. */
const reserve = 2;
/** The furthest that a start leads its edge, in milliseconds. */
export const longestLead = 30 * minuteMilliseconds;

/**
 * Milliseconds before its edge at which a server is started, so that it runs by the time that is asked for. The tick that
 * sends it may come a minute later.
 * @param startSeconds how long the slowest of its starts take, as learned; left out: three minutes
 * @param room milliseconds since the last opposite edge
 */
export const leadOf = (
  schedule: Schedule,
  at: number,
  startSeconds: number | undefined,
  room: number,
): number => {
  const ready = readyTimeOf(schedule, at);
  if (ready === null) return 0;
  const needed = Math.ceil((startSeconds ?? unlearnedSeconds) * reserve) * 1000 + minuteMilliseconds;
  return Math.max(0, Math.min(needed - (ready - at), longestLead, room));
};
