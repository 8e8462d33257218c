import { describe, expect, it } from "vitest";
import { ProviderDoubt, ProviderRefusal, type Provider } from "../../lib/ports/provider.ts";
import { openFuzzRoom } from "./fuzz-room.ts";
import { handle } from "./contract-room.ts";

const asked = "741db378-6b87-46d4-a8c5-4e46a09ab1f8";
const other = "0e9f85af-b6aa-401e-a00d-484f832c5024";

/** A provider of the dialect whose every request is answered so. */
const answering = (
  dialect: "scaleway-instance" | "scaleway-compute",
  status: number,
  body: unknown,
): Provider =>
  openFuzzRoom(dialect, "http://127.0.0.1:9").open({
    send: async () => ({
      status,
      headers: {},
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  }).provider;

const server = (id: string) => ({ server: { id, name: "web-1", state: "running" } });
const lookAt = (provider: Provider, type = "server") => provider.look([handle({ type, id: asked })]);

describe.each(["scaleway-instance", "scaleway-compute"] as const)("%s", (dialect) => {
  it("takes the state of a server only from that server", async () => {
    expect(await lookAt(answering(dialect, 200, server(asked)))).toMatchObject([{ phase: "on" }]);
    expect(await lookAt(answering(dialect, 200, server(asked.toUpperCase())))).toMatchObject([
      { phase: "on" },
    ]);
    await expect(lookAt(answering(dialect, 200, server(other)))).rejects.toThrow(ProviderDoubt);
  });

  it("inspects the thing that was asked for and no other: the sweeper deletes by what it sees", async () => {
    const inspect = (type: string, body: unknown) =>
      answering(dialect, 200, body).inspect({ type, id: asked });
    await expect(inspect("server", server(other))).rejects.toThrow(ProviderDoubt);
    await expect(inspect("ip", { ip: { id: other, address: "51.15.0.1", server: null } })).rejects.toThrow(
      ProviderDoubt,
    );
  });

  it.each([
    [404, "gone"],
    [410, "gone"],
  ])("takes a typed %i for %s", async (status, phase) => {
    const body = { type: "unknown_resource", message: "not found" };
    expect(await lookAt(answering(dialect, status, body))).toMatchObject([{ phase }]);
  });

  it.each([400, 403, 405, 418, 422, 451])(
    "takes no %i for gone, whatever type its body quotes",
    async (status) => {
      const provider = answering(dialect, status, { type: "unknown_resource", message: "not found" });
      await expect(lookAt(provider)).rejects.toMatchObject({ code: "PROVIDER_REFUSED" });
      await expect(lookAt(provider)).rejects.toThrow(ProviderRefusal);
    },
  );

  it("does not pass on what nests too deeply to be written again", async () => {
    const deep = (depth: number) =>
      `{"server":{"id":"${asked}","state":"running","x":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
    const read = (depth: number) =>
      answering(dialect, 200, deep(depth)).read({
        path: ["servers", asked],
        filters: {},
        limit: 1,
        cursor: null,
      });
    await expect(read(50)).resolves.toMatchObject({ item: { id: asked } });
    await expect(read(100_000)).rejects.toThrow(/nests too deeply/);
  });
});
