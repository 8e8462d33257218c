/** A value as it stands on the wire. */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly Attribute[] }
  | { readonly M: Attributes };
export type Attributes = { readonly [name: string]: Attribute };

/** A value that this table neither writes nor reads. */
class StrangeValue extends Error {
  constructor(what: string) {
    super(`The table has no ${what}.`);
    this.name = "StrangeValue";
  }
}

/** A text, a number, bytes or a truth value as it stands on the wire: our rows are flat. */
export const attributeOf = (value: unknown): Attribute => {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number" && Number.isFinite(value)) return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (!(value instanceof Uint8Array)) throw new StrangeValue(`value of type ${typeof value}`);
  const { buffer, byteOffset, byteLength } = value;
  return { B: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
};

/** Named values as they stand on the wire; those that are `undefined` are left out. */
export const attributesOf = (values: Readonly<Record<string, unknown>>): Attributes => {
  const all: Record<string, Attribute> = {};
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value !== undefined) all[name] = attributeOf(value);
  }
  return all;
};

const numberOf = (text: string): number => {
  const value = Number(text);
  const isWhole = /^-?\d+$/.test(text);
  if (isWhole && !Number.isSafeInteger(value)) throw new StrangeValue(`number ${text}: it is not exact`);
  return value;
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/**
 * What an attribute says. Looked at by hand: schemas of thousands of rows cost more than all the rest, and what the rows
 * say is parsed by theirs.
 * @throws Error when it is none that a JSON value or bytes become
 */
export const valueOf = (attribute: unknown): unknown => {
  const [type = "none", value]: readonly unknown[] = isObject(attribute)
    ? (Object.entries(attribute)[0] ?? [])
    : [];
  if (typeof value === "string") {
    if (type === "S") return value;
    if (type === "N") return numberOf(value);
    if (type === "B") return new Uint8Array(Buffer.from(value, "base64"));
  }
  if (type === "BOOL" && typeof value === "boolean") return value;
  if (type === "NULL") return null;
  if (type === "L" && Array.isArray(value)) return value.map((each) => valueOf(each));
  if (type === "M" && isObject(value)) return valuesOf(value);
  throw new StrangeValue(`attribute of type ${String(type)}`);
};

/** What named attributes say. */
export const valuesOf = (attributes: object): Record<string, unknown> => {
  const all: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(attributes)) all[name] = valueOf(attribute);
  return all;
};
