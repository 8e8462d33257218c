import { describe, expect, it } from "vitest";
import { useV1Installation } from "./v1-installation.ts";

const v1 = useV1Installation();

const acme = {
  name: "Acme",
  address_line1: "1 rue",
  address_zip: "75001",
  address_city: "Paris",
  address_country: "FR",
  technical_contacts: ["t"],
  administrative_contacts: [],
  billing_contacts: ["b"],
};

/** Things that are made under a name, edited and deleted in one way. */
const things = [
  ["tag", { name: "blue" }, "POST /tags", "PUT /tags/{tag_id}", "DELETE /tags/{tag_id}"],
  [
    "container",
    { name: "logs" },
    "POST /containers",
    "PUT /containers/{container_id}",
    "DELETE /containers/{container_id}",
  ],
  ["organization", acme, "POST /organizations", "PUT /organizations/{id}", "DELETE /organizations/{id}"],
] as const;

describe.each(things)("%s.create, .update and .delete", (type, input, post, put, remove) => {
  const collection = `${type}s`;

  it(`${post} makes one, under the name that was asked for in the end`, async () => {
    const operation = await v1.make(`${type}.create`, input);
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    const read = await v1.read(`${collection}/${operation.resource?.id}`);
    expect(read.body).toMatchObject({ id: operation.resource?.id, name: input.name, raw: input });
    expect(v1.sent(`POST /v1/${collection}`)).toBe(1);
  });

  it(`${post} whose reply is lost makes one all the same`, async () => {
    v1.control.addFault({ name: "lost_reply", match: `POST */${collection}`, count: 1 });
    const name = `lost ${type}`;
    const operation = await v1.make(`${type}.create`, { ...input, name });
    expect(operation.state).toBe("succeeded");
    expect(v1.sent(`POST /v1/${collection}`)).toBe(1);
    const { body } = await v1.read(`${collection}?limit=100`);
    expect(body["items"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: operation.resource?.id, name })]),
    );
  });

  it(`${put} changes the name`, async () => {
    const id = await v1.made(`${type}.create`, input);
    expect((await v1.run(`${type}.update`, type, id, { name: "other" })).state).toBe("succeeded");
    expect((await v1.read(`${collection}/${id}`)).body).toMatchObject({ name: "other" });
  });

  it(`${remove} is over when it is gone, and succeeds where it was gone`, async () => {
    const id = await v1.made(`${type}.create`, input);
    v1.control.addFault({ name: "lost_reply", match: "DELETE *", count: 1 });
    expect((await v1.run(`${type}.delete`, type, id)).state).toBe("succeeded");
    expect((await v1.read(`${collection}/${id}`)).status).toBe(404);
    expect((await v1.run(`${type}.delete`, type, id)).state).toBe("succeeded");
  });
});

describe("volume.create", () => {
  it("POST /volumes makes one, from a base where one is named", async () => {
    const base = await v1.made("volume.create", { size: 10_000_000_000, type: "l_hdd" });
    const volume = await v1.made("volume.create", { size: 20_000_000_000, type: "l_hdd", base_volume: base });
    expect((await v1.read(`volumes/${volume}`)).body).toMatchObject({
      raw: { size: 20_000_000_000, type: "l_hdd", base_volume: base },
    });
  });

  it("volume.delete is refused at once: the document has no such call", async () => {
    const body = { connection: "paris", kind: "volume.delete", resource: { type: "volume", id: "Volume-1" } };
    expect(await v1.api.post("/v1/operations", body, v1.key())).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/kind", detail: expect.stringContaining("volume.create") }] },
    });
  });
});

