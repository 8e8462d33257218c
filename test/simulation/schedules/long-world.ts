import * as z from "zod";
import type { Fact } from "../history.ts";
import { World } from "../world.ts";

const saidSchema = z.object({
  data: z.looseObject({
    edge: z.object({ at: z.string(), action: z.string() }).nullish(),
    servers: z.array(z.looseObject({ id: z.string(), because: z.string().nullable() })).nullish(),
    reason: z.string().nullish(),
  }),
});

/** A fact in a line that people can read. */
const wordsOf = (fact: Fact): string => {
  if (fact.what !== "published") return JSON.stringify(fact);
  const { edge, servers, reason } = saidSchema.parse(JSON.parse(fact.bytes)).data;
  const about = edge == null ? "" : ` of ${edge.action} at ${edge.at}`;
  const named = (servers ?? []).map(({ id, because }) => `${id} (${because ?? ""})`).join(", ");
  return `${fact.subject} ${fact.sequence}: ${fact.type}${about} ${named} ${reason ?? ""}`;
};

/** Everyday facts, of which there are too many to read. */
const isEveryday = (fact: Fact): boolean => fact.what === "sent" || fact.what === "invocation over";

/** A world that begins on a day of its own, and whose timeline is told in dates. */
export class LongWorld extends World {
  override record(fact: Fact): void {
    this.entries.push({ ...fact, at: this.now });
    if (!isEveryday(fact)) this.say(() => `* ${wordsOf(fact)}`);
    for (const listener of this.listeners) listener(fact);
  }

  override say(line: () => string): void {
    if (!this.settings.tracing) return;
    this.trace.push(`${new Date(this.now).toISOString()}  ${line()}`);
  }
}
