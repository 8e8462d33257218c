import type { BulkEventType } from "../../events/bulk-event.ts";
import { dataSchemaOf, typePrefix, type SwitchyardEvent } from "../../events/event.ts";
import { eventSource } from "../operation/announce.ts";
import { asJson } from "../operation/json.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant } from "../operation/time.ts";
import type { BulkJob } from "./job.ts";
import { jobView } from "./job-view.ts";

/** The job with an event about itself in its outbox, which shows it as it is now (ms since the epoch). */
export const announceJob = (job: BulkJob, type: BulkEventType, now: number): BulkJob => {
  const sequence = job.sequence + 1;
  const event: SwitchyardEvent = {
    specversion: "1.0",
    // It tells when it was said: so its place in the feed is found again.
    id: `evt_bulk_${Math.floor(now)}_${fingerprintOf([job.id, sequence]).slice(0, 20)}`,
    source: eventSource,
    type: `${typePrefix}${type}`,
    subject: job.id,
    time: instant(now),
    sequence,
    dataschema: dataSchemaOf(type),
    data: asJson(jobView(job, now)),
  };
  return { ...job, sequence, outbox: [...job.outbox, event] };
};
