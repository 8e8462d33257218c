import { ProviderDoubt } from "../ports/provider.ts";

/**
 * The thing that was asked for, and not another one: what a gateway or a cache has mixed up must not say how this one
 * stands. Ids are compared without case.
 * @throws ProviderDoubt
 */
export const sameThing = <T extends { readonly id: string }>(
  asked: string,
  told: T,
  requestId: string | null,
): T => {
  if (told.id.toLowerCase() === asked.toLowerCase()) return told;
  throw new ProviderDoubt("The provider answered with another thing than was asked for.", {
    status: 200,
    ...(requestId === null ? {} : { request_id: requestId }),
  });
};