describe("objects of a container", () => {
  const path = "logs/a b%.txt";
  const encoded = encodeURIComponent(path);

  it("POST /containers/{container_id}/objects, then PUT and DELETE /containers/{container_id}/objects/{object_id}", async () => {
    const container = await v1.made("container.create", { name: "logs" });
    const run = (kind: string, input: Record<string, unknown>) =>
      v1.run(kind, "container", container, { object_id: path, ...input });
    const at = `containers/${container}/objects`;
    expect((await run("object.create", { content: "x" })).state).toBe("succeeded");
    expect((await v1.read(`${at}/${encoded}`)).body).toMatchObject({ id: path, raw: { content: "x" } });
    expect((await run("object.update", { content: "y" })).state).toBe("succeeded");
    expect((await v1.read(at)).body).toMatchObject({ items: [{ id: path, raw: { content: "y" } }] });
    expect((await run("object.delete", {})).state).toBe("succeeded");
    expect((await v1.read(`${at}/${encoded}`)).status).toBe(404);
    expect((await run("object.delete", {})).state).toBe("succeeded");
  });

  it("POST /containers/{container_id}/objects whose reply is lost has happened", async () => {
    const container = await v1.made("container.create", { name: "logs" });
    v1.control.addFault({ name: "lost_reply", match: "POST */objects", count: 1 });
    const operation = await v1.run("object.create", "container", container, { object_id: path });
    expect(operation).toMatchObject({ state: "succeeded", error: null });
    expect((await v1.read(`containers/${container}/objects`)).body["items"]).toHaveLength(1);
  });

  it("PUT /containers/{container_id}/objects/{object_id} of what is not there fails, naming the parameter", async () => {
    const container = await v1.made("container.create", { name: "logs" });
    expect(await v1.run("object.update", "container", container, { object_id: path })).toMatchObject({
      state: "failed",
      error: { code: "RESOURCE_NOT_FOUND", provider: { status: 404, param: "object_id" } },
    });
  });

  it.each([".", "..", ""])("an object_id %j is refused at once", async (id) => {
    const resource = { type: "container", id: "Container-1" };
    const body = { connection: "paris", kind: "object.delete", resource, input: { object_id: id } };
    expect(await v1.api.post("/v1/operations", body, v1.key())).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/input/object_id" }] },
    });
  });
});

describe("metadatas of a tag", () => {
  it("POST /tags/{tag_id}/metadatas, then PUT and DELETE /tags/{tag_id}/metadatas/{metadata_key}", async () => {
    const tag = await v1.made("tag.create", { name: "blue" });
    const run = (kind: string, input: Record<string, unknown>) =>
      v1.run(kind, "tag", tag, { metadata_key: "a/b", ...input });
    const items = async () => (await v1.read(`tags/${tag}/metadatas`)).body["items"];
    expect((await run("tag_metadata.create", { metadata_value: "1" })).state).toBe("succeeded");
    expect(await items()).toEqual([{ id: "a/b", raw: { key: "a/b", value: "1" } }]);
    expect((await run("tag_metadata.update", { metadata_value: "2" })).state).toBe("succeeded");
    expect(await items()).toEqual([{ id: "a/b", raw: { key: "a/b", value: "2" } }]);
    expect((await run("tag_metadata.create", { metadata_value: "3" })).error?.code).toBe("ALREADY_EXISTS");
    expect((await run("tag_metadata.delete", {})).state).toBe("succeeded");
    expect(await items()).toEqual([]);
  });
});

