export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds until the whole answer must have been read. */
  readonly timeoutMilliseconds: number;
  /** Sends the body in four pieces, so far apart. Only the guarded client can; others send it at once. */
  readonly bodyPauseMilliseconds?: number;
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

/** Not sent, as the address is not one that may be called: by the URL itself, or by where its name leads. */
export class AddressRefused extends HttpNotSent {
  constructor(message: string) {
    super(message);
    this.name = "AddressRefused";
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
