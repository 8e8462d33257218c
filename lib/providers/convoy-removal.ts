import type { JsonObject } from "../operation/json.ts";
import type { PlannedStep } from "../ports/provider.ts";

const removal: PlannedStep = { name: "remove", mode: "reach", goal: "gone", removal: "delete" };

/** Where the machine itself is left alone, the operation says so: it goes on, and on the bill. */
export const removalSteps = ({ purge }: JsonObject): readonly PlannedStep[] =>
  purge === true
    ? [removal]
    : [{ ...removal, note: "Only the panel's record goes; the machine stays on its node and runs on." }];
