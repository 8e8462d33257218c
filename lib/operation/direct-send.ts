import type { Send } from "./fact.ts";
import type { StepName } from "./operation.ts";

const directSends: Readonly<Partial<Record<StepName, Send>>> = {
  configure: "configure",
  update: "update",
  apply: "apply",
  remove_addresses: "apply",
  remove_volumes: "delete_volumes",
};

/** What a step sends without a look before: it may be sent any number of times. Null: the step needs a look first. */
export const directSend = (step: StepName): Send | null => directSends[step] ?? null;
