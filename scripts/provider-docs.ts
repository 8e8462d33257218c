import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { dialectViewOf, type DialectView } from "../lib/flows/list-dialects.ts";
import { jsonSchemaOfInput } from "../lib/http/json-schema.ts";
import { kinds } from "../lib/operation/kind.ts";
import { dialects } from "../lib/providers/registry.ts";
import { testsOf } from "../test/providers/endpoint-tests.ts";
import { seedDocuments, type SeedDocument } from "../test/providers/seed-endpoints.ts";
import { alignedTable as table } from "./markdown-table.ts";

const views: readonly DialectView[] = Object.values(dialects).map(({ dialect }) =>
  dialectViewOf(dialect, jsonSchemaOfInput),
);

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

const whatWorksWhere = (): string =>
  table(
    ["kind", ...views.map(({ name }) => `\`${name}\``)],
    kinds.map((kind) =>
      [`\`${kind}\``].concat(
        views.map((view) => (view.kinds.some((one) => one.kind === kind) ? "yes" : "–")),
      ),
    ),
  );

const stepsOf = ({ kinds: offered }: DialectView): string =>
  table(
    ["kind", "acts on", "step", "its end", "when"],
    offered.flatMap(({ kind, resource_type: type, steps }) =>
      steps.map(({ name, end, when }, index) => [
        index === 0 ? `\`${kind}\`` : "",
        index === 0 ? (type ?? "makes something new") : "",
        `\`${name}\``,
        end,
        when ?? "always",
      ]),
    ),
  );

const moneyOf = ({ kinds: offered }: DialectView): string[] =>
  offered.flatMap(({ kind, money }) => (money === undefined ? [] : [`\`${kind}\`: ${money}`]));

const notesOf = ({ kinds: offered }: DialectView): string[] =>
  offered.flatMap(({ kind, note }) => (note === undefined ? [] : [`\`${kind}\`: ${note}`]));

const readsOf = ({ collections }: DialectView): string =>
  collections
    .map(({ path, filters, needs_one_of: needed }) => {
      const words = [
        ...(filters.length === 0 ? [] : [`filters ${filters.map((filter) => `\`${filter}\``).join(", ")}`]),
        ...(needed === undefined
          ? []
          : [`one of ${needed.map((filter) => `\`${filter}\``).join(", ")} needed`]),
      ];
      return `- \`${path}\`${words.length === 0 ? "" : ` (${words.join("; ")})`}`;
    })
    .join("\n");

/** Kinds as code, other words as they are. */
const inCode = (what: string): string =>
  what
    .split(", ")
    .map((word) => (/^[a-z_]+\.[a-z*]+$/.test(word) ? `\`${word}\`` : word))
    .join(", ");

const isSeed = (document: string): boolean => /^\d{3}$/.test(document);

const section = (title: string, body: string): string[] => (body === "" ? [] : [`### ${title}`, body]);

const dialectPart = (view: DialectView): string => {
  const documents = view.documents.map((one) => (isSeed(one) ? `document ${one}` : one)).join(", ");
  return [
    `## \`${view.name}\``,
    `${view.system}${documents === "" ? "" : `: ${documents}`}.`,
    ...section("Kinds and their ends", stepsOf(view)),
    ...section("Good to know", list(notesOf(view))),
    ...section("Money", list(moneyOf(view))),
    ...section("What it can't do", list(view.cannot.map(({ what, why }) => `${inCode(what)}: ${why}`))),
    ...section("What is assumed", list(view.assumed)),
    ...section("What can be read", readsOf(view)),
  ].join("\n\n");
};

const documentPart = (document: SeedDocument): string =>
  [
    `### Document ${document.number}: ${document.title} (\`${document.dialect}\`)`,
    table(
      ["endpoint", "in the document", "test"],
      document.endpoints.map((endpoint) => {
        const [test] = testsOf(document, endpoint);
        return [
          `\`${endpoint.method} ${endpoint.path}\``,
          endpoint.title,
          test === undefined ? "" : `${test.name} (\`${test.file}\`)`,
        ];
      }),
    ),
  ].join("\n\n");

/** Text of docs/providers.md. */
export const providerDocs = (): string =>
  `${[
    "# Providers",
    "Made from the catalogue by `npm run docs:providers`; `GET /v1/dialects` answers from the same data. Change the dialects, not this file.",
    "## What works where",
    whatWorksWhere(),
    ...views.map(dialectPart),
    "## The endpoints of the documents",
    "Each with a test in which our code meets it, or shows what we answer where we don't use it.",
    ...seedDocuments.map(documentPart),
  ].join("\n\n")}\n`;

/** Endpoints that no test names. */
export const endpointsWithoutTest = (): string[] =>
  seedDocuments.flatMap((document) =>
    document.endpoints
      .filter((endpoint) => testsOf(document, endpoint).length === 0)
      .map(({ method, path }) => `${document.number} ${document.dialect}: ${method} ${path}`),
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const missing = endpointsWithoutTest();
  if (process.argv.includes("--missing")) process.stdout.write(missing.map((one) => `${one}\n`).join(""));
  else writeFileSync(join(resolve(import.meta.dirname, ".."), "docs/providers.md"), providerDocs());
  if (missing.length > 0) {
    process.stderr.write(`${missing.length} endpoints have no test that names them (--missing lists them)\n`);
    process.exitCode = 1;
  }
}
