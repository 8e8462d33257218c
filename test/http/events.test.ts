import { describe, expect, it } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anEvent, anOperation } from "../operations.ts";
import type { Answered } from "./answered.ts";
import { openWorld, pageOf, pointersOf, type World } from "./http-world.ts";

const one = operationIdOf("test", "one");
const two = operationIdOf("test", "two");

const said = (operation: string, count: number, type: string): SwitchyardEvent =>
  anEvent({
    id: `evt_${operation}_${count}`,
    type: `switchyard.${type}`,
    subject: type.startsWith("server") ? "paris/server/s-1" : operation,
    sequence: count,
  });
const story = [
  said(one, 1, "operation.accepted"),
  said(two, 1, "operation.accepted"),
  said(one, 2, "operation.started"),
  said(one, 3, "server.created"),
  said(one, 4, "operation.succeeded"),
];

/** A feed of one chunk an event, each a second after the other. */
const told = async (events: readonly SwitchyardEvent[] = story): Promise<World> => {
  const clock = new VirtualClock();
  const world = openWorld({ clock });
  await world.operations.create(anOperation({ id: one, event_count: 4 }));
  await world.operations.create(anOperation({ id: two, event_count: 2 }));
  for (const event of events) {
    await clock.advance(1000);
    await world.feed.append([event]);
  }
  return world;
};
const ids = (answered: Answered): string[] => pageOf(answered).items.map(({ id }) => String(id));
const read = (world: World, query = ""): Promise<Answered> => world.call({ path: "/v1/events", query });
const idsOf = (indexes: readonly number[]): (string | undefined)[] =>
  indexes.map((index) => story[index]?.id);

describe("the list of events", () => {
  it.each([
    ["", [0, 1, 2, 3, 4], "everything, oldest first"],
    ["type=switchyard.operation.accepted", [0, 1], "one type"],
    ["type=switchyard.operation.*", [0, 1, 2, 4], "all types of a family"],
    ["type=switchyard.server.*", [3], "another family"],
    ["type=*", [0, 1, 2, 3, 4], "all types"],
    ["type=switchyard.bulk_job.*", [], "a family that has said nothing"],
    ["type=switchyard.operation", [], "the beginning of a type is no type"],
    [`subject=${two}`, [1], "one operation"],
    ["subject=paris%2Fserver%2Fs-1", [3], "one server"],
    [`subject=${one}&type=switchyard.operation.st*`, [2], "both"],
    [`after=evt_${one}_2`, [3, 4], "what came behind an event"],
    [`after=evt_${one}_4`, [], "nothing behind the last"],
    [`after=evt_${one}_1&type=switchyard.operation.accepted`, [1], "of one type, behind an event of any"],
  ])("with %j shows %j: %s", async (query, indexes) => {
    const answered = await read(await told(), query);
    expect(answered.status).toBe(200);
    expect(ids(answered)).toEqual(idsOf(indexes));
    expect(pageOf(answered).next_cursor).toBeNull();
  });

  it.each(["", `&after=evt_${one}_1`, "&type=switchyard.operation.*"])(
    "goes on along its links until everything was shown once%s",
    async (more) => {
      const world = await told();
      const whole = ids(await read(world, more.slice(1)));
      const shown: string[] = [];
      let query = `limit=1${more}`;
      for (let page = 0; page < 10; page += 1) {
        const answered = await read(world, query);
        shown.push(...ids(answered));
        const link = /\?(?<query>[^>]+)>; rel="next"$/.exec(answered.headers["link"] ?? "");
        if (link === null) break;
        query = link.groups?.["query"] ?? "";
      }
      expect(shown).toEqual(whole);
    },
  );

  it("shows an event once that was appended twice", async () => {
    const world = await told([...story, ...story.slice(1, 3)]);
    expect(ids(await read(world))).toEqual(idsOf([0, 1, 2, 3, 4]));
    expect(ids(await read(world, `after=evt_${one}_3`))).toEqual(idsOf([4]));
  });

  it.each([
    ["after=evt_nobody_1", "/after", "its operation is unknown"],
    ["after=nonsense", "/after", "it is no id"],
    [`after=evt_${one}_5`, "/after", "its operation has not said so much"],
    [`after=evt_${two}_2`, "/after", "it has not been told yet"],
    [`after=evt_${operationIdOf("test", "three")}_1`, "/after", "its operation does not exist"],
    ["after=", "/after", "it is empty"],
    ["type=operation.succeeded", "/type", "the prefix is missing"],
    ["type=switchyard.*.succeeded", "/type", "a star stands at the end or nowhere"],
    ["type=", "/type", "it is empty"],
    ["subject=", "/subject", "it is empty"],
    ["cursor=nonsense", "/cursor", "it was never given"],
    ["limit=0", "/limit", "there is no page without items"],
    ["before=x", "/before", "there is no such parameter"],
  ])("refuses %s and points at %s: %s", async (query, pointer) => {
    const answered = await read(await told(), query);
    expect(answered.status).toBe(422);
    expect(pointersOf(answered)).toEqual([pointer]);
  });

  it.each(["", "type=*", "type=switchyard.operation.*", `subject=${one}`])(
    "takes a cursor back with the filters under which it was given only: %j",
    async (given) => {
      const world = await told();
      const { next_cursor: cursor } = pageOf(await read(world, `${given}&limit=1`));
      for (const asked of ["", "type=*", "type=switchyard.operation.*", `subject=${one}`]) {
        const answered = await read(world, `${asked}&cursor=${String(cursor)}`);
        if (asked === given) expect(answered.status).toBe(200);
        else expect(pointersOf(answered)).toEqual(["/cursor"]);
      }
    },
  );

  it("reads so much at a time and goes on by its cursor, when there is nothing to show", async () => {
    const noise = Array.from({ length: 500 }, (_, index) =>
      anEvent({ id: `evt_${two}_${index + 10}`, subject: two }),
    );
    const world = await told([...noise, said(one, 4, "operation.succeeded")]);
    const first = await read(world, `subject=${one}`);
    expect(ids(first)).toEqual([]);
    const cursor = pageOf(first).next_cursor;
    const second = await read(world, `subject=${one}&cursor=${String(cursor)}`);
    expect(ids(second)).toEqual([`evt_${one}_4`]);
    expect(pageOf(second).next_cursor).toBeNull();
  });

  it("still looks for the event it begins behind on the next page", async () => {
    const noise = Array.from({ length: 500 }, (_, index) =>
      anEvent({ id: `evt_${two}_${index + 10}`, subject: two }),
    );
    const last = said(one, 4, "operation.succeeded");
    const world = await told([...noise, said(one, 3, "server.created"), last]);
    const first = await read(world, `after=evt_${one}_3`);
    expect(ids(first)).toEqual([]);
    const second = await read(world, `after=evt_${one}_3&cursor=${String(pageOf(first).next_cursor)}`);
    expect(ids(second)).toEqual([last.id]);
  });
});
