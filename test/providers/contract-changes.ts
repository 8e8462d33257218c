import { expect, test } from "vitest";
import type { Resource } from "../../lib/operation/operation.ts";
import { ProviderDoubt, type ProviderCall } from "../../lib/ports/provider.ts";
import { textOfInput } from "../../lib/providers/input-parts.ts";
import { closedPort, handle, madeBy, newMarker, type Room } from "./contract-room.ts";

/** Creates, their doubts, and finding what they made. */
export const creating = (room: Room): void => {
  test("a create is answered with a server that does not run, and is found by its marker, by no other", async () => {
    const marker = newMarker();
    const answer = await room.create(marker, room.lacks("tags") ? {} : { tags: ["env=dev"] });
    const phase = room.sample.restsAfterSeconds === undefined ? room.rest : "moving";
    const asked = textOfInput(room.sample.server, "name");
    const name = room.lacks("tags") ? `${asked}-${marker.operation.slice("swy:op=".length)}` : asked;
    const found = await room.provider.search("server", marker);
    expect(found).toHaveLength(1);
    expect(found[0]?.observation).toMatchObject({ phase, name });
    const id = found[0]?.resource.id;
    if (room.lacks("answer_with_id")) {
      expect(answer).toMatchObject({ resource: null, task: null, observation: null });
    } else {
      expect(answer.resource?.id).toBe(id);
      expect(answer.observation).toMatchObject({ phase, name });
    }
    if (!room.lacks("creation_dates")) expect(found[0]?.createdAt).toMatch(/^\d{4}-/);
    expect(found[0]?.observation.made_by).toBe(marker.operation.slice("swy:op=".length));
    expect(await room.provider.search("server", newMarker())).toEqual([]);
    if (room.lacks("tags")) return;
    const shown = room.simulator.control.servers().find((server) => server.id === id);
    expect(shown?.tags).toEqual(["env=dev", marker.operation, marker.deployment]);
  });

  test("a create takes no place in the budget: the flow has taken it", async () => {
    const { budget } = room.opened;
    // What some dialects look at before a create (image, stock, quota) is kept for the next ones.
    await room.create();
    await room.create();
    budget.taken.length = 0;
    await room.create();
    expect(budget.taken).toEqual([]);
  });

  test.each([
    ["lost_reply", "the connection is cut after the effect"],
    ["unavailable_after_effect", "a 503 in HTML after the effect"],
    ["truncated_json", "half an answer"],
  ] as const)("a create with %s is a doubt, sent once, and found by its marker (%s)", async (name, _why) => {
    const marker = newMarker();
    room.simulator.control.addFault({ name, match: "POST *", count: 1 });
    const before = room.calls("POST ");
    await expect(room.create(marker)).rejects.toBeInstanceOf(ProviderDoubt);
    expect(room.calls("POST ") - before).toBe(1);
    expect(await room.provider.search("server", marker)).toHaveLength(1);
  });

  test("a search that fails is not an empty one", async () => {
    const marker = newMarker();
    await room.create(marker);
    for (const name of ["truncated_json", "unavailable_html"] as const) {
      room.simulator.control.addFault({ name, match: "GET *", count: 1 });
      await expect(room.provider.search("server", marker)).rejects.toBeInstanceOf(ProviderDoubt);
    }
  });

  test("no connection means that nothing happened", async () => {
    const { provider } = room.openAt(`http://127.0.0.1:${await closedPort()}`);
    const input = room.sample.server;
    const sent = provider.send({ do: "create", kind: "server.create", input, marker: newMarker() });
    await expect(sent).rejects.toMatchObject({ name: "ProviderRefusal", code: "UNAVAILABLE" });
  });

  test.skipIf(room.lacks("cloud_init"))("cloud-init is stored as the text that it is", async () => {
    const resource = await room.server();
    const text = '#cloud-config\nusers: ["ü"]\n';
    await room.provider.send({ do: "configure", resource, input: { cloud_init: text } });
    const path = ["servers", resource.id, "user_data", "cloud-init"];
    const read = await room.provider.read({ path, filters: {}, limit: 50, cursor: null });
    expect(read).toEqual({ form: "item", item: { id: "cloud-init", raw: text } });
  });
};

/** Power and actions. */
export const powering = (room: Room): void => {
  test.skipIf(room.lacks("power"))("a server is switched on, seen on its way, and seen running", async () => {
    const resource = await room.off();
    const { task } = await room.provider.send({ do: "power", resource, to: "on" });
    expect(await room.phaseOf(resource, task)).toBe(room.rightAfter("on"));
    room.clock.advance(600);
    expect(await room.phaseOf(resource, task)).toBe("on");
  });

  test.skipIf(room.lacks("power"))("a server is switched off", async () => {
    const resource = await room.started();
    await room.provider.send({ do: "power", resource, to: "off" });
    expect(await room.phaseOf(resource)).toBe(room.rightAfter("off"));
    room.clock.advance(600);
    expect(await room.phaseOf(resource)).toBe("off");
  });

  test.skipIf(room.lacks("reboot_seen"))("a reboot goes through moving and ends on", async () => {
    const resource = await room.started();
    await room.provider.send({ do: "act", resource, action: "reboot", input: {} });
    expect(await room.phaseOf(resource)).toBe("moving");
    room.clock.advance(600);
    expect(await room.phaseOf(resource)).toBe("on");
  });

  test.skipIf(room.lacks("start_falls_back"))("a power-on without capacity falls back to off", async () => {
    room.simulator.control.addFault({ name: "capacity_failure", count: 1 });
    expect(await room.phaseOf(await room.started())).toBe("off");
  });

  test.skipIf(room.lacks("wrong_state_refused"))(
    "what the state does not allow is refused as WRONG_STATE",
    async () => {
      const resource = await room.started();
      const again = room.provider.send({ do: "power", resource, to: "on" });
      await expect(again).rejects.toMatchObject({ code: "WRONG_STATE" });
      const deleted = room.provider.send({ do: "delete", resource, input: {} });
      await expect(deleted).rejects.toMatchObject({ code: "WRONG_STATE" });
      const off = await room.server();
      const stopped = room.provider.send({ do: "power", resource: off, to: "off" });
      await expect(stopped).rejects.toMatchObject({ code: "WRONG_STATE" });
    },
  );

  test.skipIf(room.lacks("power"))(
    "an action whose reply is lost is a doubt, and its effect is seen",
    async () => {
      const resource = await room.off();
      room.simulator.control.addFault({ name: "lost_reply", match: "POST *", count: 1 });
      const sent = room.provider.send({ do: "power", resource, to: "on" });
      await expect(sent).rejects.toBeInstanceOf(ProviderDoubt);
      if (!room.lacks("transitions")) expect(await room.phaseOf(resource)).toBe(room.rightAfter("on"));
      room.clock.advance(600);
      expect(await room.phaseOf(resource)).toBe("on");
    },
  );
};

