import type { HttpClient } from "../ports/http-client.ts";
import type { Prober } from "../ports/prober.ts";
import { guardedSocket, systemWays } from "./guarded-socket.ts";

const timeoutMilliseconds = 3000;

/** Whether the work comes to its end; that it does not is an answer, too. */
const goesWell = async (work: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await work();
  } catch {
    return false;
  }
};

/** Probes behind the same guard as deliveries of webhooks: whatever is not public is not called. */
export const createGuardedProber = (http: HttpClient, allowLoopback: boolean): Prober => ({
  connects: (address, port) =>
    goesWell(async () => {
      const target = {
        host: address,
        port,
        isTls: false,
        allowLoopback,
        timeoutMilliseconds,
        ways: systemWays,
      };
      const socket = await guardedSocket(target, AbortSignal.timeout(timeoutMilliseconds));
      socket.destroy();
      return true;
    }),
  answers: (url) =>
    goesWell(async () => {
      const { status } = await http.send({ method: "GET", url, headers: {}, timeoutMilliseconds });
      return status >= 200 && status < 300;
    }),
});
