import { asJson } from "../operation/json.ts";
import { instant } from "../operation/time.ts";
import { attemptMilliseconds, outcomeOf } from "./attempt-delivery.ts";
import type { DeliverPorts } from "./deliver-webhooks.ts";
import { inParallel } from "./in-parallel.ts";
import { signedAs } from "./schedule-signing.ts";
import { type DueCallback, dueCallbackSchema, dueFolder } from "./wake-callbacks.ts";

const callsAtOnce = 25;
const pageSize = 200;
/** Milliseconds before each further attempt; after the last one it is given up. */
const pauses = [30_000, 120_000, 600_000, 3_600_000];
/** Seconds for which one is kept whose caller has died. */
const keptSeconds = 86_400;

/** Calls once. @returns why it was not taken; null: it was */
const call = async (
  { id, url, body, signed_as: schedule }: DueCallback,
  ports: DeliverPorts,
): Promise<string | null> => {
  const signed =
    schedule === undefined ? { "webhook-id": id } : await signedAs(schedule, { id, body }, ports);
  try {
    const { status } = await ports.http.send({
      method: "POST",
      url,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Switchyard/1 (wake)",
        ...signed,
      },
      body,
      timeoutMilliseconds: attemptMilliseconds,
    });
    return status >= 200 && status < 300 ? null : `it was answered with ${status}`;
  } catch (error) {
    return outcomeOf(error).detail;
  }
};

/** Writes down that it is being called, then calls: two deliverers at the same time call once. */
const attempt = async (due: DueCallback, version: number, ports: DeliverPorts): Promise<void> => {
  const { documents, clock, log } = ports;
  const now = clock.now();
  const pause = pauses[due.attempts];
  const next = { ...due, attempts: due.attempts + 1, next_at: instant(now + (pause ?? 3_600_000)) };
  const expires = Math.floor(now / 1000) + keptSeconds;
  if (!(await documents.save(dueFolder, due.id, asJson(next), version, expires))) return;
  const why = await call(due, ports);
  if (why !== null && pause !== undefined) return;
  if (why !== null) log.warn("a callback was given up", { why: due.id, error: why });
  await documents.remove(dueFolder, due.id, version + 1);
};

/** Tells those who have woken servers that they run. With nobody to tell it costs one read. */
export const callBack = async (ports: DeliverPorts, endsAt: number): Promise<void> => {
  const { documents, clock } = ports;
  let after: string | null = null;
  do {
    const page = await documents.list(dueFolder, after, pageSize);
    await inParallel(page.documents, callsAtOnce, async ({ value, version }) => {
      const due = dueCallbackSchema.parse(value);
      if (clock.now() < endsAt && Date.parse(due.next_at) <= clock.now()) await attempt(due, version, ports);
    });
    after = page.next;
  } while (after !== null);
};
