import { describe, expect, it } from "vitest";
import { checkUrl } from "../../lib/flows/endpoint-request.ts";
import { RequestRefused } from "../../lib/flows/request-refused.ts";

const refusalOf = (url: string, deployment: string): RequestRefused | null => {
  try {
    checkUrl(url, { allowsLoopbackEndpoints: false, deployment });
    return null;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return error;
  }
};
const switchWord = "SWITCHYARD_ALLOW_PRIVATE_ENDPOINTS=1";

describe("an endpoint that is refused", () => {
  it.each([
    ["http://127.0.0.1:9999/hook", "local", true, "what the switch is for"],
    ["http://localhost:9999/", "local", true, "the same by name"],
    ["https://[::1]/", "local", true, "the same in version 6"],
    ["http://127.0.0.1:9999/hook", "prod", false, "where the switch is not heeded"],
    ["http://192.168.1.7/hook", "local", false, "the switch would not help"],
    ["ftp://127.0.0.1/", "local", false, "the switch would not help either"],
  ])("as %s is at %s hears of the switch: %s, %s", (url, deployment, hears) => {
    const refusal = refusalOf(url, deployment);
    expect(refusal?.code).toBe("ENDPOINT_URL_REFUSED");
    expect(refusal?.hint?.includes(switchWord)).toBe(hears);
  });
});
