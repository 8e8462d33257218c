import { creates, type Kind } from "../operation/kind.ts";
import { hasBraces } from "./placeholder.ts";

/** The longest name that a template may make for a server: one label of a host name. */
const longest = 63;
const label = /^(?!-)[A-Za-z0-9-]+(?<!-)$/;

/** What is wrong with a name that a template made for a server, which the system takes as its host name; null: nothing. */
const hostNameFault = (name: string): string | null => {
  if (name.length > longest)
    return `makes "${name.slice(0, longest).toWellFormed()}…", a name of ${name.length} characters; at most ${longest} are allowed`;
  return name.split(".").every((part) => label.test(part))
    ? null
    : `makes "${name}", which is no host name; use letters, digits and - (not first or last), in parts with dots between them`;
};

/** The names that one job's items give. */
export class ItemNames {
  readonly #kind: Kind;
  readonly #owners = new Map<string, string>();

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /**
   * What is wrong with an item's name; null: nothing. Two may not give the same one.
   * @param isMade whether placeholders made it
   * @param who `line 3`, for the words about a later one with the same name
   */
  take(name: string, isMade: boolean, who: string): string | null {
    const fault = isMade && this.#kind === "server.create" ? hostNameFault(name) : null;
    if (fault !== null) return fault;
    // An object of that name may be in each of several containers; braces that are left were told already.
    const mayRepeat = !creates(this.#kind) && this.#kind !== "server.update";
    if (mayRepeat || hasBraces(name)) return null;
    const owner = this.#owners.get(name);
    if (owner === undefined) this.#owners.set(name, who);
    return owner === undefined
      ? null
      : `the name "${name}" is that of ${owner} too; put {{index}} into it, or give another`;
  }
}
