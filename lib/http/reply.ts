/** An answer before it is put into the caller's format. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Becomes JSON; a `Text` goes out as it is. */
  readonly body: unknown;
}

/** A body that is no JSON: a table, say. */
export class Text {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON answer. */
export const reply = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { "Content-Type": "application/json", ...headers },
  body,
});
