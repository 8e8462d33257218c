import { describe, expect, it } from "vitest";
import { afterOutcome, passage, withTrial, type Circuit } from "../../lib/platform/circuit.ts";

const at = 1_000_000;
const after = (outcomes: string): Circuit | null =>
  outcomes
    .split("")
    .reduce<Circuit | null>((circuit, one) => afterOutcome(circuit, one === "x", at, at), null);

describe("a circuit", () => {
  it.each<[outcomes: string, passage: "go" | "wait", why: string]>([
    ["ooooo", "go", "all is clear"],
    ["xxxx", "go", "four are not enough"],
    ["xxxxx", "wait", "five in a row"],
    ["xoxoxoxox", "wait", "five of nine"],
    ["xxxxooooooox", "go", "five, but of the last ten only four"],
    ["ooooooooooxxxxx", "wait", "what was clear long ago does not count"],
  ])("after %s lets calls %s: %s", (outcomes, expected) => {
    expect(passage(after(outcomes), at + 1)).toBe(expected);
  });

  it("is open for 30 s, then one may try, and others wait for it", () => {
    const open = after("xxxxx");
    expect(passage(open, at + 29_999)).toBe("wait");
    expect(passage(open, at + 30_000)).toBe("try");
    const tried = open && withTrial(open, at + 30_000);
    expect(passage(tried, at + 31_000)).toBe("wait");
    expect(passage(tried, at + 50_000)).toBe("try");
  });

  it.each<[reason: string, isUnclear: boolean, sentAt: number, passage: "go" | "wait" | "try"]>([
    ["a clear trial closes it", false, at + 30_000, "go"],
    ["an unclear trial opens it again", true, at + 30_000, "wait"],
    ["what was under way when it opened says nothing", false, at + 29_999, "try"],
    ["nor does it when it was unclear", true, at - 1, "try"],
  ])("is told by what comes of a trial: %s", (_, isUnclear, sentAt, expected) => {
    const next = afterOutcome(after("xxxxx"), isUnclear, sentAt, at + 31_000);
    expect(passage(next, at + 31_000)).toBe(expected);
  });

  it("is forgotten when its last ten outcomes were clear", () => {
    expect(after("xooooooooo")).not.toBeNull();
    expect(after("xoooooooooo")).toBeNull();
  });
});
