import { expect, it } from "vitest";
import type { Patch } from "../simulation/patched-source.ts";
import type { Job } from "../simulation/jobs.ts";
import { inPieces } from "../simulation/seeds.ts";
import { inThreads } from "../simulation/threads.ts";

/** Builds that tell a secret, each in a place of its own. */
const leaks: readonly (readonly [string, Patch])[] = [
  [
    "a line of the log",
    {
      file: "lib/lambda/http-stack.ts",
      find: "const request = readRequest(event, ports);",
      put: "const request = readRequest(event, ports); ports.log.debug(JSON.stringify(event));",
    },
  ],
  [
    "a row, in base64",
    {
      file: "lib/lambda/tick-stack.ts",
      find: "await work({ ports, timeLeft: () => context.getRemainingTimeInMillis() });",
      put: 'await ports.cells.save("told", btoa(await ports.secrets.read("env:PARIS")), 0); await work({ ports, timeLeft: () => context.getRemainingTimeInMillis() });',
    },
  ],
];

const seeds = (count: number) =>
  inPieces({ from: 16, count }, (asked): Job => ({ do: "seeds", ...asked, order: { mode: "calm" } }));

it.each(leaks)("a build that tells a secret in %s is found by I13", async (_, patch) => {
  const { failures } = await inThreads(seeds(1), { patches: [patch], threads: 1 });
  expect(failures.map(({ invariant }) => invariant)).toContain("I13");
});

it("the shipped build tells none", async () => {
  const { failures, runs } = await inThreads(seeds(33), { threads: 1 });
  expect(failures).toEqual([]);
  expect(runs).toBe(33);
});
