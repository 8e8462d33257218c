import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { machines, openInstallation, type Installation } from "./installation.ts";

vi.setConfig({ testTimeout: 120_000 });

let installation: Installation;
beforeAll(async () => {
  // A build is at work for 5 s at least, and looks are 3.5 s apart. What is assumed of the panel is the usual.
  installation = await openInstallation("convoy-v0", 4);
});
afterAll(() => installation.stop());

it("specifications that are sent during the build reach the server after it, and only then", async () => {
  const input = { name: "web", ...machines["convoy-v0"] };
  const made = await installation.accept({ connection: "paris", kind: "server.create", input }, "made");
  await installation.start([{ v: 1, operation_id: made }]);
  const { resource } = await installation.operation(made);
  const request = { connection: "paris", kind: "specifications.update", resource, input: { cores: 2 } };
  const operation = await installation.run(request, "specifications");
  expect(operation).toMatchObject({ state: "succeeded", error: null });
  expect((await installation.operation(made)).state).toBe("succeeded");
  expect(installation.simulator.control.servers()[0]).toMatchObject({
    state: "ready",
    record: { lostPatches: 0, guest: { cores: 2 } },
  });
  // Long before the wait for an idle worker would be over: the build was seen at work.
  const taken = Date.parse(operation.ended_at ?? "") - Date.parse(operation.created_at);
  expect(taken).toBeLessThan(60_000);
});
