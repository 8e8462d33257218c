import type { LifecyclePlan } from "../scaleway/lifecycle.ts";
import type { ShownState, StateAction } from "../scaleway/records.ts";
import { computeDurations } from "../timings.ts";

/** The actions of the document, in its order. */
export const draftActions = ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"] as const;
export type DraftAction = (typeof draftActions)[number];

/** What happens behind the flag: the states of the API that followed, of which this one shows only whether it runs. */
export const draftPlan: LifecyclePlan = {
  actions: {
    poweron: {
      task: "poweron",
      phases: [{ upTo: 1, state: "starting", detail: "starting" }],
      end: { state: "running", detail: "booted" },
    },
    poweroff: {
      task: "poweroff",
      phases: [{ upTo: 1, state: "stopping", detail: "stopping" }],
      end: { state: "stopped", detail: "" },
    },
    reboot: {
      task: "reset",
      phases: [{ upTo: 1, state: "stopping", detail: "rebooting" }],
      end: { state: "running", detail: "booted" },
    },
  },
  durations: computeDurations,
  failedDetail: "",
  obeysTaskSwitches: false,
};

/** What a server is doing behind its flag. */
export type Doing = "stopped" | "starting" | "running" | "stopping" | "resetting";

/** As the lifecycle knows it. */
export const doingOf = ({ state, detail }: { state: ShownState; detail: string }): Doing => {
  switch (state) {
    case "stopped":
    case "starting":
    case "running":
      return state;
    case "stopping":
      return detail === "rebooting" ? "resetting" : "stopping";
    case "stopped in place":
    case "locked":
      return "stopped";
  }
};

/**
 * What an action that is taken begins; null where the server is there already or on its way, and for backup and
 * restore, which leave no trace that this API shows. An action never waits for another: the later one takes over.
 */
export const begunBy = (doing: Doing, action: DraftAction): StateAction | null => {
  const isOff = doing === "stopped" || doing === "stopping";
  switch (action) {
    case "poweron":
      return isOff ? "poweron" : null;
    case "poweroff":
      return isOff ? null : "poweroff";
    case "resetsoft":
    case "resethard":
      return isOff || doing === "starting" ? null : "reboot";
    case "backup":
    case "restore":
      return null;
  }
};

/** The message with which the API that followed refuses an untimely action; undefined when it is timely. */
export const refusalOf = (doing: Doing, action: DraftAction): string | undefined => {
  switch (action) {
    case "poweron":
      return doing === "stopped" ? undefined : "server should be stopped";
    case "poweroff":
    case "resetsoft":
    case "resethard":
      if (doing === "running") return undefined;
      return doing === "stopping" || doing === "resetting"
        ? "server is being stopped or rebooted"
        : "server should be running";
    case "backup":
    case "restore":
      return undefined;
  }
};
