import { instant } from "../operation/time.ts";
import type { BulkRun, RunningItem } from "./bulk-run.ts";

/**
 * Names the operations of the items that were chosen, so that they are listed: one write for all of them. Those that
 * could not be named wait for the next round.
 */
export const enrolChosen = async (run: BulkRun): Promise<void> => {
  const { operations, log } = run.turn.ports;
  const waiting: RunningItem[] = [];
  for (const { running } of run.runs.values())
    for (const entry of running.values()) if (!entry.isEnrolled && entry.lookAt === null) waiting.push(entry);
  for (const [createdAt, entries] of Map.groupBy(waiting, (entry) => entry.createdAt)) {
    try {
      const ids = entries.map(({ operationId }) => operationId);
      await operations.enrol(ids, instant(createdAt));
      for (const entry of entries) entry.isEnrolled = true;
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown fault";
      log.warn("operations of bulk jobs could not be named; they are begun in a moment", { error: why });
    }
  }
};
