import { describe, expect, test } from "vitest";
import { readArguments, usage, UsageError } from "../../local/arguments.ts";

const standard = {
  mode: "dev",
  port: 8484,
  exactPort: false,
  configFile: null,
  stateDirectory: ".switchyard",
  reset: false,
};

describe("the command line of the embedded stack", () => {
  test.each([
    ["nothing said", ["dev"], {}, standard],
    ["the demo", ["demo"], {}, { ...standard, mode: "demo" }],
    [
      "a port is that one exactly",
      ["dev", "--port", "9000"],
      {},
      { ...standard, port: 9000, exactPort: true },
    ],
    [
      "so is the environment's",
      ["dev"],
      { SWITCHYARD_PORT: "9001" },
      { ...standard, port: 9001, exactPort: true },
    ],
    [
      "the flag goes before the environment",
      ["dev", "--port=9000"],
      { SWITCHYARD_PORT: "9001" },
      { ...standard, port: 9000, exactPort: true },
    ],
    ["an empty variable is none", ["dev"], { SWITCHYARD_PORT: "" }, standard],
    ["no state", ["dev", "--ephemeral"], {}, { ...standard, stateDirectory: null }],
    [
      "state elsewhere, emptied, with connections",
      ["dev", "--state", "/tmp/x", "--reset", "--config", "c.yaml"],
      {},
      { ...standard, stateDirectory: "/tmp/x", reset: true, configFile: "c.yaml" },
    ],
  ])("%s", (_reason, argv, environment, read) => {
    expect(readArguments(argv, environment)).toEqual(read);
  });

  test.each([
    ["a flag that does not exist", ["dev", "--prot", "1"], {}, "--prot"],
    ["a port that is no number", ["dev", "--port", "http"], {}, "--port must be"],
    ["a port that is too large", ["dev", "--port", "65536"], {}, "--port must be"],
    ["a variable that is no port", ["dev"], { SWITCHYARD_PORT: "x" }, "SWITCHYARD_PORT must be"],
    ["a flag without its value", ["dev", "--config"], {}, "--config"],
    ["more words than one", ["dev", "now"], {}, '"now"'],
    ["a mode that does not exist", ["prod"], {}, '"prod"'],
    ["a configured provider in the demo", ["demo", "--config", "real.yaml"], {}, "simulated provider"],
    ["ephemeral state somewhere", ["dev", "--ephemeral", "--state", "x"], {}, "--ephemeral"],
  ])("%s is refused by name", (_reason, argv, environment, named) => {
    expect(() => readArguments(argv, environment)).toThrow(UsageError);
    expect(() => readArguments(argv, environment)).toThrow(named);
  });

  test.each([
    [["dev", "--help"], "it is asked for"],
    [["demo", "-h"], "by its letter"],
    [["--help"], "a mode is not needed for it"],
    [["dev", "--help", "--ephemeral", "--reset"], "whatever stands beside it"],
  ])("%j asks for help: %s", (argv) => {
    expect(readArguments(argv, { SWITCHYARD_PORT: "x" })).toBe("help");
  });

  test("help names every flag and every variable", () => {
    const flags = ["--port", "--config", "--state", "--ephemeral", "--reset", "--help"];
    const variables = ["SWITCHYARD_PORT", "SWITCHYARD_CONFIG", "SWITCHYARD_API_KEY", "SWITCHYARD_LOG_LEVEL"];
    for (const word of [...flags, ...variables, "8484", ".switchyard"]) expect(usage).toContain(word);
  });
});
