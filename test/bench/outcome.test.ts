import { describe, expect, test } from "vitest";
import { measure, type Run } from "../../bench/outcome.ts";

const server = (id: string, state = "running", modifiedAt = 10_000) => ({ id, name: id, state, modifiedAt });
const claim = (serverId: string | null, error: string | null = null, seenAt = 11_000, toldAt = 12_000) => ({
  serverId,
  error,
  seenAt,
  toldAt,
});
const call = (method: string, route: string, at: number, status = 200) => ({
  number: 1,
  method,
  route,
  path: route,
  at,
  status,
});
const run = (parts: Partial<Run>): Run => ({
  requested: 1,
  startedAt: 1000,
  claims: [],
  servers: [],
  calls: [],
  cpuMilliseconds: 0,
  peakMegabytes: 0,
  engines: null,
  engineUsage: null,
  ...parts,
});

describe("what became of a server", () => {
  const cases: [string, Partial<Run>, Partial<ReturnType<typeof measure>>][] = [
    [
      "runs and is known to run",
      { claims: [claim("a")], servers: [server("a")] },
      { confirmed: 1, failed: 0, lost: 0, orphaned: 0 },
    ],
    [
      "was refused: failed, and there is nothing to clean up",
      { claims: [claim(null, "no")] },
      { confirmed: 0, failed: 1, lost: 0, orphaned: 0 },
    ],
    [
      "was created and given up: failed, and an orphan",
      { claims: [claim("a", "429")], servers: [server("a", "stopped")] },
      { confirmed: 0, failed: 1, lost: 0, orphaned: 1 },
    ],
    ["was never spoken of: lost", {}, { confirmed: 0, failed: 0, lost: 1, orphaned: 0 }],
    [
      "was made twice: the second is an orphan",
      { claims: [claim("a")], servers: [server("a"), server("b")] },
      { confirmed: 1, orphaned: 1 },
    ],
    [
      "is said to run and does not: an orphan",
      { claims: [claim("a")], servers: [server("a", "starting")] },
      { confirmed: 0, orphaned: 1 },
    ],
  ];
  test.each(cases)("that %s", (_, parts, expected) => {
    expect(measure(run(parts))).toMatchObject(expected);
  });
});

test("delays count from the provider's own end, in seconds, and leave out what failed", () => {
  const measured = measure(
    run({
      requested: 3,
      claims: [claim("a"), claim("b", null, 15_000, 15_000), claim("c", "failed", 99_000)],
      servers: [server("a"), server("b"), server("c")],
    }),
  );
  expect(measured).toMatchObject({ seenMean: 3, seenP50: 1, seenP95: 5, seenMax: 5, toldP50: 2, toldP95: 5 });
});

test("calls count by what they are for, refused ones included, and the last power-on ends the issuing", () => {
  const measured = measure(
    run({
      requested: 2,
      claims: [claim("a")],
      calls: [
        call("POST", "POST /instance/v1/zones/{}/servers", 1500, 201),
        call("POST", "POST /instance/v1/zones/{}/servers/{}/action", 2000, 202),
        call("POST", "POST /instance/v1/zones/{}/servers/{}/action", 3000, 429),
        call("GET", "GET /instance/v1/zones/{}/servers", 4000),
      ],
    }),
  );
  expect(measured).toMatchObject({
    callsPerServer: 2,
    createsPerServer: 0.5,
    actionsPerServer: 1,
    looksPerServer: 0.5,
    rateLimited: 1,
    issueSeconds: 1,
    makespanSeconds: 11,
  });
});

test("where nothing ended there is no delay, rather than none at all", () => {
  expect(measure(run({}))).toMatchObject({ seenMean: null, seenP95: null, issueSeconds: null });
});
