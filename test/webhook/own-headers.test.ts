import { expect, it } from "vitest";
import { refusalOfHeaders } from "../../lib/webhook/own-headers.ts";

it.each<readonly [Record<string, string>, string]>([
  [{}, "none"],
  [{ "X-Tenant": "k", x_route: "7" }, "headers of its own"],
  [{ "x-long": "v".repeat(1024) }, "the longest value"],
])("an endpoint may have %j: %s", (headers) => {
  expect(refusalOfHeaders(headers)).toBeNull();
});

it.each([
  ["Host", "x", "it says where the request goes"],
  ["Content-Type", "x", "the body is ours"],
  ["content-length", "1", "the body is ours"],
  ["Transfer-Encoding", "chunked", "the transport's"],
  ["Connection", "close", "the transport's"],
  ["Upgrade", "h2c", "the transport's"],
  ["Expect", "100-continue", "the transport's"],
  ["webhook-id", "x", "the signature's"],
  ["Webhook-Signature", "x", "the signature's"],
  ["Proxy-Authorization", "x", "a proxy's"],
  ["X-Forwarded-For", "127.0.0.1", "a proxy's"],
  ["User-Agent", "x", "it says who we are"],
  ["Cookie", "x", "a browser's"],
  ["Authorization", "Bearer abc", "a secret, which no table may hold"],
  ["X-Api-Key", "k", "a secret"],
  ["x-hub-token", "k", "a secret"],
  ["Ocp-Apim-Subscription-Key", "k", "a secret"],
  ["", "x", "no name"],
  ["x y", "x", "a space in the name"],
  ["x:y", "x", "a colon in the name"],
  ["x\r\ny", "x", "a line break in the name"],
  ["x-ü", "x", "no ASCII name"],
  [`x${"y".repeat(64)}`, "x", "a name too long"],
  ["x-a", "", "no value"],
  ["x-a", "a\r\nHost: b", "a line break in the value"],
  ["x-a", " a", "a space before"],
  ["x-a", "ü", "no ASCII value"],
  ["x-a", "v".repeat(1025), "a value too long"],
])("an endpoint may not have %j: %j, %s", (name, value) => {
  const refusal = refusalOfHeaders({ "x-fine": "1", [name]: value });
  expect(refusal?.name).toBe(name);
  if (value.length > 20) expect(refusal?.detail).not.toContain(value);
});

it("an endpoint may have ten headers, each once", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, "1"]));
  expect(refusalOfHeaders(many(10))).toBeNull();
  expect(refusalOfHeaders(many(11))?.detail).toContain("10 headers");
  expect(refusalOfHeaders({ "x-a": "1", "X-A": "2" })?.detail).toContain("twice");
});
