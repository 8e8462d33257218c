import * as z from "zod";

/** What is known of one zone. Nothing is kept of a zone whose last outcomes were all clear. */
export const circuitSchema = z.strictObject({
  /** The last outcomes since the first unclear one: o clear, x unclear. */
  seen: z.string().regex(/^[ox]{0,10}$/),
  /** Calls wait until this instant (ms since the epoch); 0: closed. Behind it, one may go and try. */
  open_until: z.number(),
  /** Until then somebody tries. */
  tried_until: z.number(),
});
export type Circuit = z.infer<typeof circuitSchema>;

/** So many unclear outcomes of the last so many open a circuit, for so long (R40). */
const unclearLimit = 5;
const lastOutcomes = 10;
const openMilliseconds = 30_000;
/** A trial that says nothing for this long is given up: its sender died. Longer than any answer is waited for. */
const trialMilliseconds = 20_000;

const opened = (now: number): Circuit => ({
  seen: "",
  open_until: now + openMilliseconds,
  tried_until: 0,
});

const unclearIn = (seen: string): number => seen.replaceAll("o", "").length;

/** What an outcome makes of a zone; null: nothing is left to keep. */
export const afterOutcome = (
  circuit: Circuit | null,
  isUnclear: boolean,
  sentAt: number,
  now: number,
): Circuit | null => {
  if (circuit !== null && circuit.open_until > 0) {
    // What was sent before it opened, or by somebody who did not know, says nothing new.
    if (sentAt < circuit.open_until) return circuit;
    return isUnclear ? opened(now) : null;
  }
  if (circuit === null && !isUnclear) return null;
  const seen = `${circuit?.seen ?? ""}${isUnclear ? "x" : "o"}`.slice(-lastOutcomes);
  const unclear = unclearIn(seen);
  if (unclear >= unclearLimit) return opened(now);
  return unclear === 0 ? null : { seen, open_until: 0, tried_until: 0 };
};

/** Whether a call may go to the zone; "try": it may if it is the only one. */
export const passage = (circuit: Circuit | null, now: number): "go" | "try" | "wait" => {
  if (circuit === null || circuit.open_until === 0) return "go";
  return now < Math.max(circuit.open_until, circuit.tried_until) ? "wait" : "try";
};

/** The circuit while one call is out to try. */
export const withTrial = (circuit: Circuit, now: number): Circuit => ({
  ...circuit,
  tried_until: now + trialMilliseconds,
});
