import type { LifecyclePlan } from "../scaleway/lifecycle.ts";
import type { ShownState, StateAction } from "../scaleway/records.ts";
import { computeDurations } from "../timings.ts";
import type { V1SettingValues } from "./parts.ts";

/** What happens behind the words: the states of the API that followed. */
export const v1Plan: LifecyclePlan = {
  actions: {
    poweron: {
      task: "poweron",
      phases: [{ upTo: 1, state: "starting", detail: "starting" }],
      end: { state: "running", detail: "" },
    },
    poweroff: {
      task: "poweroff",
      phases: [{ upTo: 1, state: "stopping", detail: "stopping" }],
      end: { state: "stopped", detail: "" },
    },
    reboot: {
      task: "reboot",
      phases: [{ upTo: 1, state: "stopping", detail: "rebooting" }],
      end: { state: "running", detail: "" },
    },
    terminate: {
      task: "terminate",
      phases: [{ upTo: 1, state: "stopping", detail: "terminating" }],
      end: null,
    },
  },
  durations: computeDurations,
  failedDetail: "",
  obeysTaskSwitches: false,
};

const stateWords: Record<V1SettingValues["state_words"], Record<ShownState, string>> = {
  off: {
    stopped: "off",
    starting: "starting",
    running: "on",
    stopping: "stopping",
    "stopped in place": "off",
    locked: "locked",
  },
  stopped: {
    stopped: "stopped",
    starting: "starting",
    running: "running",
    stopping: "stopping",
    "stopped in place": "stopped",
    locked: "locked",
  },
  unheard: {
    stopped: "dormant",
    starting: "waking",
    running: "lively",
    stopping: "tiring",
    "stopped in place": "dormant",
    locked: "locked",
  },
};

/** A state in the words that are set. */
export const stateWord = (settings: V1SettingValues, state: ShownState): string =>
  stateWords[settings.state_words][state];

/** The actions that there are. */
export const v1Actions = ["poweron", "poweroff", "reboot", "terminate"] as const;
export type V1Action = (typeof v1Actions)[number] & StateAction;

const actionWords: Record<V1SettingValues["action_words"], Record<V1Action, string>> = {
  poweron: { poweron: "poweron", poweroff: "poweroff", reboot: "reboot", terminate: "terminate" },
  start: { poweron: "start", poweroff: "stop", reboot: "restart", terminate: "terminate" },
  unheard: { poweron: "awaken", poweroff: "lull", reboot: "stir", terminate: "forget" },
};

/** An action in the words that are set. */
export const actionWord = (settings: V1SettingValues, action: V1Action): string =>
  actionWords[settings.action_words][action];

/** What a server that is in a state can do. */
export const availableIn = (state: ShownState): readonly V1Action[] => {
  switch (state) {
    case "stopped":
    case "stopped in place":
      return ["poweron"];
    case "running":
      return ["poweroff", "reboot", "terminate"];
    case "starting":
    case "stopping":
    case "locked":
      return [];
  }
};
