import * as z from "zod";
import { bulkJobIdPattern, type BulkJob } from "../bulk/job.ts";
import { jobView, jobViewSchema } from "../bulk/job-view.ts";
import { reply, type Reply } from "./reply.ts";
import type { HttpTurn } from "./route.ts";

/** A bulk job as its routes show it. */
export const viewSchema = jobViewSchema.meta({ id: "BulkJob" });
export const params = z.strictObject({ id: z.string().regex(bulkJobIdPattern) });
export const locationWords = { Location: "Path of the job." };

export const pathOf = ({ id }: BulkJob): string => `/v1/bulk-jobs/${id}`;

/** The answer that shows a job, with where it is. */
export const shown = (
  status: number,
  job: BulkJob,
  { ports }: HttpTurn,
  more: Record<string, string> = {},
): Reply => reply(status, jobView(job, ports.clock.now()), { Location: pathOf(job), ...more });
