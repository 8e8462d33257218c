import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { configDocumentSchema, type Configuration, type Connection } from "./connection.ts";
import type { Environment } from "./config.ts";
import { readBy } from "./flows/faults.ts";
import { strictFaultsOf } from "./operation/strict-json.ts";

/** The configuration can't be used; the message names the place and what to do. */
export class BadConfiguration extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "BadConfiguration";
  }
}

/** What text says that is JSON, with each key once; undefined for any other. */
const jsonOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return strictFaultsOf(text).faults.length === 0 ? value : undefined;
  } catch {
    // Not JSON; the other reader says whether it is YAML.
    return undefined;
  }
};

/** JSON is YAML too, but needs no reader of its own. @throws BadConfiguration */
const valueOf = async (text: string, where: string): Promise<unknown> => {
  const json = jsonOf(text);
  if (json !== undefined) return json;
  const { BadYaml, readYaml } = await import("./yaml.ts");
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof BadYaml)) throw error;
    throw new BadConfiguration(`${where} is not YAML: ${error.message}`, { cause: error });
  }
};

const checked = (document: unknown, where: string): Configuration => {
  const read = readBy(configDocumentSchema, document);
  if (read.faults === null) return read.value;
  const faults = read.faults.map(
    ({ pointer, detail }) => `${pointer.slice(1).replaceAll("/", ".") || "document"}: ${detail}`,
  );
  throw new BadConfiguration(`${where} has faults:\n  ${faults.join("\n  ")}`);
};

/** A configuration document (YAML, or JSON, which is YAML too). @throws BadConfiguration */
export const configurationOf = async (text: string, where: string): Promise<Configuration> =>
  checked(await valueOf(text, where), where);

/** The connections of a configuration document. @throws BadConfiguration */
export const connectionsOf = async (text: string, where: string): Promise<readonly Connection[]> =>
  (await configurationOf(text, where)).connections;

/** scw's own configuration file: the fields that matter here. */
const profileSchema = z.looseObject({
  secret_key: z.string().optional(),
  default_project_id: z.string().optional(),
  default_zone: z.string().optional(),
  api_url: z.string().optional(),
});
const scwFileSchema = profileSchema.extend({
  active_profile: z.string().optional(),
  profiles: z.record(z.string(), profileSchema).optional(),
});

const scwPaths = (environment: Environment): string[] => {
  const { SCW_CONFIG_PATH: path, XDG_CONFIG_HOME: xdg, HOME: home } = environment;
  if (path !== undefined && path !== "") return [path];
  return [
    ...(xdg === undefined || xdg === "" ? [] : [join(xdg, "scw", "config.yaml")]),
    ...(home === undefined ? [] : [join(home, ".config", "scw", "config.yaml")]),
  ];
};

const readIfThere = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return null;
    throw error;
  }
};

const scwProfile = async (environment: Environment): Promise<z.infer<typeof profileSchema>> => {
  for (const path of scwPaths(environment)) {
    const text = await readIfThere(path);
    if (text === null) continue;
    const parsed = scwFileSchema.safeParse(await valueOf(text, path));
    if (!parsed.success) throw new BadConfiguration(`${path} is not a configuration file of scw.`);
    const name = environment["SCW_PROFILE"] ?? parsed.data.active_profile;
    const profile = name === undefined || name === "default" ? undefined : parsed.data.profiles?.[name];
    return { ...parsed.data, ...profile };
  }
  return {};
};

/** A connection and the secrets that it names beyond the environment's own. */
export interface Found {
  readonly connections: readonly Connection[];
  readonly environment: Environment;
}

/**
 * The connection `default` of a machine that is set up for scw: its environment variables first, then its file.
 * None when either the key, the project or the zone is missing.
 */
export const scwConnection = async (environment: Environment): Promise<Found> => {
  const profile = await scwProfile(environment);
  const secret = environment["SCW_SECRET_KEY"] ?? profile.secret_key;
  const project = environment["SCW_DEFAULT_PROJECT_ID"] ?? profile.default_project_id;
  const zone = environment["SCW_DEFAULT_ZONE"] ?? profile.default_zone;
  const url = environment["SCW_API_URL"] ?? profile.api_url;
  if (secret === undefined || project === undefined || zone === undefined)
    return { connections: [], environment };
  const { connections } = checked(
    {
      connections: [
        {
          name: "default",
          provider: "scaleway-instance",
          zone,
          project,
          secret: "env:SCW_SECRET_KEY",
          ...(url === undefined ? {} : { api_url: url }),
        },
      ],
    },
    "the configuration of scw",
  );
  return { connections, environment: { ...environment, SCW_SECRET_KEY: secret } };
};

/** A configuration file. @throws BadConfiguration */
export const configurationOfFile = async (path: string): Promise<Configuration> => {
  const text = await readIfThere(path);
  if (text === null) throw new BadConfiguration(`There is no configuration file ${path}.`);
  return configurationOf(text, path);
};

/** The connections of a configuration file. @throws BadConfiguration */
export const connectionsOfFile = async (path: string): Promise<readonly Connection[]> =>
  (await configurationOfFile(path)).connections;
