import type { Kind } from "../operation/kind.ts";
import type { KindOffer } from "../ports/provider.ts";

/** What the catalogue says of a kind beside what the kind does. */
export type KindWords = Pick<KindOffer, "example" | "variants" | "money" | "note">;

/** The offers with their words. */
export const withWords = (
  offers: ReadonlyMap<Kind, KindOffer>,
  words: Readonly<Partial<Record<Kind, KindWords>>>,
): ReadonlyMap<Kind, KindOffer> =>
  new Map([...offers].map(([kind, offer]) => [kind, { ...offer, ...words[kind] }]));

/** Why the Scaleway compute APIs lack what only the API of January 2014 has; for `Dialect.cannot`. */
export const onlyInV1 = {
  what: "container.*, object.*, tag.*, tag_metadata.*, server_tag.*, organization.*",
  why: "Only the API of January 2014 (dialect scaleway-v1) has these as things of their own; the tags of a server are words, and server.update changes them.",
} as const;
