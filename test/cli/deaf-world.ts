import type { Output, World } from "../../cli/world.ts";

const deaf: Output = { isTTY: false, columns: 80, write: () => {}, send: () => Promise.resolve() };

/** A world in which nothing is heard: for looking at commands without running one. */
export const deafWorld: World = {
  environment: {},
  folder: "/nowhere",
  out: deaf,
  err: deaf,
  input: { isTTY: false, bytes: async function* bytes() {} },
  ask: () => Promise.reject(new Error("nobody is here")),
  nowMilliseconds: () => 0,
  sleep: () => Promise.resolve(),
  newKey: () => "key",
  interrupted: new AbortController().signal,
};
