export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until the whole answer must have been read. */
  readonly timeoutMilliseconds: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; at most 2 MB, longer ones are an `HttpUnclear`. */
  readonly body: string;
}

/** The request certainly did not reach the other side: name not found, connection refused or not made in time, TLS refused. */
export class HttpNotSent extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpNotSent";
  }
}

/** The request may have been carried out: timeout or reset after it was sent, answer cut off or too long. */
export class HttpUnclear extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpUnclear";
  }
}

/** HTTP to a provider. Never repeats a request by itself and never follows a redirect. */
export interface HttpClient {
  /** @throws HttpNotSent, HttpUnclear */
  send(request: HttpRequest): Promise<HttpAnswer>;
}
