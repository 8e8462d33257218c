import type * as z from "zod";
import { readBy } from "../flows/faults.ts";
import { pointerTo, shortName } from "../operation/pointer.ts";
import { invalid, RequestRefused, type RequestFault } from "../flows/request-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";

/** A query as it came: what could be decoded of it, and the parameters that could not. */
type Query = Pick<IncomingRequest, "query" | "brokenParameters">;

const broken = (names: readonly string[]): RequestRefused =>
  new RequestRefused({
    status: 400,
    code: "INVALID_ENCODING",
    title: "The query can't be read",
    detail: `The percent-encoding of ${names.map(shortName).join(", ").slice(0, 200)} is broken, or not of UTF-8.`,
    hint: "Percent-encode the bytes of UTF-8: é is %C3%A9, and % itself is %25.",
    faults: names.map((name) => ({
      pointer: pointerTo(name),
      detail: "must be UTF-8, percent-encoded",
    })),
  });

const hasControls = (text: string): boolean => /\p{Cc}/u.test(text);

/**
 * Refuses what no route takes in its query, whether it reads the query or not. `free`: parameters that may hold control
 * characters, because they say which one is meant.
 * @throws RequestRefused 400 for broken encoding, 422 for control characters, each fault at `/name`
 */
export const checkQuery = ({ query, brokenParameters }: Query, free: readonly string[] = []): void => {
  if (brokenParameters.length > 0) throw broken(brokenParameters);
  const faults = query
    .filter(([name, value]) => hasControls(name) || (hasControls(value) && !free.includes(name)))
    .map(([name]) => ({ pointer: pointerTo(name), detail: "must not hold control characters" }));
  if (faults.length > 0) throw invalid(faults);
};

/** The query's parameters by their name, each once. @throws RequestRefused 422, each fault at `/name` */
export const readQuery = <Q extends z.ZodObject>(
  schema: Q,
  pairs: readonly (readonly [string, string])[],
): z.output<Q> => {
  const faults: RequestFault[] = [];
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const pointer = pointerTo(name);
    if (values.has(name)) faults.push({ pointer, detail: "is given twice" });
    // zod passes over it where other unknown names are refused.
    else if (name === "__proto__") faults.push({ pointer, detail: "unknown parameter" });
    values.set(name, value);
  }
  const read = readBy(schema, Object.fromEntries(values));
  if (read.faults === null && faults.length === 0) return read.value;
  throw invalid([
    ...faults,
    ...(read.faults ?? []).map(({ pointer, detail }) => ({
      pointer,
      detail: detail.replace(/^unknown field/, "unknown parameter"),
    })),
  ]);
};
