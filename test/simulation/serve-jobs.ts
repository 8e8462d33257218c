import { parentPort, workerData } from "node:worker_threads";
import { applyPatches, patchSchema } from "./patched-source.ts";

/** What does the jobs of a world. */
interface Doing<Job> {
  readonly work: (job: Job) => Promise<unknown>;
}

/**
 * Does in this thread whatever job it is sent, and sends back what came of it. A worker imports nothing of ours but
 * this: a build with a rule taken out exists in its thread only, from the first module on.
 * @param load imports what is patched by then
 */
export const serveJobs = async <Job>(load: () => Promise<Doing<Job>>): Promise<void> => {
  applyPatches(patchSchema.array().parse(workerData));
  // Refusals are everyday here; nobody reads where they were made.
  Error.stackTraceLimit = 0;
  const { work } = await load();
  parentPort?.on("message", (job: Job) => {
    void work(job).then((outcome) => parentPort?.postMessage(outcome));
  });
};
