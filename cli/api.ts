import * as z from "zod";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";
import { failureOfProblem, problemSchema } from "./problem.ts";
import type { Access } from "./endpoint.ts";
import { upload, type UploadedFile } from "./upload.ts";

/** One request to the API. */
export interface ApiRequest {
  readonly method: string;
  /** From the root: `/v1/operations`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  /** Becomes JSON. */
  readonly json?: unknown;
  /** Text as it is. */
  readonly text?: { readonly content: string; readonly type: string } | undefined;
  readonly file?: UploadedFile | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface ApiPorts {
  readonly access: Access;
  readonly interrupted: AbortSignal;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told of each request, for `--debug`. */
  readonly debug: (line: string) => void;
}

/** The API did not answer at all. */
export class Unreachable extends CliFailure {}

const answerMilliseconds = 60_000;
const uploadMilliseconds = 600_000;
/** How often a read is asked again when the API says that it may be, or did not answer while work is awaited. */
const mostRetries = 3;
const longestRetrySeconds = 30;

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code =
    cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : null;
  const message = cause instanceof Error ? cause.message : String(cause);
  return code === null || message.includes(code) ? message : `${code} ${message}`.trim();
};

const unreachable = ({ url, isLoopback }: Access, error: unknown, key: string | undefined): Unreachable =>
  new Unreachable({
    exitCode: exitCodes.unexpected,
    code: "UNREACHABLE",
    message: `${url} does not answer`,
    why: [reasonOf(error)],
    fix: [
      isLoopback
        ? "Start one on this machine with npm run dev, or say where it is: --endpoint URL or SWITCHYARD_URL."
        : "Look at the address (--endpoint, SWITCHYARD_URL) and the network.",
      ...(key === undefined ? [] : [`The same again is safe with --idempotency-key ${key}`]),
    ],
    docs: "switchyard help environment",
    cause: error,
  });

/** Path and query. */
export const targetOf = ({ path, query = {} }: Pick<ApiRequest, "path" | "query">): string => {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

/** Body and headers of a request that is sent from memory. */
const bodyOf = (
  { json, text }: ApiRequest,
  headers: Readonly<Record<string, string>>,
): Pick<RequestInit, "body" | "headers"> => {
  if (text !== undefined) return { body: text.content, headers: { "content-type": text.type, ...headers } };
  if (json === undefined) return { headers };
  return { body: JSON.stringify(json), headers: { "content-type": "application/json", ...headers } };
};

const listSchema = z.looseObject({ items: z.array(z.unknown()), next_cursor: z.string().nullable() });

/** The public HTTP API. */
export class Api {
  readonly #ports: ApiPorts;

  constructor(ports: ApiPorts) {
    this.#ports = ports;
  }

  get access(): Access {
    return this.#ports.access;
  }

  /** The answer, whatever its status. @throws Unreachable, or the signal's reason after Ctrl-C */
  async send(request: ApiRequest): Promise<Response> {
    const { access, interrupted, debug } = this.#ports;
    const { method, file, idempotencyKey: key } = request;
    const patience = AbortSignal.timeout(file === undefined ? answerMilliseconds : uploadMilliseconds);
    const signal = AbortSignal.any([interrupted, patience]);
    const target = targetOf(request);
    const url = `${access.url}${target}`;
    const headers = {
      accept: "application/json, */*",
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...request.headers,
      authorization: `Bearer ${access.key}`,
    };
    debug(`> ${method} ${target}`);
    try {
      const answer = await (file === undefined
        ? // The key is for this API alone, so no redirect is followed.
          fetch(url, { ...bodyOf(request, headers), method, redirect: "manual", signal })
        : upload(url, method, headers, file, signal));
      debug(`< ${answer.status} ${answer.headers.get("x-request-id") ?? ""}`.trim());
      return answer;
    } catch (error) {
      interrupted.throwIfAborted();
      throw unreachable(access, error, key);
    }
  }

  /** The answer, once it is a good one. @throws CliFailure for any other */
  async expect(request: ApiRequest): Promise<Response> {
    for (let tried = 0; ; tried += 1) {
      const answer = await this.send(request);
      if (answer.ok) return answer;
      const wait = this.#retryMilliseconds(request, answer, tried);
      if (wait === null) throw await this.#failure(answer);
      await answer.body?.cancel();
      await this.#ports.sleep(wait, this.#ports.interrupted);
    }
  }

  /** @throws CliFailure, also when the answer is not what the contract says */
  async ask<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T> {
    const answer = await this.expect(request);
    const text = await answer.text();
    try {
      return schema.parse(text === "" ? null : JSON.parse(text));
    } catch (error) {
      throw new CliFailure({
        exitCode: exitCodes.unexpected,
        code: "UNREADABLE_ANSWER",
        message: `The answer to ${request.method} ${request.path} can't be read`,
        why: [error instanceof z.ZodError ? z.prettifyError(error) : "It is not JSON."],
        fix: ["Is the endpoint a Switchyard API, of this version?"],
        cause: error,
      });
    }
  }

  get<T>(schema: z.ZodType<T>, path: string, query: ApiRequest["query"] = {}): Promise<T> {
    return this.ask(schema, { method: "GET", path, query });
  }

  /** The items of a list, page by page. */
  async *pages<T>(
    schema: z.ZodType<T>,
    path: string,
    query: Readonly<Record<string, string | undefined>> = {},
  ): AsyncGenerator<readonly T[]> {
    for (let cursor: string | undefined; ;) {
      const page: z.infer<typeof listSchema> = await this.get(listSchema, path, { ...query, cursor });
      yield z.array(schema).parse(page.items);
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  /** Reads while work is awaited: an API that is away for a moment is asked again. @throws CliFailure */
  async patiently<T>(read: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried += 1) {
      try {
        return await read();
      } catch (error) {
        const passes = error instanceof CliFailure && error.exitCode === exitCodes.unexpected;
        if (!passes || tried >= mostRetries) throw error;
        await this.#ports.sleep(1000 * 2 ** tried, this.#ports.interrupted);
      }
    }
  }

  #retryMilliseconds({ method }: ApiRequest, { status, headers }: Response, tried: number): number | null {
    const seconds = Number(headers.get("retry-after") ?? Number.NaN);
    const may = method === "GET" && (status === 429 || status === 503) && tried < mostRetries;
    return may && seconds <= longestRetrySeconds ? seconds * 1000 : null;
  }

  async #failure(answer: Response): Promise<CliFailure> {
    const text = await answer.text();
    let problem = problemSchema.safeParse(null);
    try {
      problem = problemSchema.safeParse(JSON.parse(text));
    } catch {
      // What stands before the API (a gateway) may answer in its own way: the status is all we know then.
    }
    return failureOfProblem(problem.data ?? {}, answer.status, {
      keyFrom: this.#ports.access.keyFrom,
      requestId: answer.headers.get("x-request-id"),
      retryAfter: answer.headers.get("retry-after"),
    });
  }
}
