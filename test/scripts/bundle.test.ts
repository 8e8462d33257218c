import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { dialectViews } from "../../lib/http/dialect-views.ts";
import { eventDescriptions } from "../../lib/http/event-descriptions.ts";
import { openApiDocument } from "../../lib/http/openapi.ts";
import { routes } from "../../lib/http/routes.ts";
import { dialects } from "../../lib/providers/registry.ts";
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
  const files = [
    ...names.map((name) => `${name}.cjs`),
    "csv.cjs",
    "descriptions.json",
    "ical.cjs",
    "yaml.cjs",
  ].toSorted();
  expect(digestsOf(first).map(({ file }) => file)).toEqual(files);
  expect(digestsOf(second)).toEqual(digestsOf(first));
}, 180_000);

test("what a bundle answers about the API was made from the schemas that validate", async () => {
  const folder = temporaryFolder();
  await bundleFunctions(functions, folder);
  const written = JSON.parse(readFileSync(resolve(folder, "descriptions.json"), "utf8"));
  const all = Object.values(dialects).map(({ dialect }) => dialect);
  expect(written).toEqual(
    JSON.parse(
      JSON.stringify({
        openapi: openApiDocument(routes, all),
        dialects: dialectViews(all),
        event_types: eventDescriptions(),
      }),
    ),
  );
  const bundle = readFileSync(resolve(folder, "api.cjs"), "utf8");
  expect(bundle).toContain("descriptions.json");
  expect(bundle).not.toContain("Servers are asked for, followed to their end");
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
