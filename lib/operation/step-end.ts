import type { Step } from "./operation.ts";

/** How each phase shows at a provider, in its own words: "`state` is `running`". */
export type Signs = Readonly<
  Partial<Record<"on" | "off" | "standby" | "gone" | "changed" | "restarted" | "failed" | "built", string>>
>;

const usualSigns: Required<Omit<Signs, "built">> = {
  on: "the provider shows it running",
  off: "the provider shows it off",
  standby: "the provider shows it in standby",
  gone: "the provider says that it does not exist",
  changed: "it has changed since it was asked for, and runs again",
  restarted: "it was seen on its way and runs again, or, where nothing is seen, the provider's yes",
  failed: "the provider gives up",
};

const answered = ({ name }: Pick<Step, "name">): string => {
  switch (name) {
    case "create":
      return "the provider's yes, or our marker found at the provider";
    case "action":
      return "the provider's yes: what comes of it can't be seen";
    case "build":
    case "configure":
    case "power_on":
    case "power_off":
    case "reboot":
    case "update":
    case "apply":
    case "remove":
    case "remove_volumes":
      return "the provider's yes";
    case "remove_addresses":
      return "each address that was made for it is deleted or was gone before";
  }
};

/** How the end of a step is seen, in words: from what the step is, and from how the provider shows it. */
export const endOf = (step: Pick<Step, "name" | "mode" | "goal">, signs: Signs = {}): string => {
  const sign = { ...usualSigns, ...signs };
  if (step.mode === "watch")
    return `nothing is sent: ${signs.built ?? sign.on} when it is over, and ${sign.failed} when it fails`;
  switch (step.goal) {
    case "on":
    case "off":
    case "standby":
    case "changed":
    case "restarted":
      return sign[step.goal];
    case "gone":
      return step.name === "remove_volumes" ? "each of its volumes is deleted or was gone before" : sign.gone;
    case "answered":
      return answered(step);
  }
};
