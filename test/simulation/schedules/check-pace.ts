import { iso, type ScheduleCase } from "./checker.ts";

/** As in the first world: places may be used a little late, and clocks are apart. */
const slackSeconds = 0.5 + 2 + 1.5;

const checkRate = (under: ScheduleCase): void => {
  const { faults } = under.world;
  const moves = ["slow", "freeze", "freeze after an intent", "secret slow", "clock goes back"] as const;
  if (moves.some((kind) => faults.isOn(kind))) return;
  const { rate_per_second: rate } = under.plant.connection;
  const depth = rate * slackSeconds + 1;
  let level = 0;
  let last = 0;
  for (const { at } of under.all("sent")) {
    level = Math.max(0, level - ((at - last) / 1000) * rate) + 1;
    last = at;
    if (level <= depth) continue;
    under.breaks("I10", `more calls than ${rate} a second allows, at ${iso(at)}`);
    return;
  }
};

/** I10, and I14: no invocation ends with something pending; none is overdue unless something stood still in it. */
export const checkPace = (under: ScheduleCase): void => {
  checkRate(under);
  for (const { name, pending } of under.all("invocation over"))
    if (pending > 0) under.breaks("I14", `an invocation of ${name} ended with ${pending} pending`);
  for (const { name, stalled, at } of under.all("invocation overdue"))
    if (!stalled) under.breaks("I14", `an invocation of ${name} took longer than its timeout, at ${iso(at)}`);
};
