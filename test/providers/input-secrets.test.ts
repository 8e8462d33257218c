import { describe, expect, it } from "vitest";
import { connectionSchema } from "../../lib/connection.ts";
import { checkInputSecret } from "../../lib/providers/input-secrets.ts";

const connection = (more: Readonly<Record<string, unknown>> = {}) =>
  connectionSchema.parse({ name: "a", provider: "convoy-v4", secret: "env:GUEST_PANEL", ...more });

describe("a secret that an input names", () => {
  it.each([
    ["the usual beginning", undefined, "env:SWITCHYARD_INPUT_ROOT", true],
    ["the beginning alone", undefined, "env:SWITCHYARD_INPUT_", false],
    ["any other variable", undefined, "env:HOME", false],
    ["a variable that the connection allows", ["env:GUEST_"], "env:GUEST_ROOT", true],
    ["the usual one where the connection says others", ["env:GUEST_"], "env:SWITCHYARD_INPUT_ROOT", false],
    ["the connection's own key, allowed or not", ["env:GUEST_"], "env:GUEST_PANEL", false],
    ["a parameter in an allowed folder", ["ssm:/guests/"], "ssm:/guests/web/root", true],
    ["a parameter beside it", ["ssm:/guests/"], "ssm:/guests2/root", false],
    ["anything where nothing is allowed", [], "env:SWITCHYARD_INPUT_ROOT", false],
  ])("%s", (_what, input_secrets, reference, isAllowed) => {
    const more = input_secrets === undefined ? {} : { input_secrets };
    expect(checkInputSecret(connection(more), reference, "/p") === null).toBe(isAllowed);
  });

  it.each([
    ["everything in the environment", "env:"],
    ["a beginning without an end", "env:GUEST"],
    ["Switchyard's own", "env:SWITCHYARD_"],
    ["a part of Switchyard's own", "env:SWITCHYARD_API_"],
    ["the role's", "env:AWS_"],
    ["everything in the parameter store", "ssm:/"],
    ["a folder that is none", "ssm:/guests"],
    ["another store", "secretsmanager:guests/"],
  ])("may not be %s", (_what, prefix) => {
    expect(() => connection({ input_secrets: [prefix] })).toThrow(/input_secrets/);
  });
});
