import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { scheduleSchema, type Schedule } from "../schedule/schedule.ts";
import { SigningKeyTooShort } from "../webhook/signature.ts";
import { notFound, RequestRefused } from "./request-refused.ts";
import { folders, standing } from "./schedule-store.ts";
import type { SchedulePorts } from "./schedules.ts";
import { readSnoozeToken, type Snooze } from "./snooze-token.ts";
import { claimOf, claimStop, snoozeOverride, type StopClaim } from "./stop-claims.ts";

export type SnoozePorts = SchedulePorts &
  Pick<Ports, "secrets"> & {
    /** Where the key is kept that links are signed with. */
    readonly signingKeyReference: string;
  };

const refused = (status: number, code: string, title: string, detail: string): RequestRefused =>
  new RequestRefused({ status, code, title, detail });

const expired = (at: number): RequestRefused =>
  refused(
    410,
    "SNOOZE_EXPIRED",
    "The link is no longer good",
    `The stop was at ${instant(at)}; the link was good until then.`,
  );
const tooLate = (): RequestRefused =>
  refused(409, "SNOOZE_TOO_LATE", "The stop has begun", "The servers are being stopped: wake them instead.");
const used = ({ until }: Extract<StopClaim, { by: "snooze" }>): RequestRefused =>
  refused(
    409,
    "SNOOZE_USED",
    "The link was used",
    `The stop was snoozed before: the servers stay on until ${until}.`,
  );

/** @throws RequestRefused 503 */
const readToken = async (
  token: string,
  { secrets, signingKeyReference }: SnoozePorts,
): Promise<Snooze | null> => {
  try {
    return readSnoozeToken(token, await secrets.read(signingKeyReference));
  } catch (cause) {
    const why = cause instanceof SigningKeyTooShort ? "is too short" : "can't be read";
    throw new RequestRefused({
      status: 503,
      code: "SIGNING_KEY_UNAVAILABLE",
      title: "Links can't be checked now",
      detail: `The signing key of this installation ${why}.`,
      retryAfterSeconds: 30,
      cause,
    });
  }
};

/** What a link is about. */
interface Linked {
  readonly schedule: Schedule;
  readonly snooze: Snooze;
}

/** @throws RequestRefused 404 for what is none of our links, 503 */
const linked = async (token: string, ports: SnoozePorts): Promise<Linked> => {
  const snooze = await readToken(token, ports);
  const found = snooze === null ? null : await standing(folders.schedules, snooze.s, scheduleSchema, ports);
  // A forged link and one of a schedule that is gone are answered alike.
  if (snooze === null || found === null || found.value === null) throw notFound("The link");
  return { schedule: found.value, snooze };
};

/** What a link would do; instants in milliseconds since the epoch. */
export interface SnoozeOffer {
  readonly schedule: string;
  readonly stopAt: number;
  readonly until: number;
}

/** What a link would do; nothing is done. @throws RequestRefused 404, 409, 410, 503 */
export const offerSnooze = async (token: string, ports: SnoozePorts): Promise<SnoozeOffer> => {
  const { schedule, snooze } = await linked(token, ports);
  const claim = await claimOf(schedule, snooze.a, ports);
  if (claim?.by === "snooze") throw used(claim);
  if (ports.clock.now() >= snooze.a) throw expired(snooze.a);
  if (claim !== null) throw tooLate();
  return { schedule: schedule.name, stopAt: snooze.a, until: snooze.u };
};

/**
 * Snoozes a stop, once. Who is first wins: after the stop has begun nothing is snoozed, and what was snoozed is not
 * stopped.
 * @throws RequestRefused 404, 409, 410, 503
 */
export const snoozeStop = async (token: string, ports: SnoozePorts): Promise<SnoozeOffer> => {
  const { schedule, snooze } = await linked(token, ports);
  const now = ports.clock.now();
  if (now >= snooze.a) {
    const claim = await claimOf(schedule, snooze.a, ports);
    if (claim?.by !== "snooze") throw expired(snooze.a);
    // Whoever has claimed it in time may have died before this.
    if (now < Date.parse(claim.until)) await snoozeOverride(schedule, snooze.a, claim, ports);
    throw used(claim);
  }
  const wanted = { by: "snooze", from: instant(now), until: instant(snooze.u) } as const;
  const { claim, isOurs } = await claimStop(schedule, snooze.a, wanted, ports);
  if (claim.by === "stop") throw tooLate();
  // Whoever has claimed it may have died before this.
  await snoozeOverride(schedule, snooze.a, claim, ports);
  if (!isOurs) throw used(claim);
  return { schedule: schedule.name, stopAt: snooze.a, until: snooze.u };
};
