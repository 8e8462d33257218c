import type { Violation } from "../checker.ts";
export class ScheduleCase { readonly violations: Violation[] = []; readonly all: any; constructor(all: any) { this.all = all; } }
export const check = (under: ScheduleCase): readonly Violation[] => {
  const { ledger, plant } = under.all;
  for (const odd of ledger.odd) under.violations.push({invariant: "answers", explanation: odd});
  for (const {fault, name} of plant.thrown) if (under.all.order.mode === "calm") under.violations.push({invariant: "thrown", explanation: name + " " + fault});
  return under.violations;
};
