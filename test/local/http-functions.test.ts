import { describe, expect, test } from "vitest";
import { parseDeployment } from "../../local/deployment.ts";
import { httpFunctions } from "../../local/http-functions.ts";

const file = (usual: string) => `
provider: { environment: {} }
functions:
  usual: { handler: .build/usual.handler, timeout: 5, events: ${usual} }
  some:
    handler: .build/some.handler
    timeout: 5
    events: [{ httpApi: { method: "*", path: /v1/a } }, { httpApi: { method: "*", path: "/v1/a/{proxy+}" } }]
  deep: { handler: .build/deep.handler, timeout: 5, events: [{ httpApi: { method: "*", path: "/v1/a/b/{proxy+}" } }] }
resources: { Resources: {} }
`;
const functionFor = httpFunctions(parseDeployment(file('[{ httpApi: "*" }]'), "s"));

describe("the function that answers a path", () => {
  test.each([
    ["/v1/a", "some", "is written there"],
    ["/v1/a/x", "some", "lies under it"],
    ["/v1/a/x/y", "some", "lies deep under it"],
    ["/v1/a/b/x", "deep", "the longer pattern wins"],
    ["/v1/a/b", "some", "nothing lies under it"],
    ["/v1/a/", "usual", "there is no name behind the slash"],
    ["/v1/ab", "usual", "is another name"],
    ["/v1", "usual", "lies above"],
    ["/", "usual", "is everybody's"],
    ["/V1/a", "usual", "paths mind case"],
  ])("%s: %s, because it %s", (path, name) => {
    expect(functionFor(path).name).toBe(name);
  });

  test("somebody has to answer everything else", () => {
    expect(() => httpFunctions(parseDeployment(file("[]"), "s"))).toThrow("No function");
  });
});
