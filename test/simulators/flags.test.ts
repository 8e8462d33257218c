import { describe, expect, test } from "vitest";
import { faultNames } from "../../simulators/fault-names.ts";
import { FlagError, helpText, readFault, readFlags } from "../../simulators/flags.ts";

describe("flags of the simulator", () => {
  test.for<readonly [args: readonly string[], options: object, why: string]>([
    [
      [],
      { dialect: "scaleway-instance", latency: { factor: 1 }, faults: [] },
      "recorded latencies unless told otherwise",
    ],
    [["--latency-ms", "0"], { latency: { milliseconds: 0 } }, "a fixed latency wins"],
    [
      ["--dialect", "scaleway-compute", "--set", "type_field=type"],
      { settings: { type_field: "type" } },
      "a setting",
    ],
    [
      ["--rate", "100", "--burst", "5", "--rate-answer", "typed"],
      { rate: { perSecond: 100, burst: 5, answer: "typed" } },
      "a limit",
    ],
    [
      ["--state", "x", "--seed", "7", "--speed", "20"],
      { stateDirectory: "x", seed: 7, speed: 20 },
      "state, seed, speed",
    ],
  ])("%j is read: %s", ([args, options]) => {
    expect(readFlags(args)).toMatchObject(options);
  });

  test.for<readonly [args: readonly string[], message: string]>([
    [["--port", "x"], "--port must be a whole number"],
    [["--seed=-1"], "--seed must be a whole number of at least 0"],
    [["--speed", "0"], "--speed must be a number of at least 0.001"],
    [["--latency-ms", ""], "--latency-ms"],
    [["--dialect", "x"], "--dialect must be one of scaleway-instance"],
    [["--set", "colour=red"], "--set colour"],
    [["--set", "task_mode=red"], "--set task_mode must be one of fake, real"],
    [["--burst", "3"], "--burst"],
    [["--fault", "gremlins"], '--fault "gremlins" is unknown'],
    [["--fault", "stuck=7"], "probability"],
    [["--fault", "deprecated_warning=1"], "takes no value"],
    [["--fault", "error=nope"], "--fault error needs a type"],
    [["--colour", "red"], "--colour"],
    [["stray"], "stray"],
  ])("%j is refused by name", ([args, message]) => {
    expect(() => readFlags(args)).toThrow(FlagError);
    expect(() => readFlags(args)).toThrow(message);
  });

  test.for<readonly [text: string, fault: object]>([
    ["lost_reply", { name: "lost_reply" }],
    ["lost_reply=0.25", { name: "lost_reply", probability: 0.25 }],
    ["late_landing=2500", { name: "late_landing", milliseconds: 2500 }],
    ["permissions_denied=3", { name: "permissions_denied", items: 3 }],
    ["error=locked", { name: "error", type: "locked" }],
    ["stuck=count:2,match:POST */action", { name: "stuck", count: 2, match: "POST */action" }],
  ])("the fault %s is read", ([text, fault]) => {
    expect(readFault(text)).toEqual(fault);
  });

  test("help names every fault and every setting", () => {
    const help = helpText();
    expect(readFlags(["--help"])).toBe("help");
    expect(readFlags(["-h"])).toBe("help");
    expect(help).toMatch(/^Usage: npm run simulator/);
    [...faultNames, "task_mode", "precondition_shape", "type_field"].forEach((name) =>
      expect(help).toContain(name),
    );
  });
});
