import type { Connection } from "../../connection.ts";
import { bounds } from "../../operation/bounds.ts";
import type { ProviderDetail } from "../../operation/problem.ts";
import { ProviderDoubt, ProviderRefusal } from "../../ports/provider.ts";
import { SecretUnavailable } from "../../ports/secrets.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { demandInputSecret } from "../input-secrets.ts";

/** Seconds to wait after a secret could not be read. */
const pauseSeconds = 30;

/**
 * Reads the password that an input refers to. The connection's own secret is read with it, so that nothing slow is left
 * before the call is sent (R5).
 * @throws ProviderRefusal `UNAVAILABLE`, or `INVALID_INPUT` where the connection does not allow it: nothing was sent
 */
export const readPassword = async (
  reference: string,
  connection: Connection,
  { secrets, clock }: Pick<AdapterPorts, "secrets" | "clock">,
): Promise<string> => {
  const askedAt = clock.now();
  demandInputSecret(connection, reference, "account_password");
  try {
    const [password] = await Promise.all([secrets.read(reference), secrets.read(connection.secret)]);
    if (clock.now() - askedAt <= bounds.sendWithin * 1000) return password;
  } catch (cause) {
    if (!(cause instanceof SecretUnavailable)) throw cause;
    const options = { cause, retryAfterSeconds: pauseSeconds };
    throw new ProviderRefusal("UNAVAILABLE", cause.message, { status: null }, options);
  }
  throw new ProviderRefusal("UNAVAILABLE", "The call was held up for too long and was not sent.", {
    status: null,
  });
};

const hidden = "[secret]";

const detailWithout = (detail: ProviderDetail, cleaned: (text: string) => string): ProviderDetail => {
  const { message, fields, ...rest } = detail;
  return {
    ...rest,
    ...(message === undefined ? {} : { message: cleaned(message) }),
    ...(fields === undefined
      ? {}
      : {
          fields: Object.fromEntries(
            Object.entries(fields).map(([name, said]) => [name, said.map(cleaned)] as const),
          ),
        }),
  };
};

/** The error without the password, should the panel have repeated it: errors are stored and shown. */
export const withoutPassword = (error: unknown, password: string): unknown => {
  const cleaned = (text: string): string => (password === "" ? text : text.replaceAll(password, hidden));
  if (error instanceof ProviderRefusal) {
    const { code, message, provider, retryAfterSeconds } = error;
    return new ProviderRefusal(code, cleaned(message), detailWithout(provider, cleaned), {
      retryAfterSeconds,
    });
  }
  if (error instanceof ProviderDoubt) {
    return new ProviderDoubt(cleaned(error.message), detailWithout(error.provider, cleaned));
  }
  return error;
};
