import { RequestRefused } from "../flows/request-refused.ts";

/** A refusal that HTTP has headers for. */
export class HttpRefused extends RequestRefused {
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    words: ConstructorParameters<typeof RequestRefused>[0],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(words);
    this.name = "HttpRefused";
    this.headers = headers;
  }
}
