import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { openStub } from "./api-stub.ts";
import { runCli } from "./run-cli.ts";

const csv = (count: number): string =>
  ["name,type,image", ...Array.from({ length: count }, (_, index) => `demo-web-${index + 1},DEV1-S,ubuntu_noble`), ""].join("\n");

const folderWith = (file: string, text: string): string => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, file), text);
  return folder;
};

const submit = ["bulk", "submit", "-f", "servers.csv", "--wait"];

describe("switchyard bulk submit --wait", () => {
  test("x", async () => {
    const stub = await openStub({ jobs: { failing: [23, 24, 25] } });
    const folder = folderWith("servers.csv", csv(25));
    const end = await runCli(submit, { url: stub.url, folder });
    console.log(end.out); console.log(end.err); console.log(end.code);
    const tty = await runCli(submit, { url: stub.url, folder, isTTY: true });
    console.log(JSON.stringify(tty.err)); console.log(tty.out);
  });
});
