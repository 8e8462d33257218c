import type * as z from "zod";
import type { HttpAnswer } from "../ports/http-client.ts";
import { ProviderDoubt } from "../ports/provider.ts";

/** An answer that was understood. */
export interface WireAnswer<T> {
  readonly value: T;
  readonly requestId: string | null;
  /** `X-Total-Count`, where the answer has it. */
  readonly total: number | null;
  /** Whether a `Link` header names a next page; null without such a header. The link itself is never followed. */
  readonly hasNext: boolean | null;
}

const totalOf = (answer: HttpAnswer): number | null => {
  const header = answer.headers["x-total-count"];
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : null;
};

const hasNextOf = (answer: HttpAnswer): boolean | null => {
  const header = answer.headers["link"];
  return header === undefined ? null : /;\s*rel="?next"?/i.test(header);
};

/** An answer with what its headers say of lists. */
export const wireAnswer = <T>(answer: HttpAnswer, requestId: string | null, value: T): WireAnswer<T> => ({
  value,
  requestId,
  total: totalOf(answer),
  hasNext: hasNextOf(answer),
});

/** Deeper than any provider's answer; what is written out again by recursion must not end the function. */
const deepest = 200;

/** Whether the JSON nests deeper than that. Brackets in texts count too: a text of hundreds of them is as odd. */
const isTooDeep = (body: string): boolean => {
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const letter = body.charCodeAt(at);
    if (letter === 0x5b || letter === 0x7b) depth += 1;
    else if (letter === 0x5d || letter === 0x7d) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
};

/** @throws ProviderDoubt for a body that is not what it should be */
export const parsed = <T>(
  answer: HttpAnswer,
  requestId: string | null,
  schema: z.ZodType<T>,
): WireAnswer<T> => {
  const detail = { status: answer.status, ...(requestId === null ? {} : { request_id: requestId }) };
  if (isTooDeep(answer.body)) {
    throw new ProviderDoubt(
      `The provider answered ${answer.status} with a body that nests too deeply.`,
      detail,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch (cause) {
    throw new ProviderDoubt(`The provider answered ${answer.status} with a body that is no JSON.`, detail, {
      cause,
    });
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const where = result.error.issues[0]?.path.join(".") ?? "";
    const message = `The provider answered ${answer.status} with a body of another shape than expected${where === "" ? "" : ` (at ${where})`}.`;
    throw new ProviderDoubt(message, detail, { cause: result.error });
  }
  return wireAnswer(answer, requestId, result.data);
};
