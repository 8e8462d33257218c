import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { connectionsOf } from "../lib/connections.ts";
import { runStack } from "./local/running-stack.ts";
import { temporaryFolder } from "./local/temporary-folder.ts";

const root = resolve(import.meta.dirname, "..");
const text = readFileSync(join(root, "README.md"), "utf8");
const lines = text.split("\n");
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1] ?? "");

describe("the README", () => {
  it("is short, and its first command comes early", () => {
    expect(lines.length).toBeLessThanOrEqual(150);
    expect(lines.findIndex((line) => line.startsWith("npm ci && npm start"))).toBeLessThan(20);
  });

  it("names only scripts that there are, and every one that the contract promises", () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? "");
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    const promised = ["start", "test", "dev", "simulator", "check", "package", "deploy", "bench", "redrive"];
    expect(promised.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? "");
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it("shows a configuration that is one", async () => {
    const [document] = blocks("yaml");
    await expect(connectionsOf(document ?? "", "README.md")).resolves.toHaveLength(1);
  });

  it("shows requests that are accepted as they stand, with the answers that it says", async () => {
    const stack = runStack(["dev", "--ephemeral"], temporaryFolder());
    const [, url = ""] = await stack.line(/^ready (http:\/\/127\.0\.0\.1:\d+)$/);
    const requests = blocks("console")
      .flatMap((block) => block.split(/\n\n/))
      .filter((command) => command.startsWith("curl"));
    const locations: string[] = [];
    for (const request of requests) {
      const command = request.trim().replaceAll("http://127.0.0.1:8484", url).replace("curl -s", "curl -si");
      const { stdout } = await promisify(execFile)("bash", ["-c", command]);
      expect(stdout).toMatch(/^HTTP\/1\.1 202/);
      locations.push(/^location: (\S+)/im.exec(stdout)?.[1] ?? "");
    }
    expect(locations).toEqual([
      expect.stringMatching(/^\/v1\/operations\/op_/),
      expect.stringMatching(/^\/v1\/bulk-jobs\/blk_/),
    ]);
  });
});
