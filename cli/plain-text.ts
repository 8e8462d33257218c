/** Text from outside for a terminal: without control characters, which could move the cursor or colour what follows. */
export const plainText = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ");

/** At most so many characters, an ellipsis included. */
export const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).toWellFormed()}…`;
