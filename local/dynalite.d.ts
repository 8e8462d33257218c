declare module "dynalite" {
  import type { Server } from "node:http";

  /** Only the options that we set. Times in milliseconds; `path` is a LevelDB folder, in memory without it. */
  interface DynaliteOptions {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }
  export default function dynalite(options?: DynaliteOptions): Server;
}
