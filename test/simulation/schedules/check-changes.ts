import { iso, type Said, type ScheduleCase } from "./checker.ts";
import type { Version } from "./ledger.ts";

const second = 1000;

/** Exactly one event tells of a change that was accepted. */
const expectOne = (under: ScheduleCase, what: string, told: readonly Said[]): void => {
  if (told.length === 1) return;
  const times = told.map(({ at }) => iso(at)).join(", ");
  under.breaks("changes", `${what} was told ${told.length} times${times === "" ? "" : `: ${times}`}`);
};

const ofType = (under: ScheduleCase, type: string, schedule: string | null): readonly Said[] =>
  under.events.filter((one) => one.type === type && one.data.schedule === schedule);

const checkSchedules = (under: ScheduleCase): void => {
  const seen = new Set<string>();
  for (const { what, schedule, inputs } of under.ledger.versions) {
    const version =
      what === "schedule" ? inputs.schedules.find(({ name }) => name === schedule)?.version : null;
    if (version == null || seen.has(`${schedule} ${version}`)) continue;
    seen.add(`${schedule} ${version}`);
    const type = version === 1 ? "schedule.created" : "schedule.updated";
    const told = ofType(under, type, schedule).filter(({ data }) => data.version === version);
    expectOne(under, `version ${version} of ${schedule}`, told);
  }
};

/** The override that a version has made or changed. */
const overrideIn = ({ inputs }: Version) => inputs.overrides.at(-1);

const checkOverrides = (under: ScheduleCase): void => {
  for (const version of under.ledger.versions) {
    const { what, schedule, asked } = version;
    const made = overrideIn(version);
    if (made === undefined) continue;
    const added = ofType(under, "schedule.override_added", schedule);
    const about = `the override of ${schedule} asked for at ${iso(asked)} (${what})`;
    if (what === "override" || what === "extended")
      expectOne(
        under,
        about,
        added.filter(({ data }) => data.override?.id === made.id && data.override.until === made.until),
      );
    if (what === "woken") {
      const own = added.filter(({ data }) => data.override?.id === made.id);
      expectOne(under, about, own);
    }
    if (what === "snoozed") {
      const stop = made.id.slice(made.id.lastIndexOf("-") + 1);
      const reason = `the stop of ${iso(Number(stop))} was snoozed`;
      expectOne(
        under,
        about,
        added.filter(({ data }) => data.reason === reason),
      );
    }
  }
};

const checkWoken = (under: ScheduleCase): void => {
  for (const { schedule, override, until, asked } of under.ledger.wakes) {
    const told = ofType(under, "schedule.woken", schedule).filter(
      ({ data }) => data.override?.id === override && data.override.until === until,
    );
    expectOne(under, `the wake of ${schedule} asked for at ${iso(asked)}`, told);
  }
};

const checkCancelled = (under: ScheduleCase): void => {
  for (const { what, schedule, override: id, asked, answered, inputs } of under.ledger.versions) {
    if (what !== "cancelled" || id === undefined) continue;
    const told = ofType(under, "schedule.override_cancelled", schedule).filter(
      ({ data }) => data.override?.id === id,
    );
    const until = Date.parse(inputs.overrides.find((one) => one.id === id)?.until ?? "");
    // One that is over is not taken back any more.
    if (until <= answered + under.slack + second && told.length === 0) continue;
    expectOne(under, `the cancel of ${id} asked for at ${iso(asked)}`, told);
  }
};

/** A pause of what is paused, and a resumption of what is not, change nothing. */
const checkPauses = (under: ScheduleCase): void => {
  for (const [schedule, own] of Map.groupBy(under.ledger.versions, (one) => one.schedule)) {
    let isPaused = false;
    const changes = { paused: 0, resumed: 0 };
    for (const { what } of own) {
      if (what !== "paused" && what !== "resumed") continue;
      const wanted = what === "paused";
      if (wanted !== isPaused) changes[what] += 1;
      isPaused = wanted;
    }
    for (const what of ["paused", "resumed"] as const) {
      const told = ofType(under, `schedule.${what}`, schedule).length;
      if (told !== changes[what])
        under.breaks(
          "changes",
          `${schedule} was ${what} ${changes[what]} times, and it was told ${told} times`,
        );
    }
  }
};

/** Every change that was accepted is told, once. */
export const checkChanges = (under: ScheduleCase): void => {
  checkSchedules(under);
  checkOverrides(under);
  checkWoken(under);
  checkCancelled(under);
  checkPauses(under);
};
