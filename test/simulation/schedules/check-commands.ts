import { millisecondsOf } from "../../../lib/schedule/elapsed.ts";
import { catchUpOf, type Schedule } from "../../../lib/schedule/schedule.ts";
import { spreadOf } from "../../../lib/schedule/stagger.ts";
import { type Applied, type Commanded, iso, type ScheduleCase } from "./checker.ts";

const minute = 60_000;
const hour = 60 * minute;
const opposite = { on: "off", off: "on" } as const;

const words = ({ schedule, server, action, createdAt }: Commanded): string =>
  `${action} of ${server} by ${schedule}, made at ${iso(createdAt)}`;

/** Schedules of that name as they may have stood. */
const schedulesOf = (under: ScheduleCase, { schedule, createdAt }: Commanded): readonly Schedule[] =>
  under.model
    .candidates(createdAt - under.tickLasts - under.slack, createdAt + under.slack)
    .flatMap(({ schedules }) => schedules.filter(({ name }) => name === schedule));

/** Whether what is enforced was put right by it. */
export const isCorrection = ({ because }: Applied): boolean => because.includes(" is enforced: ");
const isSnooze = ({ action, because }: Applied): boolean =>
  action === "on" && /^override \S+ begins: the stop of \S+ was snoozed/.test(because);
/** Put off, or so long ago that nobody knows why: found again after its tick had died. */
const isPutOff = ({ because }: Applied): boolean =>
  /^(put off until now|a tick before has begun it)/.test(because);

/** Asked again after it had failed: such an operation is of an edge that was told with the first. */
const isAgain = (under: ScheduleCase, command: Commanded): boolean =>
  under.commands.some(
    (one) =>
      one.server === command.server &&
      one.action === command.action &&
      one.createdAt < command.createdAt &&
      one.view.state !== "succeeded",
  );

/** I11: at most once a server, and never the opposite for the same edge. */
const checkOnce = (under: ScheduleCase): void => {
  const groups = new Map<string, Commanded[]>();
  for (const command of under.commands)
    for (const { at } of command.applied) {
      const key = `${command.schedule} ${command.server} ${at}`;
      const group = groups.get(key) ?? [];
      if (!group.includes(command)) groups.set(key, [...group, command]);
    }
  for (const [key, group] of groups) {
    const [first, second] = group;
    if (first === undefined || second === undefined) continue;
    const { createdAt } = second;
    const isSame = first.action === second.action;
    // What has failed may be put right by whoever enforces it.
    if (isSame && (first.view.state !== "succeeded" || second.applied.some(isCorrection))) continue;
    // Somebody has changed what is wanted while a tick was at work.
    const from = first.createdAt - under.tickLasts - under.slack;
    if (!isSame && under.model.madeWithin(from, createdAt + under.slack).length > 0) continue;
    under.breaks(
      "I11",
      `the edge ${key} was applied ${isSame ? "twice" : "both ways"}: ${words(first)}; ${words(second)}`,
    );
  }
};

/** Something that only time has ended: a hold that somebody's hand has made, or the grace of a new server. */
const isTimed = (under: ScheduleCase, command: Commanded, schedules: readonly Schedule[]): boolean => {
  const isHeld = schedules.some(
    ({ hold }) => hold !== undefined && hold !== "none" && hold !== "until_next_off_edge",
  );
  const hasHand = under.ledger.hands.some(
    ({ server, at }) => server === command.server && at < command.createdAt,
  );
  const made = under.ledger.made.get(command.server)?.at ?? 0;
  const isNew = schedules.some(({ new_servers: news }) => news !== undefined && news !== "leave");
  return (isHeld && hasHand) || (isNew && command.createdAt - made < 10 * hour);
};

