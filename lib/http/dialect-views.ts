import { dialectViewOf, type DialectView } from "../flows/list-dialects.ts";
import type { Dialect } from "../ports/provider.ts";
import { jsonSchemaOfInput } from "./json-schema.ts";

/** Dialects as they are shown. In a bundle they are read from what the build has written: making them takes long. */
export const dialectViews = (dialects: readonly Dialect[]): readonly DialectView[] =>
  dialects.map((dialect) => dialectViewOf(dialect, jsonSchemaOfInput));
