import type { ProviderDetail } from "../operation/problem.ts";
import { ProviderDoubt, ProviderRefusal } from "../ports/provider.ts";
import { pointerTo } from "./pointer.ts";
import { notFound, RequestRefused, type RequestFault } from "./request-refused.ts";

/** A read that the provider did not answer; `provider` is what it said. */
export class ProviderFailed extends RequestRefused {
  readonly provider: ProviderDetail;
  constructor(words: ConstructorParameters<typeof RequestRefused>[0], provider: ProviderDetail) {
    super(words);
    this.name = "ProviderFailed";
    this.provider = provider;
  }
}

/** What was asked of the provider, for the words of a refusal. */
export interface Asked {
  readonly connection: string;
  readonly path: readonly string[];
  readonly filters: Readonly<Record<string, string>>;
  /** Whether there are ids of the caller's in the path. */
  readonly hasIds: boolean;
}

const whatOf = ({ connection, path }: Asked): string => `${connection}/${path.join("/")}`.slice(0, 64);

/** Seconds to wait when the provider does not say. */
const usualWait = 2;

const limited = (asked: Asked, error: ProviderRefusal): ProviderFailed =>
  new ProviderFailed(
    {
      status: 503,
      code: "RATE_LIMITED",
      title: "The provider's limit is used up",
      detail: `Connection ${asked.connection} may not call its provider now. Ask again later.`,
      retryAfterSeconds: Math.max(1, Math.ceil(error.retryAfterSeconds ?? usualWait)),
      cause: error,
    },
    error.provider,
  );

const broken = (asked: Asked, code: string, error: ProviderRefusal | ProviderDoubt): ProviderFailed =>
  new ProviderFailed(
    {
      status: 502,
      code: `PROVIDER_${code}`,
      title: "The provider did not answer the question",
      // Messages of our own side may name where a secret is kept; what the provider said stands in `provider`.
      detail: `Connection ${asked.connection} could not read from its provider.`,
      cause: error,
    },
    error.provider,
  );

/** The provider refuses what was asked: the fault is at the filters, or there is no such id; else it is our own. */
const refusedInput = (asked: Asked, error: ProviderRefusal): RequestRefused => {
  const said = error.provider.message ?? "the provider does not take it";
  const faults: RequestFault[] = Object.keys(asked.filters).map((name) => ({
    pointer: pointerTo(name),
    detail: `refused by the provider: ${said}`,
  }));
  if (faults.length === 0) return asked.hasIds ? notFound(whatOf(asked)) : broken(asked, "REFUSED", error);
  const words = {
    status: 422,
    code: "PROVIDER_REFUSED",
    title: "The provider refuses the question",
    detail: `The provider does not take these filters: ${said}`,
    faults,
    cause: error,
  };
  return new ProviderFailed(words, error.provider);
};

/** Statuses by which a provider blames the question and not the one who asks, or itself. */
const blamesQuestion = (status: number | null): boolean =>
  status !== null && [400, 404, 405, 409, 410, 412, 413, 414, 422].includes(status);

/**
 * What a failed read means for whoever asked: nothing that a caller sends is answered with a 5xx, and what is wrong
 * between us and the provider is never the caller's fault.
 */
export const refusalOfRead = (asked: Asked, error: ProviderRefusal | ProviderDoubt): RequestRefused => {
  if (error instanceof ProviderDoubt) return broken(asked, "UNCLEAR", error);
  switch (error.code) {
    case "RATE_LIMITED":
      return limited(asked, error);
    case "RESOURCE_NOT_FOUND":
    case "RESOURCE_GONE":
      return notFound(whatOf(asked));
    case "INVALID_INPUT":
      return refusedInput(asked, error);
    case "PROVIDER_REFUSED":
    case "WRONG_STATE":
    case "ALREADY_EXISTS":
      return blamesQuestion(error.provider.status)
        ? refusedInput(asked, error)
        : broken(asked, "REFUSED", error);
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
    case "QUOTA_EXCEEDED":
    case "OUT_OF_STOCK":
    case "PAYMENT_REQUIRED":
    case "PROTECTED":
    case "LOCKED":
    case "UNAVAILABLE":
      return broken(asked, error.code, error);
  }
};
