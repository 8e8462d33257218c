import type { BulkCase } from "./checker.ts";

/**
 * I10, as in the first world: a bucket that drips at the rate. A reserved place may be used half a second late, clocks are
 * up to two seconds apart, and a changing call waits for the write of its intent (and its secret) after it has its place.
 */
const slackSeconds = 0.5 + 2 + 1.5;

const checkRate = (under: BulkCase): void => {
  const { faults } = under.world;
  if (faults.isOn("slow") || faults.isOn("freeze") || faults.isOn("secret slow")) return;
  const rate = under.works.connection.rate_per_second;
  const depth = rate * slackSeconds + 1;
  let level = 0;
  let last = 0;
  for (const { at } of under.all("sent")) {
    level = Math.max(0, level - ((at - last) / 1000) * rate) + 1;
    last = at;
    if (level > depth)
      return under.breaks("I10", `more calls than ${rate} a second allows, at ${new Date(at).toISOString()}`);
  }
};

/** I14: no invocation ends with something pending; none is overdue unless something stood still in it. */
const checkInvocations = (under: BulkCase): void => {
  for (const { name, pending } of under.all("invocation over"))
    if (pending > 0) under.breaks("I14", `an invocation of ${name} ended with ${pending} pending`);
  for (const { name, stalled } of under.all("invocation overdue"))
    if (!stalled) under.breaks("I14", `an invocation of ${name} took longer than its timeout`);
};

/** Words of the faults that the world itself makes. */
const made =
  /The table gave no answer|The bus|The queue|were not taken|being changed by others all the time|was neither created nor found|follower-lease|has taken/;

const checkThrown = (under: BulkCase): void => {
  for (const words of under.works.thrown) if (!made.test(words)) under.breaks("thrown", words);
};

/** All that jobs have made together stays within the connection's limit, and what a job has reserved it gets. */
const checkLimits = (under: BulkCase): void => {
  const most = under.works.connection.limits?.servers;
  if (most === undefined) return;
  let live = 0;
  const ours = new Set<string>();
  for (const entry of under.world.entries) {
    if (entry.what === "created" && entry.by !== null) {
      ours.add(entry.server);
      live += 1;
    }
    if (entry.what === "deleted" && ours.has(entry.server)) live -= 1;
    if (live > most) return under.breaks("limit", `there were ${live} servers, and ${most} may be`);
  }
  for (const { label, end } of under.taken)
    for (const { index, code } of end?.items ?? [])
      if (code === "LIMIT_SERVERS")
        under.breaks("limit", `item ${index} of ${label} was refused what its job had reserved`);
};

export const checkPace = (under: BulkCase): void => {
  checkRate(under);
  checkInvocations(under);
  checkThrown(under);
  checkLimits(under);
};
