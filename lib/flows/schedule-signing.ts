import type { Ports } from "../ports/ports.ts";
import { scheduleSecret, signedHeaders } from "../webhook/signature.ts";

type SigningPorts = Pick<Ports, "secrets" | "clock" | "log"> & { readonly signingKeyReference: string };

/** Something that a schedule sends. */
interface Message {
  /** Without a dot. */
  readonly id: string;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks, signed with the schedule's own secret. Where the signing key can't be had it goes
 * unsigned, with its id alone: whoever checks signatures refuses it.
 * @param schedule under which name ticks know it (`tickKeyOf`)
 */
export const signedAs = async (
  schedule: string,
  { id, body }: Message,
  { secrets, signingKeyReference, clock, log }: SigningPorts,
): Promise<Readonly<Record<string, string>>> => {
  try {
    const secret = scheduleSecret(await secrets.read(signingKeyReference), schedule);
    return signedHeaders({ id, at: clock.now(), body, secrets: [secret] });
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown fault";
    log.warn("what a schedule sends goes unsigned, as the signing key can't be read", { error: why });
    return { "webhook-id": id };
  }
};
