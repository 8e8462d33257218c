import type { LifecyclePlan } from "../scaleway/lifecycle.ts";
import type { ServerRecord, ShownState, StateAction } from "../scaleway/records.ts";
import { instanceDurations } from "../timings.ts";

/** The ways through the states as they were measured (providers.md 4.2). */
export const instancePlan: LifecyclePlan = {
  actions: {
    poweron: {
      task: "server_batch_poweron",
      phases: [
        { upTo: 0.3, state: "starting", detail: "allocating node" },
        { upTo: 0.8, state: "starting", detail: "provisioning node" },
        { upTo: 1, state: "starting", detail: "starting" },
      ],
      end: { state: "running", detail: "booting kernel" },
    },
    poweroff: {
      task: "server_poweroff",
      phases: [
        { upTo: 0.5, state: "stopping", detail: "stopping" },
        // Seen again and again in the recordings, misleading as it is.
        { upTo: 1, state: "stopping", detail: "booted" },
      ],
      end: { state: "stopped", detail: "" },
    },
    stop_in_place: {
      task: "server_stop_in_place",
      phases: [{ upTo: 1, state: "stopping", detail: "stopping in place" }],
      end: { state: "stopped in place", detail: "stopped in place" },
    },
    reboot: {
      task: "server_reboot",
      phases: [
        { upTo: 0.5, state: "stopping", detail: "rebooting" },
        { upTo: 1, state: "starting", detail: "rebooting" },
      ],
      end: { state: "running", detail: "booting kernel" },
    },
    terminate: {
      task: "server_terminate",
      phases: [{ upTo: 1, state: "stopping", detail: "terminating" }],
      end: null,
    },
  },
  durations: instanceDurations,
  failedDetail: "no capacity available",
  obeysTaskSwitches: false,
};

type Action = StateAction | "backup";

const allowed: Record<ShownState, readonly Action[]> = {
  stopped: ["poweron", "backup"],
  running: ["poweroff", "terminate", "reboot", "stop_in_place", "backup"],
  "stopped in place": ["poweron", "poweroff", "terminate", "reboot", "backup"],
  starting: ["stop_in_place", "backup"],
  stopping: ["stop_in_place", "backup"],
  locked: [],
};

/** What `protected` takes away; DELETE it does not. */
const forbiddenWhenProtected: ReadonlySet<Action> = new Set([
  "poweroff",
  "stop_in_place",
  "reboot",
  "terminate",
]);

/** The server's `allowed_actions` in a state. */
export const allowedActions = (server: ServerRecord, state: ShownState): Action[] =>
  allowed[state].filter((action) => !(server.protected && forbiddenWhenProtected.has(action)));

/** Why an action is refused: a precondition and its help message. */
export interface ActionRefusal {
  precondition: "protected_resource" | "resource_not_usable";
  help: string;
}

/** Undefined when the action may begin. The precondition of a wrong state is not established; clients match types. */
export const refusalOf = (
  server: ServerRecord,
  state: ShownState,
  action: StateAction,
): ActionRefusal | undefined => {
  if (server.protected && forbiddenWhenProtected.has(action)) {
    return { precondition: "protected_resource", help: "server is protected" };
  }
  // A server that is going down cannot be put to sleep as well, though the list says so.
  if (allowed[state].includes(action) && state !== "stopping") {
    return undefined;
  }
  return { precondition: "resource_not_usable", help: wrongStateMessage(state, action) };
};

const wrongStateMessage = (state: ShownState, action: StateAction): string => {
  if (state === "locked") {
    return "server is locked";
  }
  if (action === "poweron") {
    return "server should be stopped";
  }
  return state === "stopping" ? "server is being stopped or rebooted" : "server should be running";
};
