/** A piece of code in a document. */
export interface Fenced {
  readonly language: string;
  readonly code: string;
}

/** All fenced pieces of a document, in their order. */
export const fencedIn = (text: string): readonly Fenced[] =>
  [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = "", code = ""]) => ({ language, code }));

/** The commands of a `console` piece: a blank line sets them apart. */
export const commandsIn = (code: string): readonly string[] => code.trim().split(/\n\n+/);

/** The rows of the table whose first heading is this, without it; cells are trimmed. */
export const tableOf = (text: string, heading: string): readonly (readonly string[])[] => {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const rows = start < 0 ? [] : lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};
