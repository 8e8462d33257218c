import * as z from "zod";

/** An attribute as it stands on the wire, as far as our rows have them. */
export const attributeSchema = z.union([
  z.strictObject({ S: z.string() }),
  z.strictObject({ N: z.string() }),
  /** Base64. */
  z.strictObject({ B: z.string() }),
]);
export type Attribute = z.infer<typeof attributeSchema>;
export type Item = Readonly<Record<string, Attribute>>;

/** What stands in an attribute: bytes as base64. */
export const textOf = (attribute: Attribute | undefined): string | null => {
  if (attribute === undefined) return null;
  if ("S" in attribute) return attribute.S;
  return "N" in attribute ? attribute.N : attribute.B;
};

/** Two digits take a byte, and there is one more for the exponent; zeros at both ends take none. */
const bytesOfNumber = (text: string): number =>
  Math.ceil(text.replace(/^-?0*|0*$/g, "").replace(".", "").length / 2) + 1;

const bytesOfValue = (attribute: Attribute): number => {
  if ("S" in attribute) return Buffer.byteLength(attribute.S);
  return "N" in attribute ? bytesOfNumber(attribute.N) : Buffer.byteLength(attribute.B, "base64");
};

/** The size of an item by DynamoDB's rule: names and values. */
export const bytesOfItem = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + bytesOfValue(attribute),
    0,
  );

/** Units of a write: one for each KB begun, of the larger one of what stood there and what stands there now. */
export const writeUnits = (before: Item | null, after: Item | null): number =>
  Math.max(
    1,
    Math.ceil(
      Math.max(before === null ? 0 : bytesOfItem(before), after === null ? 0 : bytesOfItem(after)) / 1024,
    ),
  );

/** The place of an item in an index of keys; null: it is not in it. */
const placeIn = (item: Item | null, [hash, range]: readonly [string, string]): string | null => {
  const [one, other] = [textOf(item?.[hash]), textOf(item?.[range])];
  return one === null || other === null ? null : `${one}\n${other}`;
};

/** Writes of an index of keys alone: one to put or remove an entry, two to move it. Entries are smaller than a KB. */
export const indexWrites = (
  before: Item | null,
  after: Item | null,
  keys: readonly [string, string],
): number => {
  const [from, to] = [placeIn(before, keys), placeIn(after, keys)];
  if (from === to) return 0;
  return from === null || to === null ? 1 : 2;
};
