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
import { afterSetback } from "./judge-setback.ts";
import { judge } from "./judge.ts";
import type { ProviderDetail } from "./problem.ts";
import { directSend } from "./direct-send.ts";
import type { Observation } from "./observation.ts";
import { addressesSeen, currentStep, isDone, isLate, type Operation, type Step } from "./operation.ts";
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

/** What the look says of a call that was refused before it: what moves now was on its way then. */
const setbackSeen = ({ setback }: Operation, { phase }: Observation): Operation["setback"] =>
  setback?.is_open === true && (phase === "moving" || phase === "unknown")
    ? { ...setback, is_passing: true }
    : setback;

/** What the provider said that makes it a failure: that it does not exist, or why it refused before. */
const saidBy = ({ setback }: Operation, { phase, said }: Observation): ProviderDetail | undefined => {
  if (phase === "gone") return said;
  return setback?.is_open === true ? setback.provider : undefined;
};

/** The call of a step that only sends goes out again, since what stood in its way has passed. */
const sendAgain = (operation: Operation, step: Step, now: number, why: string): Change => {
  const what = directSend(step.name);
  const next: Operation = { ...withState(operation, "following"), updated_at: instant(now) };
  return { operation: next, save: true, next: what === null ? { do: "wait" } : { do: "send", what }, why };
};

/** Whether the look shows it on its way. Where a restart may not show, any sight away from "on" is one. */
const showsMoving = (step: Step, call: Operation["call"], { phase }: Observation): boolean =>
  phase === "moving" ||
  (step.goal === "restarted" && call !== null && (phase === "off" || phase === "unknown"));

/** A look at the resource, and what it means for the running step. */
export const seen = (operation: Operation, now: number, fact: Seen): Change => {
  const step = currentStep(operation);
  if (step === null || isDone(operation)) return unchanged(operation, "nothing is looked for");
  const { observation } = fact;
  const moving = showsMoving(step, operation.call, observation);
  const isFirstMove = moving && step.mode === "watch" && step.seen_moving !== true;
  const setback = setbackSeen(operation, observation);
  const isNews = isFirstMove || setback?.is_passing !== operation.setback?.is_passing;
  const known: Operation = {
    ...(isFirstMove ? withStep(operation, step.name, { seen_moving: true }) : operation),
    setback,
    resource_name: observation.name ?? operation.resource_name,
    tags: observation.tags ?? operation.tags,
    made_by: observation.made_by ?? operation.made_by,
    is_sighted: operation.is_sighted || (observation.phase !== "gone" && observation.state !== null),
    task: observation.task ?? operation.task,
    volumes: step.goal === "gone" && observation.volumes.length > 0 ? observation.volumes : operation.volumes,
    call: operation.call === null || !moving ? operation.call : { ...operation.call, seen_moving: true },
    ...addressesSeen(operation, observation),
  };
  if (step.name === "create") return named(known, now, observation);
  const asOf = Math.min(now, fact.at ?? now);
  const verdict =
    setback?.is_open === true
      ? afterSetback(known, setback, step, observation, asOf)
      : judge(known, step, observation, asOf);
  switch (verdict.is) {
    case "reached":
      return completeStep(known, now, verdict.why, observation, "look_first");
    case "failed":
      return fail(
        { ...known, updated_at: instant(now) },
        now,
        verdict.code,
        verdict.why,
        saidBy(known, observation),
      );
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
      const settled = { ...known, setback: setback === null ? null : { ...setback, is_open: false } };
      if (verdict.want === null) return sendAgain(settled, step, now, verdict.why);
      const going = withState({ ...settled, updated_at: instant(now) }, "following");
      const next = intend(going, verdict.want, now, observation);
      return { operation: next, save: true, next: { do: "send", what: verdict.want }, why: verdict.why };
    }
  }
};
