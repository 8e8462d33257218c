import { describe, expect, test } from "vitest";
import { matchPattern } from "../../local/event-pattern.ts";

const event = {
  source: "switchyard.local",
  "detail-type": "switchyard.operation.succeeded",
  resources: [],
  detail: {
    sequence: 3,
    subject: "op_1",
    data: {
      state: "succeeded",
      error: null,
      tags: ["env=dev", "team=a"],
      steps: [{ name: "create" }, { name: "power_on" }],
    },
  },
};

describe("an event pattern", () => {
  test.each([
    ["no field asks for nothing", {}, true],
    ["a value is any of the list", { source: ["other", "switchyard.local"] }, true],
    ["a value that is none of the list", { source: ["other"] }, false],
    ["all fields must fit", { source: ["switchyard.local"], "detail-type": ["x"] }, false],
    ["a field that is absent fits no value", { account: ["1"] }, false],
    ["nested fields", { detail: { data: { state: ["succeeded", "failed"] } } }, true],
    ["an array fits by any of its elements", { detail: { data: { tags: ["team=a"] } } }, true],
    ["objects in arrays are looked into", { detail: { data: { steps: { name: ["power_on"] } } } }, true],
    ["null is a value", { detail: { data: { error: [null] } } }, true],
    ["numbers are not texts", { detail: { sequence: ["3"] } }, false],
    ["prefix", { "detail-type": [{ prefix: "switchyard.operation." }] }, true],
    ["prefix of another", { "detail-type": [{ prefix: "switchyard.server." }] }, false],
    ["prefix in any case", { "detail-type": [{ prefix: { "equals-ignore-case": "SWITCHYARD." } }] }, true],
    ["suffix", { "detail-type": [{ suffix: ".succeeded" }] }, true],
    ["wildcard", { "detail-type": [{ wildcard: "switchyard.*.succeeded" }] }, true],
    ["a dot in a wildcard is a dot", { source: [{ wildcard: "switchyard.loca." }] }, false],
    ["equals-ignore-case", { source: [{ "equals-ignore-case": "SWITCHYARD.LOCAL" }] }, true],
    ["exists", { source: [{ exists: true }] }, true],
    ["does not exist", { account: [{ exists: false }] }, true],
    ["an empty array counts as absent", { resources: [{ exists: false }] }, true],
    ["numeric range", { detail: { sequence: [{ numeric: [">", 2, "<=", 3] }] } }, true],
    ["numeric out of range", { detail: { sequence: [{ numeric: [">", 3] }] } }, false],
    ["anything-but a list", { source: [{ "anything-but": ["a", "b"] }] }, true],
    ["anything-but the value", { source: [{ "anything-but": "switchyard.local" }] }, false],
    ["anything-but a prefix", { source: [{ "anything-but": { prefix: "switchyard." } }] }, false],
    ["anything-but never fits an absent field", { account: [{ "anything-but": "1" }] }, false],
    ["anything-but never fits an object", { detail: [{ "anything-but": "1" }] }, false],
    [
      "one of several ways",
      { $or: [{ source: ["x"] }, { "detail-type": [{ prefix: "switchyard." }] }] },
      true,
    ],
  ])("%s", (_reason, pattern, fits) => {
    expect(matchPattern(pattern, event)).toBe(fits);
  });

  test.each([
    ["a rule that is not known", { source: [{ cidr: "10.0.0.0/8" }] }, "cidr"],
    ["two words in a rule", { source: [{ prefix: "a", suffix: "b" }] }, "one word"],
    ["a value outside of a list", { source: "x" }, "lists and objects"],
  ])("%s is refused, so that no rule is silently dead", (_reason, pattern, said) => {
    expect(() => matchPattern(pattern, event)).toThrow(said);
  });
});
