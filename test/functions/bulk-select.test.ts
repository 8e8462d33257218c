import { describe, expect, it } from "vitest";
import { problemSchema, useBulkWorld, type BulkWorld } from "./bulk-world.ts";

const machine = { type: "DEV1-S", image: "ubuntu_noble" };
const paris = { connection: "paris" };

describe("a bulk job on servers that exist", () => {
  let world: BulkWorld;
  let serial: number;
  useBulkWorld({}, (opened, number) => {
    world = opened;
    serial = number;
  });

  const tag = () => `group=${serial}`;
  const key = (more = "") => `select-${serial}${more}`;
  /** Makes servers of this test's group, and gives their ids by name. */
  const made = async (count: number, more: object = {}): Promise<ReadonlyMap<string, string>> => {
    const template = { ...machine, name: `g${serial}-{{index}}`, tags: [tag()], start: false, ...more };
    const job = await world.submit({ ...paris, kind: "server.create", count, template }, key("-made"));
    await world.over(job.id);
    await world.settled();
    world.simulator.control.clearCalls();
    return new Map((await world.items(job.id)).map(({ name, server_id: id }) => [name ?? "", id ?? ""]));
  };
  const group = () => world.simulator.control.servers().filter(({ tags }) => tags.includes(tag()));
  const removals = () =>
    world.simulator.control
      .calls()
      .filter(({ method, path }) => method === "DELETE" || path.endsWith("/action"))
      .map(({ method, path }) => `${method} ${path}`);
  const refused = async (body: unknown) => {
    const answer = await world.ask("POST", "/v1/bulk-jobs", { body, key: key("-refused") });
    const { code, errors } = problemSchema.parse(answer.json());
    return { status: answer.status, code, errors };
  };

  it("starts and stops what is selected, with the names of the servers in its items", async () => {
    await made(3);
    const start = await world.submit(
      { ...paris, kind: "server.start", select: { tags: [tag()] } },
      key("-on"),
    );
    expect(start.counts.total).toBe(3);
    expect(await world.over(start.id)).toMatchObject({ state: "completed", counts: { succeeded: 3 } });
    expect(new Set(group().map(({ state }) => state))).toEqual(new Set(["running"]));
    expect(new Set((await world.items(start.id)).map(({ name }) => name))).toEqual(
      new Set([1, 2, 3].map((at) => `g${serial}-${at}`)),
    );
    const names = [`g${serial}-1`, `g${serial}-3`];
    const stop = await world.submit({ ...paris, kind: "server.stop", select: { names } }, key("-off"));
    expect(await world.over(stop.id)).toMatchObject({ state: "completed", counts: { succeeded: 2 } });
    const states = new Map(group().map(({ name, state }) => [name, state]));
    expect([1, 2, 3].map((at) => states.get(`g${serial}-${at}`))).toEqual(["stopped", "running", "stopped"]);
  });

  it("updates what is selected, with placeholders from each server", async () => {
    await made(2);
    const body = {
      ...paris,
      kind: "server.update",
      select: { tags: [tag()], not_tags: ["keep"] },
      input: { tags: [tag(), "was={{row.name}}"] },
    };
    const job = await world.submit(body, key());
    expect(await world.over(job.id)).toMatchObject({ state: "completed" });
    const tags = group().flatMap((server) => server.tags.filter((one) => one.startsWith("was=")));
    expect(tags.toSorted()).toEqual([`was=g${serial}-1`, `was=g${serial}-2`]);
  });

  it("acts on the servers that rows name", async () => {
    const ids = await made(2);
    const text = `resource_id\n${[...ids.values()].join("\n")}\n`;
    const target = "/v1/bulk-jobs?connection=paris&kind=server.start";
    const answer = await world.ask("POST", target, { text, type: "text/csv", key: key() });
    const id = answer.headers["Location"]?.split("/").at(-1) ?? "";
    expect(await world.over(id)).toMatchObject({ counts: { succeeded: 2 } });
    expect(new Set(group().map(({ state }) => state))).toEqual(new Set(["running"]));
  });

  it.each([
    ["nothing at all", { select: {} }, "/select"],
    ["no server that there is", { select: { tags: ["nobody=has"] } }, "/select"],
    ["what is no server", { kind: "volume.delete", select: { names: ["*"] } }, "/select"],
  ])("is refused when it selects %s", async (_what, more, pointer) => {
    const { status, errors } = await refused({ ...paris, kind: "server.stop", ...more });
    expect([status, errors.map((error) => error.pointer)]).toEqual([422, [pointer]]);
  });

  describe("that deletes", () => {
    const deletion = (more: object = {}) => ({
      ...paris,
      kind: "server.delete",
      select: { tags: [tag()] },
      ...more,
    });

    it("waits to be confirmed, however few they are, and then deletes them", async () => {
      await made(2);
      const job = await world.submit(deletion(), key());
      expect(job.state).toBe("awaiting_confirm");
      await world.tick();
      expect(group()).toHaveLength(2);
      await world.control(job.id, "confirm", { plan_hash: job.plan_hash });
      expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 2 } });
      expect(group()).toEqual([]);
    });

    it("takes no more than it may, unless somebody says how many", async () => {
      await made(3);
      expect(await refused(deletion({ max_deletes: 2 }))).toMatchObject({
        status: 422,
        code: "TOO_MANY_DELETES",
        errors: [{ pointer: "/max_deletes" }],
      });
      const items = Array.from({ length: 51 }, (_, at) => ({
        resource_id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
      }));
      expect((await refused({ ...paris, kind: "server.delete", items })).code).toBe("TOO_MANY_DELETES");
      expect(group()).toHaveLength(3);
    });

    it("leaves alone what is not any more what was selected, and what is protected", async () => {
      const ids = await made(4);
      const idOf = (at: number) => ids.get(`g${serial}-${at}`) ?? "";
      const job = await world.submit(deletion(), key());
      world.simulator.control.editServer(idOf(1), { name: "somebody-needs-me" });
      world.simulator.control.editServer(idOf(2), { tags: ["other"] });
      await world.run(
        {
          ...paris,
          kind: "server.update",
          resource: { type: "server", id: idOf(3) },
          input: { protected: true },
        },
        key("-protect"),
      );
      world.simulator.control.clearCalls();
      await world.control(job.id, "confirm", { plan_hash: job.plan_hash });
      const ended = await world.over(job.id);
      expect(ended.counts).toMatchObject({ succeeded: 1, skipped: 2, failed: 1 });
      const items = new Map((await world.items(job.id)).map((item) => [item.server_id, item]));
      expect([1, 2, 3, 4].map((at) => items.get(idOf(at))?.code)).toEqual([
        "CHANGED_SINCE_PLAN",
        "CHANGED_SINCE_PLAN",
        "PROTECTED",
        null,
      ]);
      for (const at of [1, 2, 3]) expect(removals().filter((call) => call.includes(idOf(at)))).toEqual([]);
      expect(world.simulator.control.servers().map(({ id }) => id)).not.toContain(idOf(4));
    });

    it("finds gone what somebody else has deleted, which is what it was to be", async () => {
      const ids = await made(2);
      const job = await world.submit(deletion(), key());
      world.simulator.control.removeServer(ids.get(`g${serial}-1`) ?? "");
      await world.control(job.id, "confirm", { plan_hash: job.plan_hash });
      expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 2 } });
    });

    it("keeps a running server running that is protected", async () => {
      const ids = await made(1, { start: true, protected: true });
      const job = await world.submit(deletion(), key());
      await world.control(job.id, "confirm", { plan_hash: job.plan_hash });
      expect(await world.over(job.id)).toMatchObject({ state: "failed", counts: { failed: 1 } });
      expect(removals()).toEqual([]);
      const server = world.simulator.control.servers().find(({ id }) => [...ids.values()].includes(id));
      expect(server?.state).toBe("running");
    });
  });
});
