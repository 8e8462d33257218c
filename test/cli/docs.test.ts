import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../cli/program.ts";
import { readWanted } from "../../cli/local-config.ts";
import { Context } from "../../cli/context.ts";
import { flagsSchema } from "../../cli/global-flags.ts";
import { cliDocs } from "../../scripts/cli-docs.ts";
import { deafWorld } from "./deaf-world.ts";
import { folderWith } from "./rows.ts";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(root, "docs/cli.md"), "utf8");

const leaves = (command: Command, path: readonly string[]): (readonly [string, Command])[] =>
  command.commands.length === 0
    ? [[path.join(" "), command]]
    : command.commands.flatMap((one) => leaves(one, [...path, one.name()]));

const program = buildProgram(deafWorld, () => Promise.resolve());

describe("docs/cli.md", () => {
  it("is what `npm run docs:cli` writes", () => {
    expect(text).toBe(cliDocs());
  });

  it("has every command of the tree, with every flag of it", () => {
    const parts = new Map(text.split(/^###? /m).map((part) => [/^`?([^`\n]*)/.exec(part)?.[1] ?? "", part]));
    const missing = leaves(program, []).flatMap(([path, command]) => {
      if (path === "help") return [];
      const operands = command.registeredArguments.map((one) => {
        const name = `${one.name()}${one.variadic ? "..." : ""}`;
        return one.required ? ` <${name}>` : ` [${name}]`;
      });
      const part = parts.get(`${path}${operands.join("")}`);
      if (part === undefined) return [path];
      return command.options.map(({ flags }) => flags).filter((flags) => !part.includes(`\`${flags}\``));
    });
    expect(missing).toEqual([]);
  });

  it("has every flag that all commands have", () => {
    const flags = program.options.map(({ flags: one }) => one).filter((one) => !one.startsWith("-V"));
    expect(flags.filter((one) => !text.includes(`\`${one}\``))).toEqual([]);
  });

  it("shows a configuration that is one", async () => {
    const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(text) ?? [];
    const connections = "connections: [{ name: paris }]\n";
    const world = { ...deafWorld, folder: folderWith("switchyard.yaml", `${connections}${yaml}`) };
    const wanted = await readWanted(new Context(world, flagsSchema.parse({})), undefined);
    expect([...wanted.schedules.keys()]).toEqual(["office-hours", "shop"]);
    expect([...wanted.calendars.keys()]).toEqual(["fr"]);
  });

  it("shows no command that there is not", () => {
    const known = new Set(leaves(program, []).map(([path]) => path));
    const shown = [...text.matchAll(/^(?:npx )?switchyard (?<words>[a-z][a-z -]*[a-z])/gm)].map(
      (match) => match.groups?.["words"] ?? "",
    );
    expect(shown.length).toBeGreaterThan(20);
    const isKnown = (words: string): boolean => [...known].some((path) => `${words} `.startsWith(`${path} `));
    expect(shown.filter((words) => !isKnown(words))).toEqual([]);
  });
});
