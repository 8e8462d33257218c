import { describe, expect, it } from "vitest";
import { problemSchema, useBulkWorld, type Answer, type BulkWorld, type JobSeen } from "./bulk-world.ts";

const machine = { type: "DEV1-S", image: "ubuntu_noble", start: false };
const create = { connection: "paris", kind: "server.create" };

describe("what is tried again with corrections", () => {
  let world: BulkWorld;
  let serial: number;
  useBulkWorld({}, (opened, number) => {
    world = opened;
    serial = number;
  });

  const retry = (id: string, body: unknown) =>
    world.ask("POST", `/v1/bulk-jobs/${id}/retry-failed`, { body });
  const faultsOf = (answer: Answer) => {
    const { code, errors } = problemSchema.parse(answer.json());
    return [answer.status, code, errors.map(({ pointer }) => pointer).toSorted()] as const;
  };
  const detailsOf = (answer: Answer) => problemSchema.parse(answer.json()).errors.map(({ detail }) => detail);
  const serversOfRun = () => world.serversNamed(`r${serial}-`);
  const itemNamed = (name: string) => ({ key: name, ...machine, name: `r${serial}-${name}` });

  /** A job of `one`, which succeeds, and `two` and `three`, which fail. */
  const withTwoFailed = async (): Promise<JobSeen> => {
    for (const name of ["two", "three"])
      world.simulator.control.addFault({ name: "quotas_exceeded", subject: `r${serial}-${name}` });
    const items = ["one", "two", "three"].map(itemNamed);
    const job = await world.submit({ ...create, items }, `retry-${serial}`);
    const ended = await world.over(job.id);
    expect(ended).toMatchObject({ state: "completed_with_errors", counts: { succeeded: 1, failed: 2 } });
    world.simulator.control.clearFaults();
    return ended;
  };

  it("is looked at as a new job is: all faults at once, and nothing is changed", async () => {
    const job = await withTwoFailed();
    const before = await world.items(job.id);
    const refused: readonly (readonly [string, object, readonly string[]])[] = [
      ["an unknown field", { patch_all: { colour: "red" } }, ["/patch_all/colour"]],
      ["a field of the wrong type", { patch_all: { type: 5 } }, ["/patch_all/type"]],
      ["what the provider does not have", { patch_all: { type: "DEV9-X" } }, ["/patch_all/type"]],
      ["its own field", { patch: { two: { tags: "a" } } }, ["/patch/two/tags"]],
      [
        "several of them",
        { patch: { two: { tags: "a" }, three: { imge: "x" } }, patch_all: { start: "perhaps" } },
        ["/patch_all/start", "/patch/three/imge", "/patch/two/tags"],
      ],
      ["one name for all", { patch_all: { name: `r${serial}-same` } }, ["/patch_all/name"]],
      ["the name of one that is there", { patch: { two: { name: `r${serial}-one` } } }, ["/patch/two/name"]],
      ["a name that no host has", { patch: { two: { name: "=cmd()" } } }, ["/patch/two/name"]],
      ["a placeholder", { patch_all: { name: "w-{{index}}" } }, ["/patch_all/name"]],
      ["an item's key", { patch_all: { key: "k" } }, ["/patch_all/key"]],
      ["to take back what no input has", { patch_all: { colour: null } }, ["/patch_all/colour"]],
      ["a key that no item has", { patch: { nobody: { tags: [] } } }, ["/patch/nobody"]],
    ];
    for (const [what, body, pointers] of refused) {
      const told = faultsOf(await retry(job.id, body));
      expect([what, told]).toEqual([what, [422, "INVALID_REQUEST", pointers.toSorted()]]);
    }
    expect(await world.items(job.id)).toEqual(before);
    expect(await world.job(job.id)).toMatchObject({ state: "completed_with_errors", counts: { failed: 2 } });
    // Nothing of all that is laid over anything later.
    const answer = await retry(job.id, {});
    expect(answer.json()).toMatchObject({ retried: 2 });
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 3 } });
    expect(
      serversOfRun()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(["one", "three", "two"].map((name) => `r${serial}-${name}`));
  });

  it("never makes two servers of one name", async () => {
    world.simulator.control.addFault({ name: "quotas_exceeded" });
    const items = ["a", "b", "c"].map(itemNamed);
    const job = await world.submit({ ...create, items }, `retry-${serial}`);
    expect(await world.over(job.id)).toMatchObject({ state: "failed", counts: { failed: 3 } });
    world.simulator.control.clearFaults();
    const answer = await retry(job.id, { patch_all: { type: "DEV1-S", name: `r${serial}-ok-1` } });
    expect(faultsOf(answer)).toEqual([422, "INVALID_REQUEST", ["/patch_all/name"]]);
    expect(detailsOf(answer)[0]).toContain(`the name "r${serial}-ok-1" is that of item 1 too`);
    expect(serversOfRun()).toEqual([]);
    const patch = { a: { name: `r${serial}-x` }, b: { name: `r${serial}-y` }, c: { name: `r${serial}-z` } };
    expect((await retry(job.id, { patch })).status).toBe(202);
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 3 } });
    const names = serversOfRun().map(({ name }) => name);
    expect(names.toSorted()).toEqual(["x", "y", "z"].map((name) => `r${serial}-${name}`));
    expect((await world.items(job.id)).map(({ name }) => name)).toEqual(
      ["x", "y", "z"].map((name) => `r${serial}-${name}`),
    );
  });

  it("only those are looked at that would be tried again", async () => {
    const job = await withTwoFailed();
    // That of `one` would be nobody's: it has succeeded and stays as it is.
    const answer = await retry(job.id, { filter: { keys: ["two"] }, patch_all: { name: `r${serial}-new` } });
    expect(answer.json()).toMatchObject({ retried: 1 });
    await world.over(job.id);
    expect(
      serversOfRun()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([`r${serial}-new`, `r${serial}-one`]);
  });

  it("a correction takes the place of an earlier one, and null takes it back", async () => {
    const job = await withTwoFailed();
    world.simulator.control.addFault({ name: "quotas_exceeded" });
    const first = { patch_all: { tags: ["first"], name: null }, patch: { two: { start: true } } };
    expect((await retry(job.id, first)).status).toBe(202);
    expect(await world.over(job.id)).toMatchObject({ counts: { failed: 2 } });
    world.simulator.control.clearFaults();
    const second = { patch: { two: { tags: ["second"], start: null }, three: { tags: null } } };
    expect((await retry(job.id, second)).status).toBe(202);
    expect(await world.over(job.id)).toMatchObject({ state: "completed", counts: { succeeded: 3 } });
    const tagsOf = (name: string) =>
      (serversOfRun().find((server) => server.name.endsWith(name))?.tags ?? []).filter(
        (tag) => !tag.startsWith("swy:"),
      );
    expect([tagsOf("two"), tagsOf("three")]).toEqual([["second"], []]);
    expect(serversOfRun().map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
  });

  it("with nothing to try again a correction is looked at all the same", async () => {
    const job = await world.submit({ ...create, items: [itemNamed("one")] }, `retry-${serial}`);
    await world.over(job.id);
    expect(faultsOf(await retry(job.id, { patch_all: { colour: 1, type: 5 } }))).toEqual([
      422,
      "INVALID_REQUEST",
      ["/patch_all/colour", "/patch_all/type"],
    ]);
    expect(faultsOf(await retry(job.id, { patch: { one: { colour: 1 } } }))).toEqual([
      422,
      "INVALID_REQUEST",
      ["/patch/one/colour"],
    ]);
    const good = await retry(job.id, { patch_all: { type: "DEV1-M", name: `r${serial}-one` } });
    expect([good.status, good.json()]).toMatchObject([200, { retried: 0 }]);
  });

  it("a job that is cancelled is refused for that, whatever the corrections say", async () => {
    const job = await world.submit({ ...create, items: [itemNamed("one")] }, `retry-${serial}`);
    await world.control(job.id, "cancel");
    await world.over(job.id);
    expect(faultsOf(await retry(job.id, { patch_all: { colour: 1 } })).slice(0, 2)).toEqual([
      409,
      "JOB_CANCELLED",
    ]);
  });
});
