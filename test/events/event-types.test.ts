import { describe, expect, it } from "vitest";
import { operationEventSchema } from "../../events/operation-event.ts";
import { orphanEventSchema } from "../../events/orphan-event.ts";
import { serverEventSchema } from "../../events/server-event.ts";
import { stopEventSchema } from "../../events/stop-event.ts";

describe("the type of an event", () => {
  it.each([
    ["operation", operationEventSchema, "switchyard.operation.needs_attention"],
    ["server", serverEventSchema, "switchyard.server.stopped"],
    ["orphan", orphanEventSchema, "switchyard.orphan.found"],
    ["stop", stopEventSchema, "switchyard.stop.lifted"],
  ])("of an %s message is one of its own, with the prefix", (_about, { shape }, type) => {
    expect(shape.type.safeParse(type).success).toBe(true);
    for (const other of [type.replace("switchyard.", ""), "switchyard.volume.created", `${type}s`])
      expect(shape.type.safeParse(other).success, other).toBe(false);
  });
});
