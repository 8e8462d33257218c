import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

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
  // The same code as ES modules, which can be shaken.
  {
    imported: "yaml",
    contents: `export { parse, YAMLParseError } from "./node_modules/yaml/browser/index.js";`,
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

/** Event streams, which none of the calls that are made here has. */
const unusedDoor = /^@smithy\/core\/event-streams$/;

/**
 * Replaces the front doors of some packages by what is used of them. `root` is where packages are resolved from.
 * An import of something that a narrowing leaves out fails the build: it never goes missing at run time.
 */
export const narrowImports = (root: string): Plugin => ({
  name: "narrow-imports",
  setup: (build) => {
    const namespace = "narrowed";
    build.onResolve({ filter: /^(?:@aws-sdk\/|undici$|yaml$)/ }, ({ path, namespace: importer }) =>
      importer !== namespace && narrowings.some(({ imported }) => imported === path)
        ? { path, namespace, sideEffects: false }
        : null,
    );
    build.onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: narrowings.find(({ imported }) => imported === path)?.contents ?? "",
      resolveDir: root,
    }));
    build.onResolve({ filter: unusedDoor }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: schemas }, async ({ path }) => ({
      contents: shakable(await readFile(path, "utf8")),
    }));
  },
});
