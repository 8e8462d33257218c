import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { markerOf } from "../../lib/operation/marker.ts";
import type { Task } from "../../lib/operation/observation.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type { Handle } from "../../lib/ports/provider.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { openProvider, testSecret, type OpenedProvider } from "./open-provider.ts";

let now = Date.parse("2026-11-02T08:00:00.000Z");
let simulator: Simulator;
let opened: OpenedProvider;

beforeEach(async () => {
  const clock = { now: () => now };
  simulator = await startSimulator({ dialect: "scaleway-compute", clock, secret: testSecret });
  opened = openProvider("scaleway-compute", simulator.url);
});
afterEach(() => simulator.close());

const pass = (seconds: number): void => {
  now += seconds * 1000;
};

const created = async (index = 1): Promise<Resource> => {
  const { resource } = await opened.provider.send({
    do: "create",
    kind: "server.create",
    input: { name: "a", type: "VC1S", image: "85917034-46b0-4cc5-8b48-f0a2245e357e" },
    marker: markerOf(`op_${index}`, "here"),
  });
  if (resource === null) throw new Error("no server");
  return resource;
};

const act = async (resource: Resource, action: string): Promise<Task> => {
  const { task } = await opened.provider.send({ do: "act", resource, action, input: {} });
  if (task === null) throw new Error("no task");
  return task;
};

const look = async (resource: Resource, task: Task | null, ageSeconds: number) =>
  (await opened.provider.look([{ resource, task, ageSeconds, seenMoving: false }]))[0];

/** The routes of the calls that looking at these took. */
const routesOf = async (handles: readonly Handle[]): Promise<Record<string, number>> => {
  simulator.control.clearCalls();
  await opened.provider.look(handles);
  return simulator.control.counts();
};

test("an action answers with its task, whose progress is a number", async () => {
  const resource = await created();
  expect(await act(resource, "poweron")).toMatchObject({ status: "pending", progress: 0 });
});

test("progress as text is the same number", async () => {
  simulator.control.addFault({ name: "progress_as_string" });
  const resource = await created();
  const task = await act(resource, "poweron");
  expect(task.progress).toBe(0);
  pass(600);
  expect((await look(resource, task, 5))?.task).toMatchObject({ status: "success", progress: 100 });
});

describe("one server", () => {
  test("while its task is under way, the task alone is asked, and says moving", async () => {
    const resource = await created();
    const task = await act(resource, "poweron");
    expect(await look(resource, task, 3)).toMatchObject({ phase: "moving", task: { id: task.id } });
    expect(await routesOf([{ resource, task, ageSeconds: 3, seenMoving: false }])).toEqual({
      "GET /tasks/{}": 1,
    });
  });

  test("a task that is over says nothing of the server: the server does", async () => {
    const resource = await created();
    const task = await act(resource, "poweron");
    pass(600);
    expect(await look(resource, task, 3)).toMatchObject({
      phase: "on",
      state: "running",
      task: { id: task.id, status: "success", progress: 100 },
    });
    expect(await routesOf([{ resource, task, ageSeconds: 3, seenMoving: false }])).toEqual({
      "GET /tasks/{}": 1,
      "GET /servers/{}": 1,
    });
  });

  test("a start without capacity is a failed task and a server that is off", async () => {
    simulator.control.addFault({ name: "capacity_failure", count: 1 });
    const resource = await created();
    const task = await act(resource, "poweron");
    pass(600);
    expect(await look(resource, task, 3)).toMatchObject({ phase: "off", task: { status: "failure" } });
  });

  test("where tasks are gone, the server is asked, and the task stays as it was", async () => {
    simulator.control.addFault({ name: "tasks_endpoint_gone" });
    const resource = await created();
    const task = await act(resource, "poweron");
    expect(await look(resource, task, 3)).toMatchObject({ phase: "moving", state: "starting", task });
    pass(600);
    expect(await look(resource, task, 3)).toMatchObject({ phase: "on", task });
  });

  test("a task that never ends is not believed for long", async () => {
    simulator.control.addFault({ name: "terminate_task_never_finishes" });
    const resource = await created();
    await act(resource, "poweron");
    pass(600);
    const task = await act(resource, "terminate");
    pass(600);
    expect(await look(resource, task, 3)).toMatchObject({ phase: "moving" });
    expect(await look(resource, task, 25)).toMatchObject({ phase: "gone", task: { id: task.id } });
  });

  test("a task known to be over is not asked for again", async () => {
    const resource = await created();
    const task = { ...(await act(resource, "poweron")), status: "success" };
    expect(await routesOf([{ resource, task, ageSeconds: 3, seenMoving: false }])).toEqual({
      "GET /servers/{}": 1,
    });
  });

  test("at rest, an old task's last word is fetched for the record", async () => {
    const resource = await created();
    const task = await act(resource, "poweron");
    pass(600);
    expect(await look(resource, task, 600)).toMatchObject({ phase: "on", task: { status: "success" } });
  });
});

describe("many servers", () => {
  const many = async (count: number) => {
    const handles: Handle[] = [];
    for (let index = 1; index <= count; index += 1) {
      const resource = await created(index);
      handles.push({ resource, task: await act(resource, "poweron"), ageSeconds: 3, seenMoving: false });
    }
    return handles;
  };

  test("on their way, they cost one list and no task", async () => {
    const handles = await many(8);
    expect(await routesOf(handles)).toEqual({ "GET /servers": 1 });
  });

  test("at rest, each one's task is read once, for the record", async () => {
    const handles = await many(6);
    pass(600);
    expect(await routesOf(handles)).toEqual({ "GET /servers": 1, "GET /tasks/{}": 6 });
    const seen = await opened.provider.look(handles);
    expect(seen.map((one) => `${one?.phase} ${one?.task?.status}`)).toEqual(Array(6).fill("on success"));
    const over = handles.map(({ resource }, index) => ({
      resource,
      task: seen[index]?.task ?? null,
      ageSeconds: 60,
      seenMoving: false,
    }));
    expect(await routesOf(over)).toEqual({ "GET /servers": 1 });
  });

  test("a task that can't be read now does not hide that the server is there", async () => {
    const handles = await many(6);
    pass(600);
    simulator.control.addFault({ name: "unavailable_html", match: "GET /tasks/*" });
    const seen = await opened.provider.look(handles);
    expect(seen.map((one) => one?.phase)).toEqual(Array(6).fill("on"));
  });

  test("a few among hundreds are asked for one by one, when the list is long", async () => {
    const handles = await many(5);
    for (let index = 0; index < 110; index += 1) await created(100 + index);
    const routes = await routesOf(handles);
    expect(routes["GET /servers"]).toBeLessThanOrEqual(2);
    const seen = await opened.provider.look(handles);
    expect(seen.map((one) => one?.phase)).toEqual(Array(5).fill("moving"));
  });
});
