import type { World, Output } from "./world.ts";

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof codes;
/** Colours a text, or leaves it. */
export type Paint = (colour: Colour, text: string) => string;

const wants = (when: "auto" | "always" | "never", { environment }: World, output: Output): boolean => {
  if (when !== "auto") return when === "always";
  const set = (name: string): boolean => (environment[name] ?? "") !== "";
  if (set("NO_COLOR")) return false;
  if (set("CLICOLOR_FORCE") && environment["CLICOLOR_FORCE"] !== "0") return true;
  return output.isTTY && environment["TERM"] !== "dumb" && environment["CLICOLOR"] !== "0";
};

/** How to colour what goes to that output: the flag before the environment, the environment before the terminal. */
export const paintFor = (when: "auto" | "always" | "never", world: World, output: Output): Paint =>
  wants(when, world, output)
    ? (colour, text) => `\u001B[${codes[colour]}m${text}\u001B[0m`
    : (_colour, text) => text;

/** Whether lines can be drawn again: a terminal that understands how to move its cursor. */
export const canRedraw = ({ environment }: World, output: Output): boolean =>
  output.isTTY && environment["TERM"] !== "dumb";
