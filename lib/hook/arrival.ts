/** A webhook as it came. Header names are in lower case; the payload is whatever its body's JSON holds. */
export interface Arrival {
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: unknown;
}

/**
 * Where something stands in an arrival: a JSON Pointer (RFC 6901) into the payload, or `header:Name`. A pointer is empty
 * or begins with a slash, so the two can't clash.
 */
export type Place = string;

const pointerPattern = /^(?:\/(?:[^~/]|~[01])*)*$/;
const headerPattern = /^header:[A-Za-z0-9-]+$/;
const longestPlace = 500;

/** Whether a text is a place. */
export const isPlace = (text: string): boolean =>
  text.length <= longestPlace && (pointerPattern.test(text) || headerPattern.test(text));

/** What a place looks like, for refusals. */
export const placeWords = "a JSON Pointer such as /pull_request/number, or header:X-GitHub-Event";

/** What stands at a place; `found` is false where there is nothing (null is something). */
export type Found = { readonly found: true; readonly value: unknown } | { readonly found: false };

const nothing: Found = { found: false };
const indexPattern = /^(?:0|[1-9]\d{0,8})$/;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const inside = (value: unknown, name: string): Found => {
  if (Array.isArray(value)) {
    const index = indexPattern.test(name) ? Number(name) : value.length;
    return index < value.length ? { found: true, value: value[index] } : nothing;
  }
  // Only what the sender wrote counts, not what every object has.
  return isRecord(value) && Object.hasOwn(value, name) ? { found: true, value: value[name] } : nothing;
};

/** What stands at a pointer of a payload. */
export const valueAt = (payload: unknown, pointer: string): Found => {
  let found: Found = { found: true, value: payload };
  for (const part of pointer.split("/").slice(1)) {
    if (!found.found) return nothing;
    found = inside(found.value, part.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return found;
};

/** What stands at a place of an arrival. A header is a text, or it is not there. */
export const lookUp = ({ headers, payload }: Arrival, place: Place): Found => {
  if (!place.startsWith("header:")) return valueAt(payload, place);
  const value = headers.get(place.slice("header:".length).toLowerCase());
  return value === undefined ? nothing : { found: true, value };
};
