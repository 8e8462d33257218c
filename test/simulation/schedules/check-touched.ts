import { type Commanded, iso, type ScheduleCase } from "./checker.ts";

const second = 1000;
const minute = 60 * second;
/** Looks may show for so long what was before. */
const staleFor = 6 * second;
/** A call that nobody waits for any more is carried out within a minute, or never. */
const landsWithin = 2 * minute;

const startable = ["stopped", "stopped in place"];
const stoppable = ["running", "stopped in place"];

/** The stretch in which a tick may have looked at the server before it made this command. */
const lookedWithin = (under: ScheduleCase, { createdAt }: Commanded): readonly [number, number] => [
  createdAt - under.tickLasts - under.slack - staleFor,
  createdAt + under.slack,
];

/** Nothing is asked of a server that can't be seen to stand as the command needs it: locked, on its way, or there already. */
const checkStood = (under: ScheduleCase, command: Commanded): void => {
  const { server, action, schedule, createdAt } = command;
  const [from, to] = lookedWithin(under, command);
  const states = under.statesWithin(server, from, to);
  const fitting = action === "on" ? startable : stoppable;
  if (states.some((state) => fitting.includes(state))) return;
  under.breaks(
    "touched",
    `${server} was switched ${action} by ${schedule} at ${iso(createdAt)}, and was ${[...new Set(states)].join(", ")} all the while`,
  );
};

/** Nothing that is protected is stopped, unless its schedule says so. */
const checkProtected = (under: ScheduleCase, command: Commanded): void => {
  const { server, action, schedule, createdAt } = command;
  if (action === "on") return;
  const [from, to] = lookedWithin(under, command);
  const own = under.ledger.meddled.filter((one) => one.server === server && one.what.endsWith("protected"));
  const before = own.findLast(({ at }) => at <= from);
  const isOpen = own.some(({ at }) => at > from && at <= to);
  if (before?.what !== "protected" || isOpen) return;
  const schedules = under.model
    .candidates(from, to)
    .flatMap((inputs) => inputs.schedules.filter(({ name }) => name === schedule));
  if (schedules.some(({ guards }) => guards?.stop_protected === true)) return;
  under.breaks("touched", `${server} is protected, and was stopped by ${schedule} at ${iso(createdAt)}`);
};

/** Each call that reaches the provider is an operation's, which somebody has asked for. */
const checkAsked = (under: ScheduleCase): void => {
  const { ledger, operations, slack } = under;
  for (const { server, to, at } of ledger.calls) {
    const kind = to === "on" ? "server.start" : "server.stop";
    const isAsked = operations.some(
      (view) =>
        view.resource?.id === server &&
        view.kind === kind &&
        Date.parse(view.created_at) <= at + slack &&
        (view.ended_at === null || Date.parse(view.ended_at) + landsWithin + slack >= at),
    );
    if (!isAsked)
      under.breaks("asked", `${server} is switched ${to} at ${iso(at)}, and no operation asks for it`);
  }
};

/** What is said to have been applied is an operation, of that server and in that way. */
const checkSaid = (under: ScheduleCase): void => {
  const known = new Map(under.operations.map((view) => [view.id, view]));
  for (const { type, at, data } of under.events) {
    if (type !== "schedule.edge_applied" || data.edge === null) continue;
    for (const { id, operation_id: operation } of data.servers) {
      const view = operation === null ? undefined : known.get(operation);
      const kind = data.edge.action === "on" ? "server.start" : "server.stop";
      if (view?.resource?.id === id && view.kind === kind) continue;
      under.breaks(
        "I5",
        `${id} is said to be switched ${data.edge.action} at ${iso(at)} by ${operation}, which is no such operation`,
      );
    }
  }
};

export const checkTouched = (under: ScheduleCase): void => {
  for (const command of under.commands) {
    checkStood(under, command);
    checkProtected(under, command);
  }
  checkAsked(under);
  checkSaid(under);
};
