import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { bundleFunctions } from "../scripts/bundle.ts";

/** Where both sides stand as plain JavaScript, made from the sources as they are. */
export interface Bundles {
  /** The deployed functions, as `npm run bundle` makes them. */
  readonly functions: string;
  /** The rival's process. */
  readonly rival: string;
}

let made: Promise<Bundles> | null = null;

const make = async (): Promise<Bundles> => {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-bundles-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const functions = join(folder, "functions");
  await bundleFunctions(join(import.meta.dirname, "../functions"), functions);
  const rival = join(folder, "rival-client.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "rival-client.ts")],
    outfile: rival,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    define: { "import.meta.dirname": "__dirname" },
    minify: true,
    logLevel: "warning",
  });
  return { functions, rival };
};

/** The bundles of this bench, made once: neither side is measured with a loader of TypeScript. */
export const bundles = (): Promise<Bundles> => {
  made ??= make();
  return made;
};
