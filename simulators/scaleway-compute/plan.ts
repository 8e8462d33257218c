import type { LifecyclePlan } from "../scaleway/lifecycle.ts";
import type { ShownState, StateAction } from "../scaleway/records.ts";
import { computeDurations } from "../timings.ts";

/** The ways through the states of the legacy API (providers.md 1.3). */
export const computePlan: LifecyclePlan = {
  actions: {
    poweron: {
      task: "server_batch_poweron",
      phases: [{ upTo: 1, state: "starting", detail: "provisioning node" }],
      end: { state: "running", detail: "booted" },
    },
    poweroff: {
      task: "server_poweroff",
      phases: [{ upTo: 1, state: "stopping", detail: "stopping" }],
      end: { state: "stopped", detail: "" },
    },
    reboot: {
      task: "server_reboot",
      phases: [{ upTo: 1, state: "stopping", detail: "rebooting" }],
      end: { state: "running", detail: "booted" },
    },
    terminate: {
      task: "server_terminate",
      phases: [{ upTo: 1, state: "stopping", detail: "terminating" }],
      end: null,
    },
  },
  durations: computeDurations,
  failedDetail: "",
  obeysTaskSwitches: true,
};

/** The actions that this API has; `terminate` is real, though its document leaves it out. */
export const computeActions = ["poweron", "poweroff", "reboot", "terminate"] as const satisfies StateAction[];

/** The message of the 400 when an action may not begin; undefined when it may. */
export const refusalOf = (state: ShownState, action: (typeof computeActions)[number]): string | undefined => {
  switch (action) {
    case "poweron":
      return state === "stopped" ? undefined : "server should be stopped";
    case "poweroff":
    case "reboot":
    case "terminate":
      if (state === "running") {
        return undefined;
      }
      return state === "stopping" ? "server is being stopped or rebooted" : "server should be running";
  }
};
