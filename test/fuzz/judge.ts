import * as z from "zod";
import { jsonSchema, type Json } from "../../lib/operation/json.ts";
import { templateOf, type ApiDocument, type ApiOperation } from "./api-document.ts";

const answerSchema = z.strictObject({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
});
const problemSchema = z.looseObject({
  type: z.string(),
  status: z.number(),
  code: z.string(),
  request_id: z.string(),
});

/** An answer as it was read, and all that is wrong with it. */
export interface Verdict {
  readonly status: number;
  readonly faults: readonly string[];
  /** The route that answered, where the path is in the document. */
  readonly operation: ApiOperation | null;
  /** The JSON of an answer that went well; null otherwise. */
  readonly body: Json;
  readonly code: string | null;
}

/** What a request said, for whoever looks whether it comes back. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** All texts of the request, as they came and decoded. */
  readonly texts: () => readonly string[];
  /** Whether the provider may have failed: then a route may say so. */
  readonly isAtEcho: boolean;
}

const segmentsOf = (path: string): readonly string[] | null => {
  try {
    return path.replace(/^\//, "").split("/").map(decodeURIComponent);
  } catch {
    return null;
  }
};

/** 64 characters, and two that may stand beside them in both by chance. */
const mostEchoed = 66;
const step = Math.floor((mostEchoed + 1) / 2);

/** The longest piece of a text that one of the others holds, if it is longer than may be. */
const echoIn = (said: string, texts: readonly string[]): string | null => {
  if (said.length <= mostEchoed) return null;
  // Whatever is that long holds one of these pieces whole.
  for (let at = 0; at + step <= said.length; at += step) {
    const piece = said.slice(at, at + step);
    for (const text of texts) {
      if (!text.includes(piece)) continue;
      let from = at;
      let to = at + step;
      while (from > 0 && text.includes(said.slice(from - 1, to))) from -= 1;
      while (to < said.length && text.includes(said.slice(from, to + 1))) to += 1;
      if (to - from > mostEchoed) return said.slice(from, to);
    }
  }
  return null;
};

const textsIn = (value: Json): readonly string[] => {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const parsed = (text: string): Json | undefined => {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

/** Holds answers against the document. */
export class Judge {
  readonly document: ApiDocument;
  /** Codes that were seen, with the status of each. */
  readonly codes = new Map<string, number>();

  constructor(document: ApiDocument) {
    this.document = document;
  }

  judge(value: unknown, asked: Asked): Verdict {
    const answer = answerSchema.safeParse(value);
    if (!answer.success)
      return {
        status: 0,
        faults: [`no answer of a function: ${answer.error.message}`],
        operation: null,
        body: null,
        code: null,
      };
    const { statusCode: status, headers, body: text = "" } = answer.data;
    const lower = new Map(Object.entries(headers).map(([name, said]) => [name.toLowerCase(), said]));
    const operation = this.#operationOf(asked);
    const faults: string[] = [];
    for (const [name, said] of lower)
      if (/[^\t -~]/.test(said))
        faults.push(`header ${name} holds what no header may: ${JSON.stringify(said)}`);
    if (asked.method === "HEAD") {
      if (text !== "") faults.push("an answer to HEAD has a body");
      faults.push(...this.#statusFaults(status, operation, asked));
      return { status, faults, operation, body: null, code: null };
    }
    if (status === 204) {
      if (text !== "") faults.push("a 204 has a body");
      faults.push(...this.#statusFaults(status, operation, asked));
      return { status, faults, operation, body: null, code: null };
    }
    // A table is a text; whatever else is asked is answered with JSON.
    const isText = /^(?:text\/csv|application\/jsonl)\b/.test(lower.get("content-type") ?? "");
    const body = isText ? text : parsed(text);
    if (body === undefined)
      return {
        status,
        faults: [...faults, `no JSON: ${text.slice(0, 200)}`],
        operation,
        body: null,
        code: null,
      };
    faults.push(...this.#statusFaults(status, operation, asked));
    if (status < 400) {
      faults.push(...this.#bodyFaults(status, lower, body, operation));
      return { status, faults, operation, body, code: null };
    }
    faults.push(...this.#problemFaults(status, lower, body, asked));
    const code = problemSchema.safeParse(body).data?.code ?? null;
    return { status, faults, operation, body: null, code };
  }

  #operationOf({ method, path }: Asked): ApiOperation | null {
    const segments = segmentsOf(path);
    const template = segments === null ? null : templateOf(this.document, segments);
    const wanted = method === "HEAD" ? "GET" : method;
    return this.document.operations.find((one) => one.template === template && one.method === wanted) ?? null;
  }

  #statusFaults(status: number, operation: ApiOperation | null, { isAtEcho }: Asked): readonly string[] {
    if (status >= 500 && !(isAtEcho && operation?.answers.has(status) === true)) return [`status ${status}`];
    if (operation !== null && !operation.answers.has(status))
      return [`status ${status} is not described for ${operation.method} ${operation.template}`];
    if (operation === null && ![400, 401, 404, 405, 429].includes(status))
      return [`status ${status} for no known route`];
    return [];
  }

  #bodyFaults(
    status: number,
    headers: ReadonlyMap<string, string>,
    body: Json,
    operation: ApiOperation | null,
  ): readonly string[] {
    if (operation === null) return [];
    const type = headers.get("content-type") ?? "";
    const check = operation.answers.get(status)?.get(type.split(";")[0] ?? "");
    if (check === undefined) return [`${status} is not described as ${type}`];
    const named = operation.headerNames.get(status);
    const stray = [...headers.keys()].find(
      (name) =>
        !["content-type", "content-disposition", "cache-control"].includes(name) && named?.has(name) !== true,
    );
    const fault = check(body);
    return [
      ...(stray === undefined ? [] : [`header ${stray} is not described for ${status}`]),
      ...(fault === null ? [] : [`another answer than described: ${fault}`]),
    ];
  }

  #problemFaults(
    status: number,
    headers: ReadonlyMap<string, string>,
    body: Json,
    { texts, isAtEcho }: Asked,
  ): readonly string[] {
    const faults: string[] = [];
    if (headers.get("content-type") !== "application/problem+json")
      faults.push("an error is no problem document");
    const fault = this.document.problem(body);
    if (fault !== null) return [...faults, `an error is not as described: ${fault}`];
    const problem = problemSchema.parse(body);
    const { code } = problem;
    if (problem.status !== status) faults.push("the problem has another status");
    if (headers.has("x-request-id") && problem.request_id !== headers.get("x-request-id"))
      faults.push("the problem has another request id");
    if (!/^[A-Z][A-Z0-9_]*$/.test(code) || problem.type !== `urn:switchyard:problem:${code}`)
      faults.push(`the code ${code} and the type ${problem.type} are not of one name`);
    if (!this.codes.has(code)) this.codes.set(code, status);
    if (status === 405 && !headers.has("allow")) faults.push("a 405 without Allow");
    if (status === 401 && !headers.has("www-authenticate")) faults.push("a 401 without WWW-Authenticate");
    if ((status === 429 || status === 503) && !headers.has("retry-after"))
      faults.push(`a ${status} without Retry-After`);
    const { provider: _theirs, ...ours } = problem;
    // Where the provider repeats what it was sent, its words are repeated too.
    if (isAtEcho && code.startsWith("PROVIDER_")) return faults;
    const long = textsIn(jsonSchema.parse(ours)).filter(({ length }) => length > mostEchoed);
    const given = long.length === 0 ? [] : texts();
    for (const said of long) {
      const echo = echoIn(said, given);
      if (echo !== null)
        faults.push(`${echo.length} characters of the request come back: ${echo.slice(0, 100)}`);
    }
    return faults;
  }
}