/** Each command is of an edge that there is. */
const checkKnown = (under: ScheduleCase, command: Commanded): void => {
  const { applied, server, createdAt } = command;
  const schedules = schedulesOf(under, command);
  for (const one of applied) {
    // A snooze counts from when it was kept, which may be after its link was clicked on.
    if (isSnooze(one)) continue;
    // A correction that had to wait is told with why it had to.
    if (isPutOff(one) && schedules.some(({ mode }) => mode === "enforce")) continue;
    if (isCorrection(one)) {
      if (!schedules.some(({ mode }) => mode === "enforce"))
        under.breaks("I11", `${words(command)}, is a correction and nothing is enforced`);
      continue;
    }
    // What came before the schedule was made or changed is none of its business.
    const isOld = schedules.every(
      (each) => Date.parse(each.updated_at) > one.at + spreadOf(each) + under.slack,
    );
    if (isOld && !isPutOff(one) && schedules.length > 0)
      under.breaks(
        "I11",
        `${words(command)}, is of an edge at ${iso(one.at)}, before the schedule was changed`,
      );
    const known = {
      from: Math.min(one.at, createdAt) - under.tickLasts - under.slack,
      to: createdAt + under.slack,
      slack: under.slack + 1000,
    };
    if (under.model.isEdge(server, one.at, known) || isTimed(under, command, schedules)) continue;
    // An edge that is made with a wide window: the instants of cancels and resumptions are known by their answers only.
    const made = under.model.madeWithin(one.at - under.slack, one.at + under.slack);
    if (made.length > 0) continue;
    under.breaks("I11", `${words(command)}, is of an edge at ${iso(one.at)} that there is not`);
  }
};

/** What is kept by somebody's hand. */
const heldAs = (under: ScheduleCase, { server, createdAt }: Commanded): "on" | "off" | null =>
  under.ledger.hands.findLast((hand) => hand.server === server && hand.at < createdAt)?.to ?? null;

/** Nothing is done against what is wanted: an override, a pause, the schedule as it stands. */
const checkWanted = (under: ScheduleCase, command: Commanded): void => {
  const { server, action, createdAt, applied } = command;
  const from = createdAt - under.tickLasts - under.slack;
  const to = createdAt + under.slack;
  const isLeading = schedulesOf(under, command).some(({ ready_by: by }) => by !== undefined);
  const ahead = isLeading && action === "on" ? [5, 10, 15, 20, 25, 30] : [];
  const leads = ahead.map((minutes) => createdAt + minutes * minute);
  const instants = [from, createdAt - under.slack, createdAt, to, ...leads, ...applied.map(({ at }) => at)];
  const wanted = new Set(instants.flatMap((at) => Array.from(under.model.wanted(server, at, from, to))));
  if (wanted.has(action) || wanted.has("any") || heldAs(under, command) === action) return;
  under.breaks("wanted", `${words(command)}, and ${opposite[action]} was wanted`);
};

/** What is late by more than is said is left out. */
const checkLate = (under: ScheduleCase, command: Commanded): void => {
  const schedules = schedulesOf(under, command);
  for (const one of command.applied) {
    if (isPutOff(one) || isCorrection(one)) continue;
    const most = Math.max(
      ...schedules.map((schedule) => millisecondsOf(catchUpOf(schedule).late) + spreadOf(schedule)),
    );
    if (command.createdAt - one.at > most + under.slack + under.tickLasts)
      under.breaks("late", `${words(command)}, is of the edge of ${iso(one.at)}`);
  }
};

/** A schedule that observes sends nothing; one that is paused neither, but for what was under way. */
const checkSilence = (under: ScheduleCase, command: Commanded): void => {
  const { schedule, createdAt } = command;
  const schedules = schedulesOf(under, command);
  if (schedules.length > 0 && schedules.every(({ mode }) => mode === "observe"))
    under.breaks("observe", `${words(command)}, and it only observes`);
  const all = under.model.candidates(createdAt - under.tickLasts - under.slack, createdAt + under.slack);
  const isPaused = all.every(({ freezes }) =>
    freezes.some(
      (one) =>
        one.schedule === schedule &&
        Date.parse(one.from) <= createdAt &&
        (one.ended_at === null || Date.parse(one.ended_at) > createdAt + under.slack),
    ),
  );
  if (isPaused) under.breaks("pause", `${words(command)}, and it is paused`);
};

/** Whether a person has given their word since the edge, or before it and nothing was done on it until then. */
const isGranted = (under: ScheduleCase, { schedule, createdAt }: Commanded, edgeAt: number): boolean =>
  under.ledger.confirmed.some((one) => {
    if (one.schedule !== schedule || one.status !== 200 || one.asked > createdAt + under.slack) return false;
    if (one.asked > edgeAt) return true;
    return !under.events.some(
      ({ type, at, data }) =>
        type === "schedule.edge_applied" &&
        data.schedule === schedule &&
        at > one.answered + under.slack &&
        at < createdAt - under.tickLasts - under.slack,
    );
  });

