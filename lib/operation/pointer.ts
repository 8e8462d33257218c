/** What is wrong, and where, as a JSON Pointer. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/** No more of a name that somebody made up is repeated than this, in characters. */
const mostRepeated = 64;

/** A name as it is repeated to whoever sent it. */
export const shortName = (name: string): string =>
  name.length <= mostRepeated ? name : `${name.slice(0, mostRepeated - 1).toWellFormed()}…`;

/** A JSON Pointer (RFC 6901) from the names on the way; long ones are cut. */
export const pointerTo = (...names: readonly (string | number)[]): string =>
  names.map((name) => `/${shortName(String(name)).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
