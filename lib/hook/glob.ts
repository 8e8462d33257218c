/** Texts longer than this (in characters) are like no glob: the work stays small, whatever a sender writes. */
const longestText = 10_000;
/** The longest glob. */
export const longestGlob = 200;

/** Whether a text has a `*` or a `?` in it. */
export const isGlob = (text: string): boolean => /[*?]/.test(text);

/**
 * Whether a text is like a glob: `*` stands for any run of characters, `?` for one, everything else for itself. Only the
 * last star is ever tried again, so the steps are at most the product of both lengths, never a power of them.
 */
export const isLike = (text: string, glob: string): boolean => {
  if (text.length > longestText) return false;
  const letters = Array.from(text);
  const pattern = Array.from(glob);
  let at = 0;
  let wanted = 0;
  let star = -1;
  let tried = 0;
  while (at < letters.length) {
    const sign = pattern[wanted];
    if (sign === "*") {
      star = wanted;
      tried = at;
      wanted += 1;
    } else if (sign === "?" || (sign !== undefined && sign === letters[at])) {
      at += 1;
      wanted += 1;
    } else if (star >= 0) {
      tried += 1;
      at = tried;
      wanted = star + 1;
    } else return false;
  }
  return pattern.slice(wanted).every((sign) => sign === "*");
};
