import { expect, it } from "vitest";
import type { Scope } from "../../lib/access/caller.ts";
import { restricted } from "../../lib/flows/restricted.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { openWorld } from "../http/http-world.ts";
import { anOperation } from "../operations.ts";

const connectionOf = (index: number): string => {
  if (index % 60 !== 0) return "berlin";
  return index % 120 === 0 ? "paris" : "rome";
};

it.each([["rome", "paris"], ["paris"]])(
  "a list for a key limited to %s %s gives all of its own and never a place of another's",
  async (...names) => {
    const connections = new Set(names.filter((name) => name !== undefined));
    const world = openWorld();
    const own: string[] = [];
    for (let index = 0; index < 600; index += 1) {
      const id = operationIdOf("test", `op-${index}`);
      const connection = connectionOf(index);
      if (connections.has(connection)) own.push(id);
      // Many of one instant: places can't be told apart by time alone.
      const created = `2026-11-02T07:00:0${Math.floor(index / 120)}.000Z`;
      await world.operations.create(
        anOperation({ id, connection, created_at: created, updated_at: created }),
      );
    }
    const caller = { id: "key_x", client: "x", scopes: new Set<Scope>(["read"]), connections };
    const { operations } = restricted(world, caller);
    const seen: string[] = [];
    let after: Parameters<typeof operations.list>[1] = null;
    do {
      const listed: Awaited<ReturnType<typeof operations.list>> = await operations.list({}, after, 3);
      seen.push(...listed.operations.map(({ id }) => id));
      after = listed.next;
      if (after !== null) expect([...own, `op_${"z".repeat(26)}`]).toContain(after.id);
    } while (after !== null);
    expect(seen.toSorted()).toEqual(own.toSorted());
  },
);

it("whoever is not limited gets the ports as they are", () => {
  const world = openWorld();
  const caller = { id: "key_x", client: "x", scopes: new Set<Scope>(["read"]), connections: null };
  expect(restricted(world, caller)).toBe(world);
});
