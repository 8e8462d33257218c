/** What we use of js-yaml: reading one document by the core schema of YAML 1.2. */
declare module "js-yaml" {
  /** A schema: which plain scalars are more than text. */
  interface Schema {
    readonly implicit: readonly unknown[];
  }
  /** Null, booleans and numbers; no dates. */
  export const CORE_SCHEMA: Schema;
  /** The same with dates, sets and merge keys (`<<`), as other tools read a file. */
  export const DEFAULT_SCHEMA: Schema;
  /** The text is not YAML; the message names line and column. */
  export class YAMLException extends Error {}
  /** The document's value. @throws YAMLException, also for a key that stands twice */
  export const load: (text: string, options: { readonly schema: Schema }) => unknown;
}