describe("reading through", () => {
  it("GET /servers, with its filters, page by page", async () => {
    const names = ["reader-1", "reader-2", "reader-3"];
    for (const name of names) await v1.madeServer({ name, image: "image-of-readers" });
    const first = await v1.read("servers?image=image-of-readers&limit=2");
    expect(first.body["items"]).toHaveLength(2);
    const cursor = encodeURIComponent(String(first.body["next_cursor"]));
    const second = await v1.read(`servers?image=image-of-readers&limit=2&cursor=${cursor}`);
    expect(second.body).toMatchObject({ items: [{ state: "off" }], next_cursor: null });
    expect((await v1.read("servers?organization=nobody")).body["items"]).toEqual([]);
    expect(v1.control.calls().at(-1)?.path).toContain("limit=");
  });

  it("GET /servers/{server_id} and GET /servers/{server_id}/action", async () => {
    const id = await v1.madeServer();
    expect((await v1.read(`servers/${id}`)).body).toMatchObject({ id, state: "off" });
    expect((await v1.read(`servers/${id}/action`)).body["items"]).toEqual([
      { id: "poweron", raw: "poweron" },
    ]);
  });

  it("GET /servers/{server_id}/sessions and GET /servers/{server_id}/sessions/{session_id}", async () => {
    const id = await v1.madeServer({ start: true });
    const { body } = await v1.read(`servers/${id}/sessions?active=true`);
    expect(body).toMatchObject({ items: [{ raw: { active: true } }] });
    const [session] = v1.control.calls().slice(-1);
    expect(session?.path).toContain("active=true");
    const listed = JSON.stringify(body);
    const sessionId = /Session-[0-9a-f-]+/.exec(listed)?.[0] ?? "";
    expect((await v1.read(`servers/${id}/sessions/${sessionId}`)).body).toMatchObject({ id: sessionId });
  });

  it("GET /servers/{server_id}/tags is a list, though the document shows an object", async () => {
    const id = await v1.madeServer();
    expect((await v1.read(`servers/${id}/tags`)).body).toMatchObject({ items: [{ name: "default" }] });
  });

  it("GET /tags by server_id and name, GET /tags/{tag_id}, and GET /tags/{tag_id}/metadatas by key", async () => {
    const server = await v1.madeServer();
    const tag = await v1.made("tag.create", { name: "green" });
    await v1.run("tag_metadata.create", "tag", tag, { metadata_key: "a", metadata_value: "1" });
    expect((await v1.read(`tags?server_id=${server}`)).body).toMatchObject({ items: [{ name: "default" }] });
    expect((await v1.read("tags?name=green")).body).toMatchObject({ items: [{ id: tag }] });
    expect((await v1.read(`tags/${tag}`)).body).toMatchObject({ name: "green" });
    expect((await v1.read(`tags/${tag}/metadatas?key=a`)).body).toMatchObject({ items: [{ id: "a" }] });
    expect((await v1.read(`tags/${tag}/metadatas?key=b`)).body["items"]).toEqual([]);
  });

  it("GET /volumes and GET /volumes/{volume_id}", async () => {
    const id = await v1.made("volume.create", { size: 1, type: "l_hdd" });
    expect((await v1.read("volumes?limit=100")).body["items"]).toContainEqual(
      expect.objectContaining({ id }),
    );
    expect((await v1.read(`volumes/${id}`)).body).toMatchObject({ id, raw: { type: "l_hdd" } });
  });

  it("GET /containers, GET /containers/{container_id}, its GET /containers/{container_id}/objects and GET /containers/{container_id}/objects/{object_id}", async () => {
    const id = await v1.made("container.create", { name: "files" });
    await v1.run("object.create", "container", id, { object_id: "logs/a.txt" });
    expect((await v1.read("containers?limit=100")).body["items"]).toContainEqual(
      expect.objectContaining({ id, name: "files" }),
    );
    expect((await v1.read(`containers/${id}`)).body).toMatchObject({ name: "files" });
    expect((await v1.read(`containers/${id}/objects`)).body).toMatchObject({ items: [{ id: "logs/a.txt" }] });
    expect((await v1.read(`containers/${id}/objects/logs%2Fa.txt`)).body).toMatchObject({ id: "logs/a.txt" });
  });

  it("GET /organizations, GET /organizations/summary and GET /organizations/{id}", async () => {
    const id = await v1.made("organization.create", acme);
    const mine = expect.objectContaining({ id, name: "Acme" });
    expect((await v1.read("organizations?limit=100")).body["items"]).toContainEqual(mine);
    const summary = await v1.read("organizations/summary?limit=100");
    expect(summary.body["items"]).toContainEqual({ id, name: "Acme", raw: { id, name: "Acme", level: 1 } });
    expect((await v1.read(`organizations/${id}`)).body).toMatchObject({ raw: { address_city: "Paris" } });
  });

  it("a collection or a filter that the document lacks is told", async () => {
    expect((await v1.read("tasks")).status).toBe(404);
    expect(await v1.read("servers?state=off")).toMatchObject({ status: 422, body: { errors: [{}] } });
  });
});