/** After an outage, what would change for many waits for a person. */
const checkConfirmed = (under: ScheduleCase): void => {
  const groups = new Map<string, Commanded[]>();
  for (const command of under.commands)
    for (const one of command.applied) {
      if (isPutOff(one) || isCorrection(one)) continue;
      const key = `${command.schedule} ${one.at}`;
      groups.set(key, [...(groups.get(key) ?? []), command]);
    }
  for (const [key, group] of groups) {
    const [first] = group;
    const at = Number(key.split(" ")[1]);
    if (first === undefined) continue;
    const rules = schedulesOf(under, first).map((one) => ({
      minutes: catchUpOf(one).minutes,
      percent: catchUpOf(one).percent,
      spread: spreadOf(one),
    }));
    const minutes = Math.max(...rules.map((rule) => rule.minutes));
    const spread = Math.max(...rules.map((rule) => rule.spread));
    const percent = Math.max(...rules.map((rule) => rule.percent));
    const isGap = under.plant.scheduler.outages.some(
      (one) =>
        one.from <= at &&
        at + minutes * minute + spread + minute + under.slack < one.until &&
        first.createdAt > one.until - under.slack,
    );
    const total = under.model.servers.filter(
      (id) =>
        under.model.strongest(id, at, first.createdAt).some(({ name }) => name === first.schedule) &&
        under.stateAt(id, first.createdAt) !== "gone",
    ).length;
    if (!isGap || group.length * 100 <= total * percent) continue;
    under.world.sometimes("an outage changed many servers");
    if (!isGranted(under, first, at))
      under.breaks(
        "confirm",
        `${group.length} of ${total} servers were switched for ${key} (${iso(at)}) after an outage, and nobody was asked: ${words(first)}`,
      );
  }
};

/** Every operation of an edge was told with it. */
const checkTold = (under: ScheduleCase, command: Commanded): void => {
  if (command.applied.length > 0 || isAgain(under, command)) return;
  // A correction of a tick that died is found again when the server has to be corrected once more, and not before.
  if (!under.isCalm && schedulesOf(under, command).some(({ mode }) => mode === "enforce")) return;
  // Edges of a version that is gone are not gone through again.
  const { schedule, createdAt } = command;
  const changes = under.model.madeWithin(createdAt - under.tickLasts - under.slack, createdAt + 5 * minute);
  if (changes.some((one) => one.what === "schedule" && one.schedule === schedule)) return;
  // What is held back for a person's word is not gone through, and so not recalled.
  const isHeldBack = under.events.some(
    ({ type, at, data }) =>
      type === "schedule.confirmation_needed" &&
      data.schedule === command.schedule &&
      at > command.createdAt - minute,
  );
  if (isHeldBack) return;
  under.breaks("told", `${words(command)}: no edge_applied names ${command.id}`);
};

/** Either the snooze or the stop. */
const checkClicks = (under: ScheduleCase): void => {
  for (const { schedule, stopAt, status } of under.ledger.clicks) {
    const stop = under.commands.find(
      (one) =>
        one.schedule === schedule && one.action === "off" && one.applied.some(({ at }) => at === stopAt),
    );
    if (status === 200 && stop !== undefined)
      under.breaks("snooze", `the stop of ${iso(stopAt)} was snoozed, and came: ${words(stop)}`);
  }
};

/** However many wake a server, it is started once. */
const checkWakes = (under: ScheduleCase): void => {
  const { ledger } = under;
  for (const { override, servers, asked, schedule } of ledger.wakes) {
    const from = ledger.inputs.overrides.find(({ id }) => id === override)?.from;
    for (const id of servers ?? under.model.servers) {
      const starts = under.commands.filter(
        (one) =>
          one.server === id &&
          one.schedule === schedule &&
          one.applied.some(({ at }) => at === Date.parse(from ?? "")),
      );
      if (starts.length > 1)
        under.breaks("wake", `${id} was started ${starts.length} times by a wake at ${iso(asked)}`);
    }
  }
  if (!under.isCalm) return;
  for (const [server, calls] of Map.groupBy(
    ledger.calls.filter(({ to }) => to === "on"),
    (one) => one.server,
  ))
    for (const [index, { at }] of calls.entries()) {
      const before = calls[index - 1];
      if (before !== undefined && at - before.at < 2000)
        under.breaks("wake", `${server} was started twice within ${at - before.at} ms, at ${iso(at)}`);
    }
};

export const checkCommands = (under: ScheduleCase): void => {
  for (const command of under.commands) {
    checkKnown(under, command);
    checkWanted(under, command);
    checkLate(under, command);
    checkSilence(under, command);
    checkTold(under, command);
  }
  checkOnce(under);
  checkConfirmed(under);
  checkClicks(under);
  checkWakes(under);
};
