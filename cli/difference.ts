/** One field that is not as it should be. */
export interface Difference {
  /** `periods.0.from` */
  readonly at: string;
  readonly from: unknown;
  readonly to: unknown;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What has to change so that `there` holds all that is wanted. What is there and not spoken of is left alone. */
export const differences = (wanted: unknown, there: unknown, at = ""): Difference[] => {
  const below = (name: string): string => (at === "" ? name : `${at}.${name}`);
  if (isRecord(wanted) && isRecord(there))
    return Object.entries(wanted).flatMap(([name, value]) => differences(value, there[name], below(name)));
  if (Array.isArray(wanted) && Array.isArray(there) && wanted.length === there.length)
    return wanted.flatMap((value: unknown, index) => differences(value, there[index], below(String(index))));
  const isSame = JSON.stringify(wanted) === JSON.stringify(there);
  return isSame ? [] : [{ at, from: there, to: wanted }];
};

/** A value in a line. */
export const valueText = (value: unknown): string =>
  value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value);