/** Deleting servers and volumes. */
export const deleting = (room: Room): void => {
  test("a server at rest is deleted, its volumes stay and can be deleted by themselves", async () => {
    const resource = await room.server();
    const [before] = await room.provider.look([handle(resource)]);
    await room.provider.send({ do: "delete", resource, input: {} });
    if (room.lacks("delete_at_once")) {
      expect(await room.phaseOf(resource)).toBe("moving");
      room.clock.advance(600);
    }
    expect(await room.phaseOf(resource)).toBe("gone");
    room.clock.advance(600);
    const volumes = before?.volumes ?? [];
    if (room.lacks("shows_volumes")) return;
    expect(volumes.length).toBeGreaterThan(0);
    if (room.lacks("volumes")) return;
    for (const volume of volumes) {
      const kept: Resource = { type: "volume", id: volume.id };
      expect(await room.phaseOf(kept)).toBe("off");
      await room.provider.send({ do: "delete_volume", volume });
      expect(await room.phaseOf(kept)).toBe("gone");
      const again = room.provider.send({ do: "delete_volume", volume });
      await expect(again).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    }
  });

  test.skipIf(room.lacks("terminate"))("a running server goes with terminate", async () => {
    const resource = await room.started();
    await room.provider.send({ do: "act", resource, action: "terminate", input: {} });
    room.clock.advance(600);
    expect(await room.phaseOf(resource)).toBe("gone");
  });

  test("what does not exist is RESOURCE_NOT_FOUND for every call", async () => {
    const resource = { type: "server", id: "99999999-9999-4999-8999-999999999999" };
    const power: readonly ProviderCall[] = [{ do: "power", resource, to: "on" }];
    const tagging: readonly ProviderCall[] = [{ do: "update", resource, input: { tags: ["x"] } }];
    const calls: readonly ProviderCall[] = [
      ...(room.lacks("power") ? [] : power),
      { do: "delete", resource, input: {} },
      { do: "update", resource, input: { name: "x" } },
      ...(room.lacks("tags") ? [] : tagging),
    ];
    for (const call of calls) {
      await expect(room.provider.send(call)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    }
  });

  test.each(["", ".", ".."])("an id %j addresses nothing else", async (id) => {
    const before = room.simulator.control.calls().length;
    const call = { do: "delete", resource: { type: "server", id }, input: {} } as const;
    await expect(room.provider.send(call)).rejects.toMatchObject({ code: "RESOURCE_NOT_FOUND" });
    expect(room.simulator.control.calls().length).toBe(before);
  });

  test.skipIf(room.lacks("volumes"))(
    "a volume is made with the marker, found by it, and deleted by its id alone",
    async () => {
      const marker = newMarker();
      const input = room.sample.volume ?? {};
      const made = madeBy(await room.provider.send({ do: "create", kind: "volume.create", input, marker }));
      const found = await room.provider.search("volume", marker);
      expect(found.map(({ resource }) => resource)).toEqual([made]);
      expect(await room.phaseOf(made)).toBe("off");
      await room.provider.send({ do: "delete", resource: made, input: {} });
      expect(await room.phaseOf(made)).toBe("gone");
      expect(await room.provider.search("volume", marker)).toEqual([]);
    },
  );
};

/** Changing fields. */
export const updating = (room: Room): void => {
  test.skipIf(room.lacks("tags"))("new tags do not cost a server its marker", async () => {
    const marker = newMarker();
    const resource = await room.made(marker, { tags: ["old"] });
    const answer = await room.provider.send({ do: "update", resource, input: { name: "n2", tags: ["new"] } });
    if (!room.lacks("answer_to_update")) expect(answer.observation).toMatchObject({ name: "n2" });
    const shown = room.simulator.control.servers().find(({ id }) => id === resource.id);
    expect(shown?.name).toBe("n2");
    expect(shown?.tags).toEqual(["new", marker.operation, marker.deployment]);
    expect(await room.provider.search("server", marker)).toHaveLength(1);
  });

  test.skipIf(room.lacks("tags"))(
    "the second request of a change waits for the budget like any other",
    async () => {
      const resource = await room.server();
      const { budget } = room.opened;
      budget.taken.length = 0;
      await room.provider.send({ do: "update", resource, input: { tags: [] } });
      expect(budget.taken).toEqual([{ patience: 15_000, urgency: "write" }]);
    },
  );
};
