/** An answer of the API as a client sees it. */
export interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The JSON of the body; null when it is empty. */
  readonly body: unknown;
}
