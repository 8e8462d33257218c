import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { markerOf } from "../../lib/operation/marker.ts";
import type { Handle } from "../../lib/ports/provider.ts";
import { startPanel, type Panel } from "../simulators/panel-talk.ts";
import { openProvider, testSecret } from "./open-provider.ts";

const open = async (settings: Record<string, string> = {}, more: Record<string, unknown> = {}) => {
  const panel: Panel = await startPanel({ settings, secret: testSecret });
  return { panel, ...openProvider("convoy-v0", panel.url, more) };
};
type Opened = Awaited<ReturnType<typeof open>>;

let opened: Opened;
let marks = 0;
beforeEach(async () => {
  opened = await open();
});
afterEach(() => opened.panel.close());
const reopened = async (settings: Record<string, string>, more: Record<string, unknown> = {}) => {
  await opened.panel.close();
  opened = await open(settings, more);
};

const made = async (name = "web"): Promise<string> => {
  marks += 1;
  const answer = await opened.provider.send({
    do: "create",
    kind: "server.create",
    input: { type: "new", name, node_id: 1, user_id: 1, template_id: 1 },
    marker: markerOf(`op_${String(marks).padStart(26, "0")}`, "test"),
  });
  return answer.resource?.id ?? "";
};

const waiting = (id: string, more: Partial<Handle> = {}): Handle => ({
  resource: { type: "server", id },
  task: null,
  ageSeconds: 5,
  seenMoving: false,
  awaitsBuild: true,
  ...more,
});
const phaseOf = async (handle: Handle) => (await opened.provider.look([handle]))[0]?.phase;

describe("the end of a build", () => {
  test("is the 0 after a 1, not the first one", async () => {
    const id = await made();
    expect(await phaseOf(waiting(id))).toBe("unknown");
    let seenMoving = false;
    const seen: unknown[] = [];
    for (let second = 0; second < 430 && seen.at(-1) !== "on"; second += 2) {
      const phase = await phaseOf(waiting(id, { seenMoving }));
      seenMoving ||= phase === "moving";
      if (phase !== seen.at(-1)) seen.push(phase);
      opened.panel.clock.advance(2);
    }
    expect(seen).toEqual(["unknown", "moving", "on"]);
  });

  test.for<readonly [why: string, settings: Record<string, string>, ageSeconds: number, phase: string]>([
    ["young, so it may still wait", { queue: "stopped" }, 59, "unknown"],
    [
      "old, and there is no machine",
      { queue: "stopped", specifications_while_building: "error" },
      61,
      "unknown",
    ],
    [
      "old, and its specifications are null",
      { queue: "stopped", specifications_while_building: "nulls" },
      1000,
      "unknown",
    ],
    ["old, and it is over", { queue: "quick" }, 61, "on"],
  ])("without a 1: %s", async ([, settings, ageSeconds, phase]) => {
    await reopened(settings);
    const id = await made();
    opened.panel.settle();
    expect(await phaseOf(waiting(id, { ageSeconds }))).toBe(phase);
  });

  test("is not believed while another build keeps the workers busy, unless that one never ends", async () => {
    const id = await made();
    opened.panel.settle();
    opened.panel.control.addFault({ name: "stuck", subject: "other*" });
    await made("other");
    opened.panel.clock.advance(60);
    expect(await phaseOf(waiting(id, { ageSeconds: 61 }))).toBe("unknown");
    expect(await phaseOf(waiting(id, { ageSeconds: 901 }))).toBe("on");
  });

  test("waits as long as the connection says", async () => {
    await reopened({}, { assume: { builds_begin_within_seconds: 10 } });
    const id = await made();
    opened.panel.settle();
    expect(await phaseOf(waiting(id, { ageSeconds: 9 }))).toBe("unknown");
    expect(await phaseOf(waiting(id, { ageSeconds: 11 }))).toBe("on");
  });

  test("is not taken from a list that lags and shows the 0 before the 1", async () => {
    const ids = [await made(), await made(), await made()];
    opened.panel.clock.advance(15);
    const handles = ids.map((id) => waiting(id, { seenMoving: true }));
    opened.panel.control.addFault({ name: "stale_list", milliseconds: 14_900 });
    expect((await opened.provider.look(handles)).map((one) => one?.phase)).toEqual([
      "unknown",
      "unknown",
      "unknown",
    ]);
    opened.panel.settle();
    expect((await opened.provider.look(handles)).map((one) => one?.phase)).toEqual(["on", "on", "on"]);
  });

  test("is remembered: whoever asks for the same server next need not wait", async () => {
    const id = await made();
    opened.panel.settle();
    expect(await phaseOf(waiting(id))).toBe("unknown");
    expect(await phaseOf(waiting(id, { seenMoving: true }))).toBe("on");
    expect(await phaseOf(waiting(id))).toBe("on");
  });

  test.for(["capacity_failure", "stuck"] as const)(
    "never comes after %s, and nothing is made up",
    async (name) => {
      opened.panel.control.addFault({ name, subject: "web*" });
      const id = await made();
      opened.panel.settle();
      const [seen] = await opened.provider.look([waiting(id, { ageSeconds: 5000, seenMoving: true })]);
      expect(seen).toMatchObject({ phase: "moving", state: "installing" });
      expect(seen?.detail).toContain("failed");
    },
  );
});

describe("a look that waits for no build", () => {
  test("takes a 0 as it is, so that a delete need not wait", async () => {
    const id = await made();
    expect(await phaseOf(waiting(id, { awaitsBuild: false }))).toBe("on");
  });

  test("costs one call for many servers", async () => {
    const ids = await Promise.all(Array.from({ length: 120 }, () => made()));
    opened.panel.control.clearCalls();
    const seen = await opened.provider.look(ids.map((id) => waiting(id, { awaitsBuild: false })));
    expect(new Set(seen.map((one) => one?.phase))).toEqual(new Set(["on"]));
    expect(opened.panel.control.calls().map(({ path }) => path)).toEqual([
      "/api/application/servers?page=1&per_page=500",
    ]);
  });
});

test("different handles on one server are each seen in their own way", async () => {
  const id = await made();
  const [watched, plain] = await opened.provider.look([waiting(id), waiting(id, { awaitsBuild: false })]);
  expect([watched?.phase, plain?.phase]).toEqual(["unknown", "on"]);
});
