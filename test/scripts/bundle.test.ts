import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { bundleFunctions, bundleLine, functionNames } from "../../scripts/bundle.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";

const functions = resolve(import.meta.dirname, "../../functions");

const digestsOf = (folder: string) =>
  readdirSync(folder)
    .toSorted()
    .map((file) => ({
      file,
      digest: createHash("sha256")
        .update(readFileSync(resolve(folder, file)))
        .digest("hex"),
    }));

test("each function becomes one file, and the same sources give the same bytes", async () => {
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  await bundleFunctions(functions, first);
  await bundleFunctions(functions, second);
  const names = await functionNames(functions);
  expect(digestsOf(first).map(({ file }) => file)).toEqual(names.map((name) => `${name}.cjs`));
  expect(digestsOf(second)).toEqual(digestsOf(first));
});

test("each keeps its budget", async () => {
  const lines = (await bundleFunctions(functions, temporaryFolder())).map(bundleLine);
  expect(lines.filter((line) => line.includes("TOO LARGE"))).toEqual([]);
});

test("one that does not is named", () => {
  const bundle = { name: "api", budgetBytes: 600 * 1024, metafile: { inputs: {}, outputs: {} } };
  expect(bundleLine({ ...bundle, bytes: 614_401 })).toMatch(/^api +600.0 KB of 600 {2}TOO LARGE$/);
  expect(bundleLine({ ...bundle, bytes: 614_400 })).not.toContain("TOO LARGE");
});
