import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type BuildOptions, type Metafile } from "esbuild";
import { dialectViews } from "../lib/http/dialect-views.ts";
import { eventDescriptions } from "../lib/http/event-descriptions.ts";
import { openApiDocument } from "../lib/http/openapi.ts";
import { routes } from "../lib/http/routes.ts";
import { dialects } from "../lib/providers/registry.ts";
import { besides, descriptionsFile, narrowImports, yamlFile } from "./narrow-imports.ts";

const root = resolve(import.meta.dirname, "..");

/** One bundle as it was written. */
export interface Bundle {
  readonly name: string;
  readonly bytes: number;
  readonly budgetBytes: number;
  readonly metafile: Metafile;
}

/** Bytes that a function may have, minified; cold starts grow with them. */
const defaultBudgetBytes = 600 * 1024;
/**
 * Functions with a tighter (or, with a reason, wider) budget than the others. Six dialects, the SDK and zod are 545 KB
 * of each that may call a provider; these have the most routes or flows beside them.
 */
const budgets = new Map<string, number>([
  ["api", 620 * 1024],
  ["bulk", 690 * 1024],
  ["run-bulk-jobs", 660 * 1024],
  ["schedules", 790 * 1024],
  ["settings", 640 * 1024],
  ["start-operation", 610 * 1024],
  ["tick-schedules", 750 * 1024],
]);

/** Names of the functions: the files of a folder. */
export const functionNames = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => basename(file, ".ts"))
    .toSorted();

/** Writes down what the API answers about itself: it is the same for every installation. */
const writeDescriptions = async (to: string): Promise<void> => {
  const all = Object.values(dialects).map(({ dialect }) => dialect);
  const descriptions = {
    openapi: openApiDocument(routes, all),
    dialects: dialectViews(all),
    event_types: eventDescriptions(),
  };
  await writeFile(join(to, descriptionsFile), JSON.stringify(descriptions));
};

const shape = {
  bundle: true,
  minify: true,
  format: "cjs",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  legalComments: "none",
  logLevel: "warning",
} as const satisfies BuildOptions;

/** What is seldom needed: the reader of YAML, for configurations that are not JSON, and packages for some bodies. */
const writeBesides = async (to: string): Promise<void> => {
  for (const { imported, file } of besides)
    await build({
      ...shape,
      stdin: {
        contents: `export * from "${imported}"; ${file === "ical.cjs" ? `export { default } from "${imported}";` : ""}`,
        resolveDir: root,
      },
      outfile: join(to, file),
    });
  await build({ ...shape, entryPoints: [join(root, "lib/yaml.ts")], outfile: join(to, yamlFile) });
};

/**
 * Bundles each file of `from` into one file of `to`, the SDK included. CommonJS, because importing built-in modules
 * from ESM costs a cold start more; `module` first, because the packages' ESM can be shaken. The same sources give the
 * same bytes.
 */
export const bundleFunctions = async (from: string, to: string): Promise<readonly Bundle[]> => {
  const names = await functionNames(from);
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await writeDescriptions(to);
  await writeBesides(to);
  return Promise.all(
    names.map(async (name): Promise<Bundle> => {
      const outfile = join(to, `${name}.cjs`);
      const { metafile } = await build({
        entryPoints: [join(from, `${name}.ts`)],
        outfile,
        ...shape,
        metafile: true,
        plugins: [narrowImports(root, name === "bulk")],
      });
      const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
      return { name, bytes, budgetBytes: budgets.get(name) ?? defaultBudgetBytes, metafile };
    }),
  );
};

/** One line a function. */
export const bundleLine = ({ name, bytes, budgetBytes }: Bundle): string => {
  const verdict = bytes > budgetBytes ? "  TOO LARGE" : "";
  return `${name.padEnd(20)} ${(bytes / 1024).toFixed(1).padStart(7)} KB of ${budgetBytes / 1024}${verdict}`;
};

const main = async (): Promise<void> => {
  const bundles = await bundleFunctions(join(root, "functions"), join(root, ".build"));
  for (const bundle of bundles) process.stdout.write(`${bundleLine(bundle)}\n`);
  if (bundles.some(({ bytes, budgetBytes }) => bytes > budgetBytes)) {
    process.stderr.write(
      "A function is over its budget: see what came in, or raise the budget with a reason.\n",
    );
    process.exitCode = 1;
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
