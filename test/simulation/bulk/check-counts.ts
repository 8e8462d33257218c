import type { JobView } from "../../../lib/bulk/job-view.ts";
import type { BulkCase } from "./checker.ts";
import type { ItemShown, JobRecord, Walk } from "./ledger.ts";

const sumOf = ({ counts }: JobView): number => {
  const { total: _total, ...others } = counts;
  return Object.values(others).reduce((sum, one) => sum + one, 0);
};

/** Whether somebody had asked for a retry before that instant. */
const wasRetried = (record: JobRecord, at: number): boolean =>
  record.did("retry").some(({ asked }) => asked <= at);

const mayRollBack = ({ last }: JobRecord): boolean => last?.options.on_stop === "rollback";

/** The later of two reads that do not overlap does not take back what the earlier one has said. */
const checkReads = (under: BulkCase, record: JobRecord): void => {
  let before: JobRecord["reads"][number] | null = null;
  for (const read of record.reads) {
    const { counts, ended_at: endedAt } = read.view;
    if (sumOf(read.view) !== counts.total)
      under.breaks(
        "I9",
        `${record.label} was shown with counts that do not add up: ${JSON.stringify(counts)}`,
      );
    if (counts.total !== record.reads[0]?.view.counts.total)
      under.breaks("I9", `${record.label} has another total`);
    if (before !== null && before.at <= read.asked && !wasRetried(record, read.at)) {
      const was = before.view.counts;
      const isLess = (["failed", "cancelled", "skipped", "needs_attention"] as const).filter(
        (state) => counts[state] < was[state],
      );
      if (counts.succeeded < was.succeeded && !mayRollBack(record)) isLess.push("cancelled");
      if (isLess.length > 0)
        under.breaks("backwards", `${record.label}: ${JSON.stringify(was)}, then ${JSON.stringify(counts)}`);
      if (before.view.ended_at !== null && endedAt === null)
        under.breaks("backwards", `${record.label} had ended, and goes on`);
    }
    if (before === null || read.at >= before.at) before = read;
  }
};

const rank = (state: string): number => (state === "pending" ? 0 : state === "running" ? 1 : 2);

const isBackwards = (was: ItemShown, is: ItemShown, record: JobRecord): boolean => {
  // What the provider's refusal of our key, or a pause, has given back is begun again.
  const isGivenBack = was.state === "running" && is.state === "pending";
  if (isGivenBack)
    return !record.reads.some(({ view }) => view.paused !== null) && record.did("pause").length === 0;
  if (rank(is.state) < rank(was.state)) return true;
  if (rank(was.state) < 2 || was.state === is.state) return false;
  return !(was.state === "succeeded" && is.state === "cancelled" && mayRollBack(record));
};

const checkWalks = (under: BulkCase, record: JobRecord): void => {
  const walks: Walk[] = [...record.walks, ...(record.end === null ? [] : [record.end])];
  let before: Walk | null = null;
  for (const walk of walks) {
    const places = walk.items.map(({ index }) => index);
    if (places.some((place, index) => index > 0 && place <= (places[index - 1] ?? -1)))
      under.breaks("items", `${record.label} shows items out of their order: ${places.join(" ")}`);
    if (walk.state !== null) continue;
    if (before !== null && before.at <= walk.asked && !wasRetried(record, walk.at))
      for (const [index, item] of walk.items.entries()) {
        const was = before.items[index];
        if (was === undefined || !isBackwards(was, item, record)) continue;
        under.breaks("backwards", `item ${index} of ${record.label} was ${was.state}, then ${item.state}`);
      }
    before = walk;
  }
};

/** I9: counts add up at every read, and no item goes backwards but by a retry. */
export const checkCounts = (under: BulkCase): void => {
  for (const record of under.taken) {
    checkReads(under, record);
    checkWalks(under, record);
  }
};
