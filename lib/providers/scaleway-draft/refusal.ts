import type { HttpAnswer } from "../../ports/http-client.ts";
import { ProviderRefusal, type ProviderDoubt, type RefusalCode } from "../../ports/provider.ts";
import { errorOf } from "../scaleway-refusal.ts";

/**
 * A refusal that consists of its status: the document's own 400 and 404 have no body. What it means depends on what
 * was asked; a page of HTML, or a body that says something else, is none of these.
 */
export class BareRefusal extends ProviderRefusal {
  override readonly name = "BareRefusal";
}

const hasNoWords = (body: string): boolean => /^\s*(\{\s*\})?\s*$/.test(body);

/**
 * What an answer outside 2xx means: in the words of the API that followed where it has any, since this document has
 * none. `now` is in milliseconds since the epoch.
 */
export const draftErrorOf = (answer: HttpAnswer, now: number): ProviderRefusal | ProviderDoubt => {
  const error = errorOf(answer, now);
  const isBare = (answer.status === 400 || answer.status === 404) && hasNoWords(answer.body);
  if (!isBare || !(error instanceof ProviderRefusal)) return error;
  return new BareRefusal(error.code, error.message, error.provider);
};

/** Whether the error is a bare 404: "there is no such server", or a wrong address. */
export const isBareAbsence = (error: unknown): error is BareRefusal =>
  error instanceof BareRefusal && error.provider.status === 404;

/** The refusal with the code that its bare status has in answer to this call. */
export const meantAs = (error: BareRefusal, code: RefusalCode): ProviderRefusal =>
  new ProviderRefusal(code, error.message, error.provider, { cause: error });
