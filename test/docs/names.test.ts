import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DEFAULT_SCHEMA, load } from "js-yaml";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { configurationOf } from "../../lib/connections.ts";
import { fencedIn, tableOf } from "./fenced.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read("package.json")));
const sources = globSync("lib/**/*.ts", { cwd: root }).map(read).join("\n");
const documents = ["docs/webhooks.md", "docs/security.md", "SECURITY.md"].map(
  (path) => [path, read(path)] as const,
);
const security = read("docs/security.md");

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** Words in capitals that are no codes of problems. */
const otherWords = /^(?:SWITCHYARD|WEBHOOK_(?:SECRET|ID|TIMESTAMP|SIGNATURE)$|GITHUB_SECRET$|HMAC|HKDF)/;

describe.each(documents)("what %s names", (path, text) => {
  it("as an npm command, there is", () => {
    expect(all(text, /npm run ([\w:]+)/g).filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("as a file, there is", () => {
    const named = all(
      text,
      /`((?:test|lib|docs|events|local|functions|scripts)\/[\w./-]+\.\w+|serverless\.yml)`/g,
    );
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("by a link, there is, down to the heading", () => {
    for (const link of all(text, /\]\((?!https?:)([^)]+)\)/g)) {
      const [file = "", heading] = link.split("#");
      const linked = join(root, dirname(path), file);
      expect(existsSync(linked), link).toBe(true);
      if (heading === undefined) continue;
      const headings = all(readFileSync(linked, "utf8"), /^#+ (.+)$/gm);
      const anchors = headings.map((one) =>
        one
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(anchors, link).toContain(heading);
    }
  });

  it("as the code of a problem, lib can answer", () => {
    const codes = all(text, /`([A-Z][A-Z_]{5,})`/g).filter((word) => !otherWords.test(word));
    expect(codes.filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
  });
});

it("each code that is said to belong to a status does", () => {
  const said = all(read("docs/webhooks.md"), /`(4\d\d|503)` `[A-Z_]+`/g).length;
  expect(said).toBeGreaterThan(2);
  for (const [, status = "", code = ""] of read("docs/webhooks.md").matchAll(/`(4\d\d|503)`\s`([A-Z_]+)`/g))
    expect(sources, code).toMatch(new RegExp(`status: ${status},\\s+code: "${code}"`));
});

describe("docs/security.md", () => {
  it("tells of each rule, S1 to S14, and of each of the ten API risks", () => {
    const threats = tableOf(security, "asset");
    const rules = new Set(threats.flatMap(([asset = ""]) => asset.match(/\b(?:S|API)\d+\b/g) ?? []));
    const expected = [
      ...Array.from({ length: 14 }, (_, index) => `S${index + 1}`),
      ...Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
    ];
    expect([...rules].toSorted()).toEqual(expected.toSorted());
  });

  it("names a test or a command for each threat that something stops, and what is left for each", () => {
    for (const [asset = "", , stops = "", shown = "", left = ""] of tableOf(security, "asset")) {
      expect([asset, left.length > 0]).toEqual([asset, true]);
      if (!stops.startsWith("nothing"))
        expect([asset, /`test\/|`npm run/.test(shown)]).toEqual([asset, true]);
    }
  });

  it("shows a configuration that is one", async () => {
    const yaml = fencedIn(security).find(({ language }) => language === "yaml");
    const { access } = await configurationOf(yaml?.code ?? "", "docs/security.md");
    expect(access.jwt?.audience).toBe("switchyard");
  });
});

const statementSchema = z.object({ Resource: z.unknown() });
const roleSchema = z.object({
  Type: z.literal("AWS::IAM::Role"),
  Properties: z.object({
    Policies: z.tuple([
      z.object({ PolicyName: z.string(), PolicyDocument: z.object({ Statement: z.array(statementSchema) }) }),
    ]),
  }),
});
const serverlessSchema = z.object({ resources: z.object({ Resources: z.record(z.string(), z.unknown()) }) });

/** What stands in a role's resources, and what the table calls it. */
const secretsBySign = [
  ["/config", /parameter\/switchyard\/[^"]*\/config"/],
  ["/api-key", /parameter\/switchyard\/[^"]*\/api-key"/],
  ["/signing-key", /parameter\/switchyard\/[^"]*\/signing-key"/],
  ["provider secrets", /custom\.providerSecrets/],
  ["hook secrets", /custom\.hookSecrets/],
] as const;

it("docs/security.md says which secrets each function's role may read, as serverless.yml has it", () => {
  const { resources } = serverlessSchema.parse(load(read("serverless.yml"), { schema: DEFAULT_SCHEMA }));
  const roles = Object.values(resources.Resources).flatMap((resource) => {
    const role = roleSchema.safeParse(resource);
    if (!role.success) return [];
    const [{ PolicyName, PolicyDocument }] = role.data.Properties.Policies;
    const text = JSON.stringify(PolicyDocument.Statement.map(({ Resource }) => Resource));
    const secrets = secretsBySign
      .filter(([, sign]) => sign.test(text))
      .map(([name]) => name.replace("/", ""));
    return [[`\`${PolicyName}\``, secrets.join(", ")] as const];
  });
  expect(roles.length).toBeGreaterThanOrEqual(7);
  const shown = tableOf(security, "function").map(([name = "", secrets = ""]) => [name, secrets] as const);
  expect(new Map(shown)).toEqual(new Map(roles));
  expect(shown).toHaveLength(roles.length);
});
