import { answerTimes, patience, type Patience } from "./transport.ts";

/** How reads of one sort are made; the time for an answer is in milliseconds. */
export interface Pace {
  readonly patience: Patience;
  readonly timeoutMilliseconds: number;
}

/** Whoever reads through waits for it. */
export const readerPace: Pace = { patience: patience.read, timeoutMilliseconds: answerTimes.list };

/** A plan can wait longer for its turn, but not for an answer: the request that wants it has to be answered too. */
export const planPace: Pace = {
  patience: { milliseconds: 8000, urgency: "read" },
  timeoutMilliseconds: 6000,
};
