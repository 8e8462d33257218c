import { deploymentTag, operationTag } from "./marker.ts";
import type { Phase, Volume } from "./observation.ts";
import type { Resource } from "./operation.ts";

/** A thing at the provider that may bear our marker, as one look shows it. */
export interface Marked {
  readonly resource: Resource;
  readonly name: string | null;
  readonly tags: readonly string[];
  /** As the provider wrote it; null where it does not say. */
  readonly createdAt: string | null;
  /** When it was last changed, as the provider wrote it; left out where it does not say. */
  readonly changedAt?: string | null;
  /** `off`: at rest, so that the provider would delete it. */
  readonly phase: Phase;
  /** The provider's own word, for people. */
  readonly state: string | null;
  readonly isProtected: boolean;
  /** Of a volume or an address: the server that has it. Null: none. */
  readonly usedBy: string | null;
  /** Of a server: the volumes in it. */
  readonly volumes: readonly Volume[];
}

/** What tells one thing from all others of a connection. */
export const keyOf = ({ type, id }: Resource): string => `${type}/${id}`;

/** The one value behind a prefix; null when there is none, and when there are several. */
const onlyOne = (tags: readonly string[], prefix: string): string | null => {
  const found = new Set(tags.filter((tag) => tag.trimStart().toLowerCase().startsWith(prefix)));
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
};

/**
 * The operation that the tags name beyond doubt as the maker, in this deployment; null for anything else: half a
 * marker, two of them, another installation's.
 */
export const makerIn = (tags: readonly string[], deployment: string): string | null => {
  if (onlyOne(tags, "swy:dep=") !== deploymentTag(deployment)) return null;
  return operationTag.exec(onlyOne(tags, "swy:op=") ?? "")?.[1] ?? null;
};

/** Whether the tags hold any word of a marker, whoever's. */
export const bearsAnyMark = (tags: readonly string[]): boolean =>
  tags.some((tag) => /^\s*swy:(?:op|dep)\b/i.test(tag));

/** Whether somebody has asked for it to be left alone: `swy:keep`, `keep`, and the same with a value. */
export const isKept = (tags: readonly string[]): boolean =>
  tags.some((tag) => /^\s*(?:swy:)?keep\s*(?:$|[=:])/i.test(tag));
