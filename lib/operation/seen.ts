import type { Fact } from "./fact.ts";
import {
  adopt,
  completeStep,
  deadlinePassed,
  fail,
  intend,
  needAttention,
  note,
  unchanged,
  withState,
  withStep,
  type Change,
} from "./forward.ts";
import { judge } from "./judge.ts";
import type { Observation } from "./observation.ts";
import { currentStep, isDone, isLate, type Operation } from "./operation.ts";
import { instant } from "./time.ts";

type Seen = Extract<Fact, { type: "seen" }>;

/** A look at the resource that a person named as the one that a create has made. */
const named = (operation: Operation, now: number, observation: Observation): Change => {
  const { resource } = operation;
  if (resource === null) return unchanged(operation, "nothing is looked for");
  const unnamed = { ...operation, resource: null, resource_name: null, made_by: null, is_sighted: false };
  if (observation.phase === "gone") {
    return needAttention(
      unnamed,
      now,
      "RESOURCE_NOT_FOUND",
      `The ${resource.type} ${resource.id} does not exist.`,
    );
  }
  if (observation.made_by !== null && observation.made_by !== operation.id) {
    const why = `The ${resource.type} ${resource.id} was made by operation ${observation.made_by}.`;
    return needAttention(unnamed, now, "CREATE_UNCERTAIN", why);
  }
  return adopt(operation, now, resource, observation, "look_first");
};

/** What a look has really shown, for evidence: the state of the resource, its task, or that it does not exist. */
const sightOf = ({ phase, state, detail, task }: Observation): string => {
  const progress = task?.progress ?? null;
  const said = [
    phase === "gone" ? "gone" : state === null ? null : `${state}${detail === null ? "" : ` (${detail})`}`,
    task === null ? null : `task ${task.id} ${task.status}${progress === null ? "" : ` at ${progress} %`}`,
  ];
  return `seen: ${said.filter((one) => one !== null).join(", ") || "nothing that says how it stands"}`;
};

/** A look at the resource, and what it means for the running step. */
export const seen = (operation: Operation, now: number, fact: Seen): Change => {
  const step = currentStep(operation);
  if (step === null || isDone(operation)) return unchanged(operation, "nothing is looked for");
  const { observation } = fact;
  const moving = observation.phase === "moving";
  const isNews = moving && step.mode === "watch" && step.seen_moving !== true;
  const known: Operation = {
    ...(isNews ? withStep(operation, step.name, { seen_moving: true }) : operation),
    resource_name: observation.name ?? operation.resource_name,
    made_by: observation.made_by ?? operation.made_by,
    is_sighted: operation.is_sighted || (observation.phase !== "gone" && observation.state !== null),
    task: observation.task ?? operation.task,
    volumes: step.goal === "gone" && observation.volumes.length > 0 ? observation.volumes : operation.volumes,
    call: operation.call === null || !moving ? operation.call : { ...operation.call, seen_moving: true },
  };
  if (step.name === "create") return named(known, now, observation);
  const verdict = judge(known, step, observation, now);
  switch (verdict.is) {
    case "reached":
      return completeStep(known, now, verdict.why, observation, "look_first");
    case "failed":
      return fail({ ...known, updated_at: instant(now) }, now, verdict.code, verdict.why);
    case "unclear":
      return needAttention(
        note(known, now, sightOf(observation), observation.request_id),
        now,
        verdict.code,
        verdict.why,
      );
    case "wait":
      if (isLate(operation, now)) {
        return deadlinePassed(
          note(known, now, sightOf(observation), observation.request_id),
          now,
          verdict.why,
        );
      }
      // A rest after a move is an end, a rest before it is not: whoever looks next must know which.
      return { operation: known, save: isNews, next: { do: "wait" }, why: verdict.why };
    case "send": {
      if (isLate(operation, now)) return deadlinePassed(known, now, verdict.why);
      const going = withState({ ...known, updated_at: instant(now) }, "following");
      const next = intend(going, verdict.want, now, observation);
      return { operation: next, save: true, next: { do: "send", what: verdict.want }, why: verdict.why };
    }
  }
};
