import type { Context, Work } from "./context.ts";
import { clockText, durationText } from "./duration.ts";
import { exitCodes } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";
import { operationSchema, stepOf, tookMilliseconds, type Operation } from "./operation.ts";
import { docsOf } from "./problem.ts";
import { barOf, type Progress, type Standing } from "./progress.ts";
import { untilOver } from "./until-over.ts";
import { segment } from "./verb.ts";

/** Up to so many operations have a row each on a terminal. */
const mostRows = 7;
const barCells = 40;
const readsAtOnce = 8;

const rowOf = (operation: Operation, now: number): string => {
  const mark = operation.state === "succeeded" ? "✔" : operation.done ? "✗" : "·";
  const clock = clockText(tookMilliseconds(operation, now));
  const words = [operation.state, operation.done ? (operation.error?.code ?? "") : stepOf(operation)];
  return `  ${mark} ${operation.id}  ${operation.kind}  ${words.filter((word) => word !== "").join("  ")}  ${clock}`;
};

const standingOf = (operations: readonly Operation[], since: number, now: number): Standing => {
  const clock = clockText(now - since);
  const [first] = operations;
  if (operations.length === 1 && first !== undefined) {
    const step = stepOf(first);
    const state = `${first.state}${step === "" ? "" : `: ${step}`}`;
    return { lines: [rowOf(first, now)], plain: `[${clock}] ${first.id} ${first.kind} ${state}`, state };
  }
  const count = (wanted: (operation: Operation) => boolean): number => operations.filter(wanted).length;
  const done = count((operation) => operation.done);
  const failed = count((operation) => operation.done && operation.state !== "succeeded");
  const words = `${done}/${operations.length} done, ${operations.length - done} under way, ${failed} failed`;
  const lines =
    operations.length <= mostRows
      ? operations.map((operation) => rowOf(operation, now))
      : [`  ${barOf(done, operations.length, barCells)}  ${words}  ${clock}`];
  return { lines, plain: `[${clock}] ${words}`, state: String(failed) };
};

const workOf = (operations: readonly Operation[]): Work => {
  const ids = operations.map(({ id }) => id).join(" ");
  const name = operations.length === 1 ? ids : `${operations.length} operations`;
  return {
    name,
    resume: `switchyard operation wait ${ids}`,
    cancel: `switchyard operation cancel ${ids}`,
  };
};

const readOne = (context: Context, id: string): Promise<Operation> =>
  context.api.get(operationSchema, `/v1/operations/${segment(id, "The operation's id")}`);

/** Reads those that are not over, a few at a time. */
const readOpen = async (context: Context, known: readonly Operation[]): Promise<readonly Operation[]> => {
  const fresh = [...known];
  const open = [...known.entries()].filter(([, { done }]) => !done);
  for (let at = 0; at < open.length; at += readsAtOnce) {
    const some = open.slice(at, at + readsAtOnce);
    await Promise.all(
      some.map(async ([index, { id }]) => {
        fresh[index] = await readOne(context, id);
      }),
    );
  }
  return fresh;
};

/** Operations by their ids. @throws CliFailure for one that is not there */
export const readOperations = async (
  context: Context,
  ids: readonly string[],
): Promise<readonly Operation[]> => {
  const read: Operation[] = [];
  for (let at = 0; at < ids.length; at += readsAtOnce)
    read.push(...(await Promise.all(ids.slice(at, at + readsAtOnce).map((id) => readOne(context, id)))));
  return read;
};

/** Waits until all are over, whatever their ends. @throws Detached */
export const waitForOperations = async (
  context: Context,
  asked: readonly Operation[],
): Promise<readonly Operation[]> => {
  let latest = asked;
  const since = context.world.nowMilliseconds();
  return untilOver(context, workOf(asked), {
    read: async () => {
      latest = await readOpen(context, latest);
      return latest;
    },
    isOver: (operations) => operations.every(({ done }) => done),
    show: (operations, progress: Progress) =>
      progress.show(standingOf(operations, since, context.world.nowMilliseconds())),
    everyMilliseconds: asked.length > readsAtOnce ? 2_000 : 1_000,
  });
};

const failureOf = (operation: Operation, others: number): CliFailure => {
  const { error } = operation;
  const named = operation.resource === null ? "" : ` ${operation.resource.id}`;
  const more = others === 0 ? [] : [`${others} more did not succeed either.`];
  const retry =
    operation.state === "needs_attention"
      ? [`switchyard operation resolve ${operation.id} --as adopt|abandon|retry`]
      : [];
  return new CliFailure({
    exitCode: exitCodes.failed,
    code: error?.code ?? operation.state.toUpperCase(),
    message: `${operation.kind}${named} ${operation.state.replace("_", " ")}: ${error?.title ?? operation.id}`,
    why: [...(error?.detail === undefined ? [] : [error.detail]), ...more],
    fix: [...(error?.hint === undefined ? [] : [error.hint]), ...retry],
    docs: error === null ? undefined : docsOf(error),
    request: error?.request_id ?? operation.id,
  });
};

/** @throws CliFailure with exit code 8 when one of them did not succeed */
export const mustHaveSucceeded = (operations: readonly Operation[]): void => {
  const bad = operations.filter(({ state }) => state !== "succeeded");
  const [first] = bad;
  if (first !== undefined) throw failureOf(first, bad.length - 1);
};

/** `✔ server.create … in 4.2 s`: the end of one that went well, for people. */
export const endLine = (operation: Operation, now: number): string => {
  const mark = operation.state === "succeeded" ? "✔" : "✗";
  const what = operation.resource === null ? operation.id : `${operation.resource.id}  ${operation.id}`;
  return `${mark} ${operation.kind} ${operation.state} in ${durationText(tookMilliseconds(operation, now))}  ${what}`;
};
