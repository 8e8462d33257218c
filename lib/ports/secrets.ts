/** The named secret can't be read. The message names the reference, never a value. */
export class SecretUnavailable extends Error {
  readonly reference: string;
  constructor(reference: string, options?: ErrorOptions) {
    super(`The secret ${reference} can't be read.`, options);
    this.name = "SecretUnavailable";
    this.reference = reference;
  }
}

/** Where secrets live. Values go only into request headers, nowhere else. */
export interface Secrets {
  /**
   * The value behind `env:NAME`, `ssm:/path` or `secretsmanager:name`, cached for up to 5 minutes.
   * @throws SecretUnavailable when there is none, or the store refuses.
   */
  read(reference: string): Promise<string>;
  /**
   * The value as its store has it now, for whoever was shown another one: it may have been rotated. The store is asked
   * at most once in 10 seconds; in between, and while it does not answer, the cached value is given.
   * @throws SecretUnavailable when there is none, and none is cached
   */
  readAnew(reference: string): Promise<string>;
  /** Drops the cached value, so that the next read sees a rotated secret (after a 401, say). */
  forget(reference: string): void;
}
