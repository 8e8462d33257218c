import type { Connection } from "../connection.ts";
import { ProviderRefusal } from "../ports/provider.ts";

/**
 * Whether an input may name this secret. An input comes from whoever may send requests, and what it names is sent to the
 * provider: so it may name only what the connection allows, never the connection's own key.
 */
const isAllowed = ({ input_secrets: prefixes, secret }: Connection, reference: string): boolean =>
  reference !== secret &&
  prefixes.some((prefix) => reference.length > prefix.length && reference.startsWith(prefix));

const whyNot = ({ name, input_secrets: prefixes }: Connection): string =>
  prefixes.length === 0
    ? `connection ${name} allows no secrets in inputs; its input_secrets says which`
    : `must begin with ${prefixes.join(" or ")}: other secrets are not for inputs of connection ${name} (its input_secrets says which are)`;

/** What the connection does not allow, for the 422; null where it does. */
export const checkInputSecret = (
  connection: Connection,
  reference: unknown,
  pointer: string,
): { pointer: string; detail: string } | null =>
  typeof reference !== "string" || isAllowed(connection, reference)
    ? null
    : { pointer, detail: whyNot(connection) };

/** The same at the moment of the call: the connection may have been changed since. @throws ProviderRefusal */
export const demandInputSecret = (connection: Connection, reference: string, param: string): void => {
  if (isAllowed(connection, reference)) return;
  throw new ProviderRefusal("INVALID_INPUT", `${param} ${whyNot(connection)}.`, { status: null, param });
};
