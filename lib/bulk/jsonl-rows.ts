import { isObject, type Json, type JsonObject } from "../operation/json.ts";
import { strictFaultsOf } from "../operation/strict-json.ts";
import type { BulkLimits } from "./bulk-limits.ts";
import { rowFault, type RowFault } from "./csv-rows.ts";
import { linesOf } from "./lines.ts";
import type { Pieces } from "./source.ts";

/** What a JSONL file says, in its order. */
export type JsonlPart = { readonly is: "row"; readonly line: number; readonly value: JsonObject } | RowFault;

/** Only the place is taken from the parser's words: they quote the line. */
const syntaxWords = (error: unknown, text: string): string => {
  const at = error instanceof Error ? /position (?<at>\d+)/.exec(error.message)?.groups?.["at"] : undefined;
  const isCut = at === undefined || Number(at) >= text.trimEnd().length;
  return `is not valid JSON: ${isCut ? "it ends too early" : `see character ${Number(at) + 1}`}`;
};

const readLine = (line: number, text: string): JsonlPart[] => {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return [rowFault(line, syntaxWords(error, text))];
  }
  if (!isObject(value)) return [rowFault(line, "must be a JSON object")];
  const { faults } = strictFaultsOf(text);
  if (faults.length === 0) return [{ is: "row", line, value }];
  return faults.map(({ pointer, detail }) => rowFault(line, detail, { place: pointer }));
};

/** Reads one JSON object a line; lines with nothing but blanks are passed over, and count as lines all the same. */
export function* jsonlRows(
  pieces: Pieces,
  limits: Pick<BulkLimits, "bytes" | "lineBytes">,
): Generator<JsonlPart> {
  for (const line of linesOf(pieces, limits)) {
    if (line.is === "stop") {
      yield rowFault(line.line, line.detail, { isFatal: true, isTooLarge: line.isTooLarge });
      return;
    }
    if (line.fault !== null) yield rowFault(line.number, line.fault);
    else if (line.text.trim() !== "") yield* readLine(line.number, line.text);
  }
}
