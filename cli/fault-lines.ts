import type { CliFailure } from "./failure.ts";

/** A failure in lines that say what it is about. */
export const faultLines = (entry: string, { message, why, fix }: CliFailure): string[] => {
  const named = message.startsWith(entry) ? message : `${entry}: ${message}`;
  return why.length > 0 ? why.map((line) => `${entry} ${line}`) : [named, ...fix.map((line) => `  ${line}`)];
};
