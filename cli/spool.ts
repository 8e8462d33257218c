import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { World } from "./world.ts";

const startBytes = 64 * 1024;

/** Standard input in a file, because it is sent twice: to be planned, and to be done. `start` is how it begins. */
export const spool = async ({ input }: World): Promise<{ readonly path: string; readonly start: string }> => {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "input");
  let start = Buffer.alloc(0);
  const watched = async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.bytes()) {
      if (start.length < startBytes) start = Buffer.concat([start, chunk]).subarray(0, startBytes);
      yield chunk;
    }
  };
  await pipeline(Readable.from(watched()), createWriteStream(path, { mode: 0o600 }));
  return { path, start: start.toString("utf8") };
};
