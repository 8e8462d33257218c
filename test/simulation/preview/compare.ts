import { edgesOf } from "../../../lib/schedule/edges.ts";
import { mulberry32 } from "../../../simulators/randomness.ts";
import { expectedOf } from "./expected.ts";
import { makeFleet } from "./fleet.ts";
import { runLive } from "./live.ts";

/** How what was sent compares with what preview had named. */
export interface Comparison {
  readonly servers: number;
  readonly schedules: number;
  readonly exceptions: number;
  /** That preview names. */
  readonly edges: number;
  readonly expected: number;
  readonly sent: number;
  readonly different: readonly string[];
  readonly ticks: number;
  readonly decisions: number;
  /** Milliseconds for naming, and for running. */
  readonly previewMilliseconds: number;
  readonly liveMilliseconds: number;
}

const day = 86_400_000;
const begin = Date.parse("2026-01-01T00:00:00Z");

const line = (server: string, at: number, action: string): string =>
  `${server} ${new Date(at).toISOString()} ${action}`;

/** Runs a seeded fleet live, and compares it command by command with what preview had named before. */
export const compareFleet = (servers: number, days: number, seed: number): Comparison => {
  const [from, to] = [begin, begin + days * day];
  const fleet = makeFleet(servers, mulberry32(seed), [from, to], (inputs, name) =>
    edgesOf(inputs, name, from, to).map(({ at }) => at),
  );
  const began = performance.now();
  const { commands, initial, edges } = expectedOf(fleet);
  const named = performance.now();
  const live = runLive(fleet, initial);
  const ended = performance.now();
  const expected = commands.map(({ server, at, action }) => line(server, at, action));
  const sent = live.commands.map(({ server, at, action }) =>
    line(server, at, action === "start" ? "on" : "off"),
  );
  const [wanted, done] = [new Set(expected), new Set(sent)];
  const different = [
    ...expected.filter((each) => !done.has(each)).map((each) => `not sent: ${each}`),
    ...sent.filter((each) => !wanted.has(each)).map((each) => `not named: ${each}`),
    ...(done.size === sent.length ? [] : [`${sent.length - done.size} sent twice`]),
    ...live.complaints,
  ];
  const { overrides, freezes, windows, holds, schedules } = fleet.inputs;
  return {
    servers,
    schedules: schedules.length,
    exceptions: overrides.length + freezes.length + windows.length + holds.length,
    edges,
    expected: expected.length,
    sent: sent.length,
    different,
    ticks: live.ticks,
    decisions: live.decisions,
    previewMilliseconds: named - began,
    liveMilliseconds: ended - named,
  };
};
