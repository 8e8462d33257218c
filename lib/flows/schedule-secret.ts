import type { Caller } from "../access/caller.ts";
import type { Ports } from "../ports/ports.ts";
import { scheduleSecret, SigningKeyTooShort } from "../webhook/signature.ts";
import { RequestRefused } from "./request-refused.ts";
import { scheduleNamed, type SchedulePorts } from "./schedules.ts";
import { tickKeyOf } from "./tick-state.ts";

/** The secret with which receivers check what a schedule sends. @throws RequestRefused 404, 503 */
export const signingSecretOf = async (
  name: string,
  caller: Caller,
  ports: SchedulePorts & Pick<Ports, "secrets"> & { readonly signingKeyReference: string },
): Promise<string> => {
  const { schedule } = await scheduleNamed(name, caller, ports);
  try {
    return scheduleSecret(await ports.secrets.read(ports.signingKeyReference), tickKeyOf(schedule));
  } catch (cause) {
    const why = cause instanceof SigningKeyTooShort ? "is too short" : "can't be read";
    throw new RequestRefused({
      status: 503,
      code: "SIGNING_KEY_UNAVAILABLE",
      title: "There is no secret now",
      detail: `The signing key of this installation ${why}.`,
      retryAfterSeconds: 30,
      cause,
    });
  }
};
