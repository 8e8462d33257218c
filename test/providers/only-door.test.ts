import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const providers = new URL("../../lib/providers/", import.meta.url);
const lib = new URL("../../lib/", import.meta.url);
const sources = (root: URL): { path: string; text: string }[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), "utf8") }));

describe("the transport is the only door to a provider", () => {
  it("no adapter sends a request by itself, but for the gate that every request of its dialect passes", () => {
    const senders = sources(providers).filter(({ text }) => /\bhttp\.send\(/.test(text));
    expect(senders.map(({ path }) => path).toSorted()).toEqual(["scaleway-v1/limit-gate.ts", "transport.ts"]);
  });

  it("the gate stands behind the transport, not beside it", () => {
    const users = sources(providers).filter(({ text }) => text.includes("new LimitGate("));
    expect(users.map(({ path }) => path)).toEqual(["scaleway-v1/adapter.ts"]);
    expect(users[0]?.text).toMatch(/createTransport\(\s*connection,\s*\{ \.\.\.ports, http \}/);
  });

  it("nothing but ports' implementations and the wiring knows a client of its own", () => {
    const makers = sources(lib).filter(({ text }) => /from "undici"|createUndiciHttpClient\(/.test(text));
    for (const { path } of makers)
      expect(path).toMatch(
        /^(platform\/|aws\/undici-transport\.ts|wiring\.ts|deliver-wiring\.ts|base-wiring\.ts)/,
      );
    expect(makers.length).toBeGreaterThan(1);
  });

  it("takes its place before each request, or refuses where a circuit is open", () => {
    const door = readFileSync(new URL("transport.ts", providers), "utf8");
    const [before = "", after = ""] = door.split("await this.#sent(request");
    expect(before).toContain("await this.#waitForBudget(call.patience, zone);");
    expect(after.split("http.send(")).toHaveLength(2);
  });
});
