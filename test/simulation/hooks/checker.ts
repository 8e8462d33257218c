import type { Violation } from "../checker.ts";
import type { World } from "../world.ts";
import { checkArrivals } from "./check-arrivals.ts";
import { checkAttempts } from "./check-attempts.ts";
import { checkDisabled } from "./check-disabled.ts";
import { checkIncoming } from "./check-incoming.ts";
import { checkNews } from "./check-news.ts";
import { checkWanted } from "./check-wanted.ts";
import type { Days } from "./days.ts";
import type { Ledger } from "./ledger.ts";
import type { Owned } from "./people.ts";
import type { Yard } from "./yard.ts";

/** A run that is over, for those who check it. */
export class HookCase {
  readonly world: World;
  readonly yard: Yard;
  readonly days: Days;
  readonly ledger: Ledger;
  readonly violations: Violation[] = [];

  constructor(world: World, yard: Yard, days: Days) {
    this.world = world;
    this.yard = yard;
    this.days = days;
    this.ledger = yard.ledger;
  }

  get endedAt(): number {
    return this.world.now;
  }

  get faultsEnd(): number {
    return this.world.settings.faults.until;
  }

  get owned(): readonly Owned[] {
    return this.days.people.owned;
  }

  breaks(invariant: string, explanation: string): void {
    this.violations.push({ invariant, explanation });
  }
}

/** Holds the invariants of webhooks against a run: what receivers, senders and callers saw, and how the rows went. */
export const check = (world: World, yard: Yard, days: Days): readonly Violation[] => {
  const under = new HookCase(world, yard, days);
  if (!days.isOver) under.breaks("settled", "somebody is still waiting for an answer");
  for (const which of yard.hearing.overdue) under.breaks("I14", `${which} went past its time`);
  for (const which of yard.hearing.unfinished)
    under.breaks("I14", `${which} ended before all that it had begun`);
  checkWanted(under);
  checkArrivals(under);
  checkAttempts(under);
  checkDisabled(under);
  checkNews(under);
  checkIncoming(under);
  return under.violations;
};
