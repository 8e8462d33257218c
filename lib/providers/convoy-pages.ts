import * as z from "zod";
import { ProviderDoubt } from "../ports/provider.ts";
import { panelRoot, serversPath } from "./convoy-transport.ts";
import type { Connection } from "../connection.ts";
import { answerTimes, patience, type Transport } from "./transport.ts";
import type { ListPage } from "./scaleway-pages.ts";

const listEnvelope = z.looseObject({
  data: z.array(z.unknown()),
  meta: z
    .looseObject({ pagination: z.looseObject({ total: z.int().nonnegative() }) })
    .optional()
    .catch(undefined),
});

/** A page of servers; `unreadable` counts those that could not be parsed. */
export interface ServerPage<T> extends ListPage<T> {
  readonly unreadable: number;
  readonly requestId: string | null;
}

/**
 * One page of the panel's servers. Pages are asked for by number: the links in an answer are never followed.
 * @throws ProviderRefusal, ProviderDoubt
 */
export const serverPage = async <T>(
  { transport, connection }: { readonly transport: Transport; readonly connection: Connection },
  query: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
): Promise<ServerPage<T>> => {
  const { value, requestId } = await transport.call(
    {
      method: "GET",
      root: panelRoot(connection),
      path: serversPath(),
      query,
      patience: patience.look,
      timeoutMilliseconds: answerTimes.list,
    },
    listEnvelope,
  );
  const items = value.data.flatMap((one) => {
    const server = schema.safeParse(one);
    return server.success ? [server.data] : [];
  });
  return {
    items,
    total: value.meta?.pagination.total ?? null,
    unreadable: value.data.length - items.length,
    requestId,
  };
};

/** The page, for searches: a server that can't be read might be the one that is looked for. @throws ProviderDoubt */
export const readable = <T>(page: ServerPage<T>): ServerPage<T> => {
  if (page.unreadable === 0) return page;
  throw new ProviderDoubt("The list holds a server that can't be read.", {
    status: 200,
    ...(page.requestId === null ? {} : { request_id: page.requestId }),
  });
};
