import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import * as z from "zod";

/** A piece of shipped source, and what stands in its place in a build with a rule taken out. */
export const patchSchema = z.strictObject({ file: z.string(), find: z.string(), put: z.string() });
export type Patch = z.infer<typeof patchSchema>;

const root = new URL("../../", import.meta.url);

/** The source with the patch applied. @throws when the piece is not there exactly once: then the rule has moved */
export const patched = (source: string, { file, find, put }: Patch): string => {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`);
  return parts.join(put);
};

/** The shipped source of a file. */
export const sourceOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

/** From now on this thread loads these files with their patches applied. Nothing on disk changes. */
export const applyPatches = (patches: readonly Patch[]): void => {
  if (patches.length === 0) return;
  registerHooks({
    load: (url, context, nextLoad) => {
      const own = patches.filter(({ file }) => url === new URL(file, root).href);
      if (own.length === 0) return nextLoad(url, context);
      const source = own.reduce(patched, readFileSync(fileURLToPath(url), "utf8"));
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
};
