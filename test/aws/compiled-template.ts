import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { readDeployment } from "../../local/deployment.ts";

export const root = resolve(import.meta.dirname, "../..");

const resourceSchema = z.object({ Type: z.string(), Properties: z.record(z.string(), z.json()).default({}) });
const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.json() })),
});
export type Template = z.infer<typeof templateSchema>;
export type Resource = z.infer<typeof resourceSchema>;

/**
 * Packages the service as `npm run package` does, with empty bundles in the place of the real ones, and gives the
 * CloudFormation template. Neither network nor credentials: the environment has none.
 */
export const compileTemplate = async (): Promise<Template> => {
  const folder = await mkdtemp(join(tmpdir(), "switchyard-template-"));
  try {
    await copyFile(join(root, "serverless.yml"), join(folder, "serverless.yml"));
    await mkdir(join(folder, ".build"));
    for (const { module } of (await readDeployment(join(folder, "serverless.yml"), "test")).functions) {
      await writeFile(join(folder, ".build", `${basename(module, ".ts")}.cjs`), "");
    }
    await promisify(execFile)(
      process.execPath,
      [join(root, "node_modules/osls/bin/serverless.js"), "package", "--stage", "test"],
      { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, SLS_TELEMETRY_DISABLED: "1" } },
    );
    const file = join(folder, ".serverless/cloudformation-template-update-stack.json");
    return templateSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
