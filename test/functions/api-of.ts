import * as z from "zod";

const answerSchema = z.object({ statusCode: z.number(), body: z.string() });
const bodySchema = z.record(z.string(), z.unknown());

/** An answer of the API. */
interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The deployed API, asked as AWS asks. */
export interface Api {
  readonly get: (path: string) => Promise<ApiAnswer>;
  readonly post: (path: string, body: unknown, key: string) => Promise<ApiAnswer>;
}

/** The handler of `functions/api`; to be opened after the installation, whose environment it reads. */
export const apiOf = async (): Promise<Api> => {
  const { handler } = await import("../../functions/api.ts");
  const ask = async (method: string, target: string, more: object, headers: object): Promise<ApiAnswer> => {
    const [rawPath = "", rawQueryString = ""] = target.split("?");
    const event = {
      version: "2.0",
      rawPath,
      rawQueryString,
      headers: { authorization: "Bearer swy_test", ...headers },
      requestContext: { http: { method, path: rawPath }, requestId: "r" },
      isBase64Encoded: false,
      ...more,
    };
    const answer = answerSchema.parse(await handler(event, { getRemainingTimeInMillis: () => 30_000 }));
    return { status: answer.statusCode, body: bodySchema.parse(JSON.parse(answer.body)) };
  };
  return {
    get: (path) => ask("GET", path, {}, {}),
    post: (path, body, key) =>
      ask(
        "POST",
        path,
        { body: JSON.stringify(body) },
        { "content-type": "application/json", "idempotency-key": key },
      ),
  };
};
