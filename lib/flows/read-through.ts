import type { Ports } from "../ports/ports.ts";
import {
  BadCursor,
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Collection,
  type ReadAnswer,
  type ReadRequest,
} from "../ports/provider.ts";
import { badCursor } from "./cursor.ts";
import { nearest } from "../operation/nearest.ts";
import { pointerTo } from "../operation/pointer.ts";
import { refusalOfRead } from "./provider-failed.ts";
import { invalid, notFound, RequestRefused } from "./request-refused.ts";

const fits = ({ path }: Collection, asked: readonly string[]): boolean => {
  const parts = path.split("/");
  return (
    parts.length === asked.length && parts.every((part, index) => part === ":id" || part === asked[index])
  );
};

const idCount = ({ path }: Collection): number => path.split("/").filter((part) => part === ":id").length;

/** The collection that a path addresses, the one with fewer ids first. */
const collectionAt = (collections: readonly Collection[], asked: readonly string[]): Collection | undefined =>
  collections.filter((collection) => fits(collection, asked)).toSorted((a, b) => idCount(a) - idCount(b))[0];

/** What no provider has as an id: dots climb up a path, and control characters end up in nobody's URL. */
const cannotBe = (segment: string): boolean =>
  segment === "" || segment === "." || segment === ".." || /\p{Cc}/u.test(segment) || !segment.isWellFormed();

const noCollection = (asked: readonly string[], collections: readonly Collection[]): RequestRefused => {
  const tops = [...new Set(collections.map(({ path }) => path.split("/")[0] ?? ""))];
  return new RequestRefused({
    status: 404,
    code: "NOT_FOUND",
    title: "There is no such thing",
    detail: `This connection's provider has no collection ${asked.join("/").slice(0, 64)}.`,
    hint: `There is ${tops.join(", ")}.`,
  });
};

const checkFilters = ({ filters: known }: Collection, given: Readonly<Record<string, string>>): void => {
  const takes =
    known.length === 0 ? "this takes no filters" : `the filters of this collection are ${known.join(", ")}`;
  const faults = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return {
        pointer: pointerTo(name),
        detail: `unknown parameter; ${meant === null ? takes : `did you mean "${meant}"?`}`,
      };
    });
  if (faults.length > 0) throw invalid(faults);
};

const checkNeeded = ({ needsOneOf }: Collection, given: Readonly<Record<string, string>>): void => {
  if (needsOneOf === undefined || needsOneOf.some((name) => Object.hasOwn(given, name))) return;
  throw invalid(
    needsOneOf.map((name) => ({
      pointer: pointerTo(name),
      detail: `required: one of ${needsOneOf.join(", ")}`,
    })),
  );
};

/**
 * Reads a collection, or one thing, through to the provider of a connection.
 * @throws RequestRefused 404 for what is not there, 422 for filters and cursors, 502 and 503 for the provider
 */
export const readThrough = async (
  name: string,
  request: ReadRequest,
  { providers }: Pick<Ports, "providers">,
): Promise<ReadAnswer> => {
  const connection = providers.connection(name);
  if (connection === null) throw notFound(`Connection ${name.slice(0, 64)}`);
  const { collections } = providers.dialect(connection);
  const collection = collectionAt(collections, request.path);
  if (collection === undefined || request.path.some(cannotBe)) throw noCollection(request.path, collections);
  checkFilters(collection, request.filters);
  checkNeeded(collection, request.filters);
  try {
    return await providers.provider(connection).read(request);
  } catch (error) {
    if (error instanceof BadCursor) throw badCursor();
    if (error instanceof UnknownCollection) throw noCollection(request.path, collections);
    if (error instanceof ProviderRefusal || error instanceof ProviderDoubt)
      throw refusalOfRead({ connection: name, collection, request }, error);
    throw error;
  }
};
