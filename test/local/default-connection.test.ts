import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configDocumentSchema } from "../../lib/connection.ts";
import { findConnections, simulatedDocument } from "../../local/default-connection.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const scw = {
  SCW_SECRET_KEY: "x",
  SCW_DEFAULT_PROJECT_ID: "5be1a3c2-0f3d-4f1e-9d6a-2f0c7b8e4a42",
  SCW_DEFAULT_ZONE: "fr-par-1",
};

test("a file that is named goes before everything else", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "switchyard.yaml"), "");
  const environment = { ...scw, SWITCHYARD_CONFIG: "named.yaml", HOME: folder };
  expect(await findConnections({ configFile: "flag.yaml", folder }, environment)).toEqual({
    from: "file",
    path: "flag.yaml",
  });
  expect(await findConnections({ configFile: null, folder }, environment)).toEqual({
    from: "file",
    path: "named.yaml",
  });
  expect(await findConnections({ configFile: null, folder }, { ...scw, HOME: folder })).toEqual({
    from: "file",
    path: join(folder, "switchyard.yaml"),
  });
});

test("SCW_* is a connection when it says key, project and zone", async () => {
  const folder = temporaryFolder();
  const options = { configFile: null, folder };
  expect(await findConnections(options, { ...scw, HOME: folder })).toEqual({ from: "environment" });
  expect(await findConnections(options, { SCW_SECRET_KEY: "x", HOME: folder })).toEqual({
    from: "simulator",
  });
});

test("with nothing configured, it is the simulator, whose document is one that the functions can read", async () => {
  const folder = temporaryFolder();
  expect(await findConnections({ configFile: null, folder }, { HOME: folder })).toEqual({
    from: "simulator",
  });
  const document = configDocumentSchema.parse(JSON.parse(simulatedDocument("http://127.0.0.1:9001")));
  expect(document.connections[0]).toMatchObject({
    name: "paris",
    provider: "scaleway-instance",
    zone: "fr-par-1",
    api_url: "http://127.0.0.1:9001",
    rate_per_second: 50,
  });
});
