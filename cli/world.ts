/** Where text goes. */
export interface Output {
  readonly isTTY: boolean;
  /** Width, in characters. */
  readonly columns: number;
  write(text: string): void;
  /** Bytes of any size; resolves when there is room for more. */
  send(chunk: Uint8Array): Promise<void>;
}

/** All that a command has to do with but the API. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly folder: string;
  /** Data. */
  readonly out: Output;
  /** Messages, progress, questions. */
  readonly err: Output;
  readonly input: { readonly isTTY: boolean; bytes(): AsyncIterable<Uint8Array> };
  /** Asks a person; only where there is one. */
  ask(question: string): Promise<string>;
  /** Since the epoch. */
  nowMilliseconds(): number;
  /** Resolves after that time, or as soon as the signal says so. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  newKey(): string;
  /** Ctrl-C was pressed. */
  readonly interrupted: AbortSignal;
}
