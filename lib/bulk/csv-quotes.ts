/** How a line of CSV ends. */
export interface LineEnd {
  /** Whether the line break belongs to a cell in quotes. */
  readonly isOpen: boolean;
  /** What RFC 4180 does not allow, in words. */
  readonly fault: string | null;
}

const stray = 'has a quote in a cell that has none around it; write "…" around the cell, and the quote twice';
const behind = "has something between a closing quote and the next cell; write quotes within a cell twice";
const loneReturn = "has a carriage return where no line ends; end lines with LF or CRLF";

/** Where a reader of CSV stands: before a cell, in one, in one with quotes, or at a quote that may have closed it. */
type State = "before" | "plain" | "quoted" | "quote";

/**
 * Looks only at quotes. It finds where rows end, and goes on behind a mistake with the next cell, so that one bad line
 * costs no other.
 * @param wasOpen whether the line begins within a cell in quotes
 */
export const endOfLine = (text: string, delimiter: string, wasOpen: boolean): LineEnd => {
  const last = text.length - 1;
  if (!wasOpen && !text.includes('"')) {
    const at = text.indexOf("\r");
    return { isOpen: false, fault: at === -1 || at === last ? null : loneReturn };
  }
  let state: State = wasOpen ? "quoted" : "before";
  let fault: string | null = null;
  for (let at = 0; at <= last; at += 1) {
    const character = text[at];
    if (state === "quoted") {
      if (character === '"') state = "quote";
      continue;
    }
    if (character === delimiter) state = "before";
    else if (character === '"') {
      if (state === "plain") fault ??= stray;
      else state = "quoted";
    } else if (character === "\r") {
      if (at !== last) fault ??= loneReturn;
    } else {
      if (state === "quote") fault ??= behind;
      state = "plain";
    }
  }
  return { isOpen: state === "quoted", fault };
};
