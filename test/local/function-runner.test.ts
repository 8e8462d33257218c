import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createRunner, FunctionTimedOut, type Handler, importHandlers } from "../../local/function-runner.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const deployed = { name: "one", module: "functions/one.ts", timeoutSeconds: 5, triggers: [] };
const runnerOf = (handler: Handler, stopping = new AbortController().signal) =>
  createRunner(async () => handler, stopping);

test("a handler is given its event, and a context that counts down from its timeout", async () => {
  const { invoke } = runnerOf(async (event, context) => {
    const first = context.getRemainingTimeInMillis();
    await sleep(30);
    return { event, name: context.functionName, first, later: context.getRemainingTimeInMillis() };
  });
  const answer = await invoke(deployed, { a: 1 });
  expect(answer).toMatchObject({ event: { a: 1 }, name: "one" });
  expect(answer).toHaveProperty("first", expect.closeTo(5_000, -2));
  expect(answer).toHaveProperty("later", expect.closeTo(4_970, -2));
});

test("when the stack stops, no time remains, so that loops end", async () => {
  const stopping = new AbortController();
  const { invoke, settled } = runnerOf(async (_event, context) => {
    while (context.getRemainingTimeInMillis() > 0) await sleep(5);
    return "ended";
  }, stopping.signal);
  const answer = invoke(deployed, {});
  stopping.abort();
  await settled();
  expect(await answer).toBe("ended");
});

test("one that takes longer than its timeout has failed", async () => {
  const { invoke } = runnerOf(() => sleep(1_000));
  await expect(invoke({ ...deployed, timeoutSeconds: 0.05 }, {})).rejects.toThrow(FunctionTimedOut);
});

test("what it throws is thrown, also when it is thrown at once", async () => {
  const { invoke } = runnerOf(() => {
    throw new Error("at once");
  });
  await expect(invoke(deployed, {})).rejects.toThrow("at once");
});

test("only an export named handler of at most two parameters can be deployed on nodejs24.x", async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "three.mjs"),
    "export const handler = (event, context, callback) => callback();",
  );
  writeFileSync(join(folder, "none.mjs"), "export const main = () => {};");
  const load = importHandlers(folder);
  await expect(load("three.mjs")).rejects.toThrow("at most two parameters");
  await expect(load("none.mjs")).rejects.toThrow("at most two parameters");
});
