import { serveJobs } from "./serve-jobs.ts";

await serveJobs(() => import("./jobs.ts"));
