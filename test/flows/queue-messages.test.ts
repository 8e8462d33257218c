import { describe, expect, it } from "vitest";
import { startMessages } from "../../lib/flows/start-messages.ts";
import { openFlowWorld } from "./flow-world.ts";

const asked = {
  connection: "paris",
  kind: "server.create",
  input: { name: "web-1", type: "DEV1-S", image: "ubuntu_noble" },
};
const text = JSON.stringify({ ...asked, idempotency_key: "order-1" });

/** What is handed back to the queue, and what is among the dead letters after these messages. */
const workedOff = async (...bodies: readonly string[]) => {
  const world = openFlowWorld();
  const messages = bodies.map((body, index) => ({ id: `m${index}`, body, receiveCount: 1 }));
  const work = startMessages(messages, world.turn());
  await world.clock.runUntil(work);
  return { failures: await work, dead: world.ports.queue.dead };
};

const bad: readonly (readonly [string, string, string])[] = [
  ["no JSON", "oops", "not JSON"],
  ["no object", "17", "object"],
  ["a name twice", text.replace('"kind"', '"connection":"paris","kind"'), "/connection"],
  ["a hidden prototype", text.replace('"name"', '"__proto__":{},"name"'), "__proto__"],
  ["NUL in a text", text.replace("web-1", "web\\u0000"), "NUL"],
  ["half a character", text.replace("web-1", "web\\ud800"), "Unicode"],
  ["no key", JSON.stringify(asked), "/idempotency_key"],
  ["a key that can't be seen", text.replace("order-1", "order\\n1"), "/idempotency_key"],
  ["an unknown field", text.replace('"kind"', '"colour":1,"kind"'), "/colour"],
  ["an unknown connection", text.replace("paris", "london"), "/connection"],
];

describe("a message from outside", () => {
  it("with a password in it is set aside without it", async () => {
    const body = text.replace('"name"', '"account_password":"hunter2-hunter2","name"');
    const { dead } = await workedOff(body);
    expect(dead).toHaveLength(1);
    expect(JSON.stringify(dead)).not.toContain("hunter2");
    expect(dead[0]?.body).toContain('"account_password":"[removed]"');
  });

  it("that is good starts its operation", async () => {
    expect(await workedOff(text)).toEqual({ failures: [], dead: [] });
  });

  it.each(bad)(
    "with %s is set aside with its reason, and its good neighbour is not",
    async (_, body, reason) => {
      const { failures, dead } = await workedOff(body, text);
      expect(failures).toEqual([]);
      expect(dead).toEqual([{ body, reason: expect.stringContaining(reason) }]);
    },
  );
});
