import { endOf, faultsOfOverride, type OverrideRequest } from "../schedule/override.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { invalid } from "./request-refused.ts";
import { type KeyedRequest, useKey, usedBefore } from "./schedule-keys.ts";
import { loadSchedules } from "./schedule-store.ts";
import type { SchedulePorts } from "./schedules.ts";
import { faultsOfServers } from "./unselected-servers.ts";

/** The caller's own key of a request, or, where there is none, the name of this one request. */
export type RequestKey = string | { readonly request: string };

/** The text by which a request is named. */
export const textOf = (key: RequestKey): string => (typeof key === "string" ? key : key.request);

const withinTime = (request: OverrideRequest, until: string, now: number): void => {
  const faults = faultsOfOverride({ from: request.from, until }, now);
  if (faults.length > 0) throw invalid(faults);
};

/** @throws RequestRefused 422 for a server that none of the schedules selects */
const checkServers = async (scope: Schedule | null, servers: readonly string[], ports: SchedulePorts) => {
  const schedules = scope === null ? await loadSchedules(ports) : [scope];
  const faults = await faultsOfServers(schedules, servers, ports);
  if (faults.length > 0) throw invalid(faults);
};

/** When an exception ends: as the first request under its key has said. @throws RequestRefused 422 */
export const endUnderKey = async (
  scope: Schedule | null,
  request: OverrideRequest,
  key: RequestKey,
  ports: SchedulePorts,
): Promise<string> => {
  const keyed: KeyedRequest = { place: ["override", scope?.name ?? "", textOf(key)], body: request };
  const isGiven = typeof key === "string";
  const before = isGiven ? await usedBefore(keyed, ports) : null;
  if (before !== null) return before.until;
  const until = endOf(request, ports.clock.now());
  withinTime(request, until, ports.clock.now());
  if (request.servers !== undefined) await checkServers(scope, request.servers, ports);
  return isGiven ? (await useKey(keyed, until, ports)).until : until;
};
