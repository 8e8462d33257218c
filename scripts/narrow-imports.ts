import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import * as z from "zod";

/** What a package is narrowed to in a bundle, and why that is enough there. */
interface Narrowing {
  readonly imported: string;
  readonly contents: string;
}

const narrowings: readonly Narrowing[] = [
  {
    // Lambda hands a role's credentials over in the environment. The default chain also carries clients for SSO,
    // web identities and process credentials, which a function never asks.
    imported: "@aws-sdk/credential-provider-node",
    contents: `
      import { fromEnv } from "@aws-sdk/credential-provider-env";
      export const defaultProvider = () => fromEnv();`,
  },
  {
    // Only filled where DynamoDB is asked to tell its endpoints, which it is not.
    imported: "@aws-sdk/endpoint-cache",
    contents: `
      export class EndpointCache {
        has() { return false; }
        get() {}
        set() {}
        delete() {}
        clear() {}
      }`,
  },
  // A client that is imported only when it is needed would come with all of its commands.
  {
    imported: "@aws-sdk/client-ssm",
    contents: `
      export { SSMClient } from "@aws-sdk/client-ssm/dist-es/SSMClient.js";
      export { GetParameterCommand } from "@aws-sdk/client-ssm/dist-es/commands/GetParameterCommand.js";`,
  },
  {
    imported: "@aws-sdk/client-secrets-manager",
    contents: `
      export { SecretsManagerClient } from "@aws-sdk/client-secrets-manager/dist-es/SecretsManagerClient.js";
      export { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager/dist-es/commands/GetSecretValueCommand.js";`,
  },
  {
    // Node carries the same client for its own fetch, and hands out its agent under the symbol by which copies of
    // undici find each other. It is loaded when it is first needed.
    imported: "undici",
    contents: `
      export function Agent(options) {
        new Headers();
        return new globalThis[Symbol.for("undici.globalDispatcher.1")].constructor(options);
      }`,
  },
];

