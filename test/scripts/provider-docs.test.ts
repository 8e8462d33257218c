import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { dialectNames } from "../../lib/connection.ts";
import { endpointsWithoutTest, providerDocs } from "../../scripts/provider-docs.ts";
import { testsOf } from "../providers/endpoint-tests.ts";
import { seedDocuments } from "../providers/seed-endpoints.ts";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(root, "docs/providers.md"), "utf8");

describe("docs/providers.md", () => {
  it("is what `npm run docs:providers` writes", () => {
    expect(text).toBe(providerDocs());
  });

  it("has a part for every dialect and every document", () => {
    for (const name of dialectNames) expect(text).toContain(`## \`${name}\``);
    for (const { number } of seedDocuments) expect(text).toContain(`### Document ${number}: `);
  });

  it("names a test for each endpoint of the documents", () => {
    expect(endpointsWithoutTest()).toEqual([]);
  });

  it("has no row without a test", () => {
    const rows = text.split("\n").filter((line) => /^\| `(GET|POST|PUT|PATCH|DELETE) \//.test(line));
    expect(rows).toHaveLength(seedDocuments.reduce((sum, { endpoints }) => sum + endpoints.length, 0));
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });
});

describe("the search for an endpoint's test", () => {
  const [document] = seedDocuments;
  if (document === undefined) throw new Error("there are no documents");

  it("does not take a longer path for a shorter one, nor another method", () => {
    for (const { name } of testsOf(document, { method: "GET", path: "/servers", title: "" }))
      expect(name).toMatch(/GET \/servers(?![/\w{])/);
    expect(testsOf(document, { method: "PATCH", path: "/tasks/{id}", title: "" })).toEqual([]);
  });

  it("looks only into the files of the document's dialect, and not into those of its simulator", () => {
    const files = document.endpoints
      .flatMap((endpoint) => testsOf(document, endpoint))
      .map(({ file }) => file);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(file).toMatch(/^test\/(functions|providers)\/.*compute/);
  });
});
