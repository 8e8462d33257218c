import { CORE_SCHEMA, load, YAMLException } from "js-yaml";

/** Not YAML. The message says where. */
export class BadYaml extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = "BadYaml";
  }
}

/**
 * The value of a document of YAML 1.2, by its core schema. Beside the bundles this is a file of its own, which is
 * loaded only for a document that is not JSON.
 * @throws BadYaml
 */
export const readYaml = (text: string): unknown => {
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    throw error instanceof YAMLException ? new BadYaml(error) : error;
  }
};
