import { describe, expect, it } from "vitest";
import { canaryOf } from "./canaries.ts";
import { FuzzWorld } from "./fuzz-world.ts";

describe("what a world says", () => {
  it("is heard through whichever port a secret leaves", async () => {
    const world = new FuzzWorld(1);
    const { ports } = world;
    const secret = canaryOf(world.canaries, "signing key");
    const hidden = Buffer.from(`:${secret}`).toString("base64");
    const ways: readonly (readonly [string, () => unknown])[] = [
      ["a line", () => ports.log.info("told", { why: secret })],
      ["a cell", () => ports.cells.save("told", { hidden }, 0)],
      ["a document", () => ports.documents.save("told", "told", [secret], 0)],
      ["a dead letter", () => ports.queue.setAside(secret, "told")],
      ["the reason of a dead letter", () => ports.queue.setAside("{}", encodeURIComponent(secret))],
    ];
    for (const [way, tell] of ways) {
      await tell();
      expect([way, world.watch.find(world.heard().join("\n"))?.slot]).toEqual([way, "signing key"]);
    }
  });

  it("is silent about the secrets that it reads", async () => {
    const world = new FuzzWorld(1);
    await world.ports.secrets.read("env:SIGNING_KEY");
    await world.ports.operations.load("op_x");
    expect(world.watch.find(world.heard().join("\n"))).toBeNull();
  });

  it("is of a fresh world once it was renewed", async () => {
    const world = new FuzzWorld(1);
    const before = canaryOf(world.canaries, "api key");
    await world.ports.cells.save("a", 1, 0);
    world.renew(2);
    expect(await world.ports.cells.load("a")).toBeNull();
    expect(canaryOf(world.canaries, "api key")).not.toBe(before);
    // A secret of another world is one as well.
    expect(world.watch.find(before)?.slot).toBe("some secret");
  });
});
