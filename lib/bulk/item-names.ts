import { creates, type Kind } from "../operation/kind.ts";

/** The longest name of a server that is made in bulk: one label of a host name. */
const longest = 63;
const label = /^(?!-)[A-Za-z0-9-]+(?<!-)$/;

/** What is wrong with the name of a server to be made, which the system takes as its host name; null: nothing. */
const hostNameFault = (name: string, isMade: boolean): string | null => {
  if (name.length > longest) {
    const shown = `"${name.slice(0, longest).toWellFormed()}…"`;
    const words = isMade
      ? `makes ${shown}, a name of ${name.length}`
      : `the name ${shown} has ${name.length}`;
    return `${words} characters; at most ${longest} are allowed`;
  }
  if (name.split(".").every((part) => label.test(part))) return null;
  const rule = "use letters, digits and - (not first or last), in parts with dots between them";
  return isMade ? `makes "${name}", which is no host name; ${rule}` : `"${name}" is no host name; ${rule}`;
};

/** The names that one job's items give. */
export class ItemNames {
  readonly #kind: Kind;
  readonly #owners = new Map<string, string>();

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /**
   * What is wrong with an item's name; null: nothing. That of a server to be made must be a host name, and two may not
   * give the same one.
   * @param isMade whether placeholders made it, for the words
   * @param who `line 3`, for the words about a later one with the same name
   */
  take(name: string, isMade: boolean, who: string): string | null {
    const fault = this.#kind === "server.create" ? hostNameFault(name, isMade) : null;
    if (fault !== null) return fault;
    // An object of that name may be in each of several containers.
    if (!creates(this.#kind) && this.#kind !== "server.update") return null;
    const owner = this.#owners.get(name);
    if (owner === undefined) this.#owners.set(name, who);
    return owner === undefined
      ? null
      : `the name "${name}" is that of ${owner} too; put {{index}} into it, or give another`;
  }
}
