import { parentPort, workerData } from "node:worker_threads";
import { applyPatches, patchSchema } from "../patched-source.ts";
import type { ScheduleJob } from "./jobs.ts";

// Before any of our modules is loaded: a build with a rule taken out exists in this thread only.
applyPatches(patchSchema.array().parse(workerData));
// Refusals are everyday here; nobody reads where they were made.
Error.stackTraceLimit = 0;
const { work } = await import("./jobs.ts");

parentPort?.on("message", (job: ScheduleJob) => {
  void work(job).then((outcome) => parentPort?.postMessage(outcome));
});
