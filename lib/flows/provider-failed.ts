import type { ProviderDetail } from "../operation/problem.ts";
import { ProviderDoubt, ProviderRefusal, type Collection, type ReadRequest } from "../ports/provider.ts";
import { SecretUnavailable } from "../ports/secrets.ts";
import { pointerTo } from "../operation/pointer.ts";
import { notFound, RequestRefused } from "./request-refused.ts";

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
  readonly collection: Collection;
  readonly request: ReadRequest;
}

const whatOf = ({ connection, request }: Asked): string =>
  `${connection}/${request.path.join("/")}`.slice(0, 64);

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

/** Our own key could not be had, so nobody was asked. Whoever sets it right has to know which; its value is nowhere. */
const withoutSecret = (asked: Asked, cause: SecretUnavailable, error: ProviderRefusal): ProviderFailed =>
  new ProviderFailed(
    {
      status: 503,
      code: "SECRET_UNAVAILABLE",
      title: "The connection's secret can't be read",
      detail: `The secret ${cause.reference} of connection ${asked.connection} can't be read, so its provider was not asked.`,
      hint: "Set the secret where the reference points to, or let the functions' role read it; then ask again.",
      retryAfterSeconds: Math.max(1, Math.ceil(error.retryAfterSeconds ?? usualWait)),
      cause: error,
    },
    error.provider,
  );

/** Filters that the provider itself blames, whether they were sent or are missing. */
const blamedFilters = ({ collection }: Asked, { provider }: ProviderRefusal): string[] => {
  const named = new Set([...Object.keys(provider.fields ?? {}), ...(provider.param ?? "").split(/[.,]/)]);
  return collection.filters.filter((name) => named.has(name));
};

/** The parameters by which the question could be another one, those that the provider names first. */
const changeable = (asked: Asked, error: ProviderRefusal): readonly string[] => {
  const blamed = blamedFilters(asked, error);
  if (blamed.length > 0) return blamed;
  const sent = Object.keys(asked.request.filters);
  if (sent.length > 0) return sent;
  return asked.request.cursor === null ? [] : ["cursor"];
};

const refusedQuestion = (asked: Asked, names: readonly string[], error: ProviderRefusal): ProviderFailed => {
  const { filters } = asked.collection;
  const said = error.provider.message ?? "the provider does not take it";
  return new ProviderFailed(
    {
      status: 422,
      code: "PROVIDER_REFUSED",
      title: "The provider refuses the question",
      detail: `The provider does not take this question: ${said}`,
      hint:
        filters.length === 0
          ? "Begin the list again, without a cursor."
          : `Change the query; the filters of this collection are ${filters.join(", ")}.`,
      faults: names.map((name) => ({
        pointer: pointerTo(name),
        detail: `refused by the provider: ${error.provider.fields?.[name]?.[0] ?? said}`,
      })),
      cause: error,
    },
    error.provider,
  );
};

const hasIds = ({ collection }: Asked): boolean => collection.path.split("/").includes(":id");

/**
 * The provider refuses what was asked: the fault is at the parameters, or there is no such id. Where the caller could
 * have said nothing else it is our own.
 */
const refusedInput = (asked: Asked, error: ProviderRefusal): RequestRefused => {
  const names = changeable(asked, error);
  if (names.length === 0 && hasIds(asked)) return notFound(whatOf(asked));
  if (names.length === 0 && asked.collection.filters.length === 0) return broken(asked, "REFUSED", error);
  return refusedQuestion(asked, names, error);
};

/** Statuses by which a provider blames the question and not the one who asks, or itself. */
const blamesQuestion = (status: number | null): boolean =>
  status !== null && [400, 404, 405, 409, 410, 412, 413, 414, 416, 422, 431].includes(status);

/**
 * What a failed read means for whoever asked: nothing that a caller sends is answered with a 5xx, and what is wrong
 * between us and the provider is never the caller's fault.
 */
export const refusalOfRead = (asked: Asked, error: ProviderRefusal | ProviderDoubt): RequestRefused => {
  if (error instanceof ProviderDoubt) return broken(asked, "UNCLEAR", error);
  if (error.cause instanceof SecretUnavailable) return withoutSecret(asked, error.cause, error);
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
    case "PERMISSION_DENIED": {
      // With a filter it may be somebody else's project that was asked for; without one it is our own key.
      const sent = Object.keys(asked.request.filters);
      return sent.length > 0 ? refusedQuestion(asked, sent, error) : broken(asked, error.code, error);
    }
    case "UNAUTHENTICATED":
    case "QUOTA_EXCEEDED":
    case "OUT_OF_STOCK":
    case "START_FAILED":
    case "PAYMENT_REQUIRED":
    case "PROTECTED":
    case "LOCKED":
    case "UNAVAILABLE":
      return broken(asked, error.code, error);
  }
};
