import { isAbsolute, relative, resolve, sep } from "node:path";

/** A path for people: below the folder `from` as a path from there (`./state`), elsewhere the whole one. */
export const shownPath = (path: string, from: string): string => {
  const whole = resolve(from, path);
  const rest = relative(from, whole);
  if (isAbsolute(rest) || rest === ".." || rest.startsWith(`..${sep}`)) return whole;
  return rest === "" ? "." : `.${sep}${rest}`;
};