const schemas = /[\\/]@aws-sdk[\\/]client-[a-z-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/;
/** A shape of a service: a list that a bundler keeps, used or not, because its computed keys might do something. */
const shape = /^(?<head>(?:export )?var \w+\$? = )(?<list>\[[^;]*\]);$/gm;
/**
 * Errors that the code asks for by their class. The others keep their name and message, and are the service's base
 * error: that is all that the SDK's own retries, and we, look at.
 */
const askedFor = new Set(["ConditionalCheckFailedException"]);
const errorRegistration = /^n0_registry\.registerError\(\w+\$, (?<error>\w+)\);$/gm;

/** The schemas of a service's client, such that those of calls that are not made can be dropped. */
const shakable = (source: string): string =>
  source
    .replaceAll(errorRegistration, (line, error: string) => (askedFor.has(error) ? line : ""))
    .replaceAll(shape, "$<head>/* @__PURE__ */ (() => $<list>)();");

/** A client reads its own version for the User-Agent header, out of all that its manifest says. */
const manifest = /[\\/]@aws-sdk[\\/]client-[a-z-]+[\\/]package\.json$/;
const versionOnly = (source: string): string => {
  const { name, version } = z.object({ name: z.string(), version: z.string() }).parse(JSON.parse(source));
  return JSON.stringify({ name, version });
};

/**
 * What describes the API is written when the functions are built, from the same schemas that validate, beside the
 * bundles: making it at run time would bring a generator into each of them.
 */
export const descriptionsFile = "descriptions.json";
const described = new Map([
  ["./description.ts", `export const description = () => read().openapi;`],
  ["./dialect-views.ts", `export const dialectViews = () => read().dialects;`],
  ["./event-descriptions.ts", `export const eventDescriptions = () => read().event_types;`],
]);
const reader = `
  import { readFileSync } from "node:fs";
  import { join } from "node:path";
  const read = () => JSON.parse(readFileSync(join(__dirname, "${descriptionsFile}"), "utf8"));`;

/** A file beside the bundles, which functions load when they need it. */
export const yamlFile = "yaml.cjs";

/** A package that is a file of its own beside the bundles, loaded when it is first called: most invocations never do. */
interface Beside {
  readonly imported: string;
  readonly file: string;
  readonly contents: string;
}
export const besides: readonly Beside[] = [
  {
    imported: "ical.js",
    file: "ical.cjs",
    contents: `export default new Proxy({}, { get: (_, name) => require("./ical.cjs").default[name] });`,
  },
  {
    imported: "csv-parse/sync",
    file: "csv.cjs",
    contents: `export const parse = (...given) => require("./csv.cjs").parse(...given);`,
  },
];

/** So no function makes a JSON Schema, but the one that reads tables: cells become numbers where a kind's schema says so. */
const schemaMaking = /[\\/]zod[\\/]v4[\\/]core[\\/](?:to-json-schema|json-schema-processors)\.js$/;
const exported = /^export (?:const|function) (?<name>\w+)/gm;
const hollow = (source: string): string =>
  [...source.matchAll(exported)]
    .map(({ groups }) => `export const ${groups?.["name"] ?? ""} = () => {};`)
    .join("\n");

/** Digests in JavaScript, for where Node was built without its own: Lambda's is not. */
const scriptedDigest =
  /[\\/]@smithy[\\/]core[\\/].*[\\/]checksum[\\/](?:sha256[\\/]Sha256Js|md5[\\/]Md5Js)\.js$/;
const noDigest = `const none = class { constructor() { throw new Error("Node has no digests."); } };
export { none as Sha256Js, none as Md5Js };`;

/** Event streams, which none of the calls that are made here has. */
const unusedDoor = /^@smithy\/core\/event-streams$/;

/**
 * Replaces the front doors of some packages by what is used of them. `root` is where packages are resolved from.
 * An import of something that a narrowing leaves out fails the build: it never goes missing at run time.
 */
export const narrowImports = (root: string, makesSchemas = false): Plugin => ({
  name: "narrow-imports",
  setup: (build) => {
    const namespace = "narrowed";
    build.onResolve({ filter: /^(?:@aws-sdk\/|undici$)/ }, ({ path, namespace: importer }) =>
      importer !== namespace && narrowings.some(({ imported }) => imported === path)
        ? { path, namespace, sideEffects: false }
        : null,
    );
    build.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: narrowings.find(({ imported }) => imported === path)?.contents ?? "",
      resolveDir: root,
    }));
    build.onResolve({ filter: /^\.\/yaml\.ts$/ }, () => ({ path: `./${yamlFile}`, external: true }));
    build.onResolve({ filter: /^(?:ical\.js|csv-parse\/sync)$/ }, ({ path }) => ({
      path,
      namespace: "beside",
      sideEffects: false,
    }));
    build.onResolve({ filter: /^\.\/(?:ical|csv)\.cjs$/ }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /./, namespace: "beside" }, ({ path }) => ({
      contents: besides.find(({ imported }) => imported === path)?.contents ?? "",
      resolveDir: root,
    }));
    build.onResolve({ filter: unusedDoor }, ({ path }) => ({ path, namespace }));
    build.onResolve({ filter: /^\.\/(?:description|dialect-views|event-descriptions)\.ts$/ }, ({ path }) => ({
      path,
      namespace: "described",
    }));
    build.onLoad({ filter: /./, namespace: "described" }, ({ path }) => ({
      contents: `${reader}\n${described.get(path) ?? ""}`,
      resolveDir: root,
    }));
    build.onLoad({ filter: manifest }, async ({ path }) => ({
      contents: versionOnly(await readFile(path, "utf8")),
      loader: "json",
    }));
    build.onLoad({ filter: schemaMaking }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: makesSchemas ? source : hollow(source) };
    });
    build.onLoad({ filter: scriptedDigest }, () => ({ contents: noDigest }));
    build.onLoad({ filter: schemas }, async ({ path }) => ({
      contents: shakable(await readFile(path, "utf8")),
    }));
  },
});
