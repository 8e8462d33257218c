import { boardOf, schedulesOf } from "./board.ts";
import { edgesOf } from "./edges.ts";
import type { Inputs } from "./inputs.ts";
import { lintOf } from "./lint.ts";
import { dayMilliseconds } from "./local-date.ts";
import { hoursOf, plannedOn } from "./planned-on.ts";
import { collapsedIn } from "./preview.ts";
import { needsOf, outsideOf, ruleOf, type Schedule } from "./schedule.ts";
import type { SeenServer } from "./seen-server.ts";

/** Something that may not be meant, in a schedule that can be saved. */
export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly pointer: string;
}

interface Asked {
  readonly inputs: Inputs;
  readonly schedule: Schedule;
  readonly now: number;
  readonly servers: readonly SeenServer[];
}

/** How far ahead is looked. */
const ahead = 400 * dayMilliseconds;

const ofRule = ({ schedule }: Asked): Warning[] =>
  lintOf(ruleOf(schedule)).map(({ code, says, source }) => ({ code, message: says, pointer: source }));

const neverOrAlways = ({ inputs, schedule, now }: Asked): Warning[] => {
  const edges = edgesOf(inputs, schedule.name, now, now + ahead);
  const pointer = schedule.periods === undefined ? "" : "/periods";
  if (schedule.mode === "stop-only" || schedule.mode === "start-only")
    return edges.length > 0
      ? []
      : [{ code: "no_edges", message: "it does nothing in the next 400 days", pointer }];
  const on = hoursOf(plannedOn(boardOf(inputs).track([schedule]), now, now + ahead));
  if (on === 0)
    return [{ code: "never_on", message: "its servers are never on in the next 400 days", pointer }];
  return edges.some(({ action }) => action === "off")
    ? []
    : [
        {
          code: "never_off",
          message: "its servers are never off in the next 400 days: it saves nothing",
          pointer,
        },
      ];
};

/** An inverse period changes nothing where servers are off outside of the periods anyway, and on wins inside. */
const uselessPeriods = ({ schedule }: Asked): Warning[] => {
  if (schedule.merge === "off_wins" || outsideOf(schedule) !== "off") return [];
  return (schedule.periods ?? []).flatMap(({ state }, index) =>
    state === "off"
      ? [
          {
            code: "no_effect",
            message:
              "on wins over off inside the periods, and outside it is off anyway; merge: off_wins cuts it out",
            pointer: `/periods/${index}`,
          },
        ]
      : [],
  );
};

const clockChanges = ({ inputs, schedule, now }: Asked): Warning[] =>
  collapsedIn(inputs, schedule.name, now, now + ahead).map(({ period, local_date }) => ({
    code: "dst_collapsed",
    message: `${period} does not take place on ${local_date}: the clock jumps over it`,
    pointer: "/periods",
  }));

const shortStops = ({ inputs, schedule, now }: Asked): Warning[] => {
  const edges = edgesOf(inputs, schedule.name, now, now + 28 * dayMilliseconds);
  const short = edges.find(({ action, at }, index) => {
    const next = edges[index + 1];
    return action === "off" && next?.action === "on" && next.at - at < 3_600_000;
  });
  if (short === undefined) return [];
  const message = `the stop of ${short.local} lasts less than an hour: it may be billed all the same`;
  return [{ code: "short_stop", message, pointer: "/periods" }];
};

const isOneSided = ({ mode }: Schedule): boolean => mode === "stop-only" || mode === "start-only";

const contradictions = ({ inputs, schedule, now }: Asked): Warning[] => {
  if (!isOneSided(schedule)) return [];
  const own = new Map(edgesOf(inputs, schedule.name, now, now + ahead).map(({ at, action }) => [at, action]));
  return inputs.schedules
    .filter(
      (other) =>
        other.name !== schedule.name &&
        isOneSided(other) &&
        other.mode !== schedule.mode &&
        other.connection === schedule.connection &&
        (other.priority ?? 0) === (schedule.priority ?? 0),
    )
    .filter((other) => edgesOf(inputs, other.name, now, now + ahead).some(({ at }) => own.has(at)))
    .map(({ name }) => ({
      code: "conflict",
      message: `${name} wants the opposite at the same time with the same priority: servers of both are left alone then`,
      pointer: "/priority",
    }));
};

const raised = ({ schedule, inputs }: Asked): Warning[] =>
  needsOf(schedule).flatMap(({ schedule: name }, index) => {
    const other = inputs.schedules.find((one) => one.name === name);
    if (other === undefined || !isOneSided(other)) return [];
    const message = `${name} acts on one kind of edge only, and is not raised while ${schedule.name} is on`;
    return [{ code: "not_raised", message, pointer: `/needs/${index}` }];
  });

const named = (servers: readonly SeenServer[]): string => {
  const names = servers.slice(0, 5).map(({ name, id }) => name ?? id);
  return `${names.join(", ")}${servers.length > names.length ? ` and ${servers.length - names.length} more` : ""}`;
};

const ofServers = ({ schedule, servers, inputs }: Asked): Warning[] => {
  const matched = servers.filter((server) => schedulesOf(inputs, server, schedule.name).includes(schedule));
  const warn = (code: string, found: readonly SeenServer[], message: string): Warning[] =>
    found.length === 0 ? [] : [{ code, message: `${named(found)}: ${message}`, pointer: "/select" }];
  const { accept_no_return: accepts, stop_protected: stops } = schedule.guards ?? {};
  const nobody =
    servers.length > 0 && matched.length === 0
      ? [
          {
            code: "matches_nothing",
            message: "no server of the connection is selected now",
            pointer: "/select",
          },
        ]
      : [];
  return [
    ...nobody,
    ...warn(
      "standby",
      matched.filter(({ phase }) => phase === "standby"),
      "stopped in place, which is billed as if it were on; cleanup_standby powers it off",
    ),
    ...warn(
      "scarce_type",
      matched.filter(({ stock }) => accepts !== true && (stock === "scarce" || stock === "shortage")),
      "its type is scarce, so that it is not stopped unless guards.accept_no_return says so",
    ),
    ...warn(
      "protected",
      matched.filter((server) => server.protected === true && stops !== true),
      "protected at the provider, so that it is not stopped unless guards.stop_protected says so",
    ),
    ...warn(
      "several_schedules",
      matched.filter((server) => schedulesOf(inputs, server, schedule.name).length > 1),
      "other schedules select it, too; priority and merge decide",
    ),
  ];
};

/**
 * What may not be meant in a schedule of these inputs. Empty for an unknown name.
 * @param servers servers of its connection, where they are known
 */
export const warningsOf = (
  inputs: Inputs,
  name: string,
  now: number,
  servers: readonly SeenServer[] = [],
): Warning[] => {
  const schedule = inputs.schedules.find((one) => one.name === name);
  if (schedule === undefined) return [];
  const asked: Asked = { inputs, schedule, now, servers };
  return [
    ofRule,
    neverOrAlways,
    uselessPeriods,
    clockChanges,
    shortStops,
    contradictions,
    raised,
    ofServers,
  ].flatMap((check) => check(asked));
};
