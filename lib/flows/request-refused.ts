/** One fault of a request and where it is, as a JSON Pointer from the body's root. */
export interface RequestFault {
  readonly pointer: string;
  readonly detail: string;
}

/** A request that can't be taken, with what a caller needs to mend it. HTTP shows it as a problem document. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly faults: readonly RequestFault[];
  readonly hint: string | null;
  readonly retryAfterSeconds: number | null;
  /** Whether all faults are shown, however many: whoever gave them has a limit of his own. */
  readonly showsAllFaults: boolean;
  constructor(words: {
    status: number;
    code: string;
    title: string;
    detail: string;
    faults?: readonly RequestFault[];
    hint?: string;
    retryAfterSeconds?: number;
    showsAllFaults?: boolean;
    cause?: unknown;
  }) {
    super(words.detail, words.cause === undefined ? undefined : { cause: words.cause });
    this.name = "RequestRefused";
    this.status = words.status;
    this.code = words.code;
    this.title = words.title;
    this.faults = words.faults ?? [];
    this.hint = words.hint ?? null;
    this.retryAfterSeconds = words.retryAfterSeconds ?? null;
    this.showsAllFaults = words.showsAllFaults ?? false;
  }
}

/** Refuses a body because of what stands in it. */
export const invalid = (faults: readonly RequestFault[]): RequestRefused =>
  new RequestRefused({
    status: 422,
    code: "INVALID_REQUEST",
    title: "The request has faults",
    detail: faults.map(({ pointer, detail }) => `${pointer === "" ? "body" : pointer}: ${detail}`).join("; "),
    faults,
  });

/** Refuses because there is no such thing. */
export const notFound = (
  what: string,
  hint = "Check the id or name: the list that it belongs to shows what your key may see.",
): RequestRefused =>
  new RequestRefused({
    status: 404,
    code: "NOT_FOUND",
    title: "There is no such thing",
    detail: `${what} does not exist.`,
    hint,
  });
