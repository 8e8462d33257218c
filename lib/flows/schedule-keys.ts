import * as z from "zod";
import { asJson } from "../operation/json.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { RequestRefused } from "./request-refused.ts";
import { standing } from "./schedule-store.ts";

const folder = "schedule-keys";
/** Seconds after its end for which it is known what a key was used for. */
const keptSeconds = 7 * 86_400;

/** What an idempotency key was used for first. */
const usedSchema = z.strictObject({
  /** Of the request's body. */
  fingerprint: z.string(),
  /** When what it asked for ends: a repeat asks for the same end, and not for a later one. */
  until: z.iso.datetime(),
  at: z.iso.datetime(),
});
type Used = z.infer<typeof usedSchema>;

/** A request that bears a key. */
export interface KeyedRequest {
  /** What it is asked of, by whom, and the key. */
  readonly place: readonly string[];
  readonly body: object;
}

/** What the key stands for; `isRepeat`: it was used for the same before. */
export interface Claimed {
  readonly until: string;
  readonly isRepeat: boolean;
}

const nameOf = ({ place }: KeyedRequest): string => fingerprintOf([...place]).slice(0, 32);
const printOf = ({ body }: KeyedRequest): string => fingerprintOf(asJson(body));

const checked = (used: Used, request: KeyedRequest): Claimed => {
  if (used.fingerprint === printOf(request)) return { until: used.until, isRepeat: true };
  throw new RequestRefused({
    status: 422,
    code: "IDEMPOTENCY_KEY_REUSED",
    title: "The idempotency key was used for another request",
    detail: `This key was used at ${used.at}, for a request that was different.`,
    hint: "Send the same body again, or use a new key.",
  });
};

/** What a key was used for before; null: for nothing. @throws RequestRefused 422 when it was for another body */
export const usedBefore = async (
  request: KeyedRequest,
  ports: Pick<Ports, "documents">,
): Promise<Claimed | null> => {
  const { value } = await standing(folder, nameOf(request), usedSchema, ports);
  return value === null ? null : checked(value, request);
};

/**
 * Uses a key, in one conditional write; whoever comes second with it is given the end of who came first.
 * @throws RequestRefused 422 when it was used for another body
 */
export const useKey = async (
  request: KeyedRequest,
  until: string,
  ports: Pick<Ports, "documents" | "clock">,
): Promise<Claimed> => {
  const used: Used = {
    fingerprint: printOf(request),
    until: instant(Date.parse(until)),
    at: instant(ports.clock.now()),
  };
  const expires = Math.floor(Date.parse(until) / 1000) + keptSeconds;
  if (await ports.documents.save(folder, nameOf(request), asJson(used), 0, expires))
    return { until: used.until, isRepeat: false };
  const before = await usedBefore(request, ports);
  // What was there a moment ago and has expired meanwhile stands for nothing.
  return before ?? { until: used.until, isRepeat: false };
};
