/** An answer before it is put into the caller's format. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Becomes JSON. */
  readonly body: unknown;
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
