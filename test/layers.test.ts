import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const importPattern = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of a folder's sources; local ones as paths from the root, packages by name. */
const importsOf = (pattern: string): Import[] =>
  globSync(pattern, { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(importPattern)].map((match) => {
      const to = match[1] ?? match[2] ?? "";
      return { from: file, to: to.startsWith(".") ? relative(root, resolve(root, dirname(file), to)) : to };
    }),
  );

const pure = [
  "lib/operation",
  "lib/webhook",
  "lib/hook",
  "lib/access",
  "lib/limits",
  "lib/bulk",
  "lib/schedule",
];
const inner = [...pure, "lib/ports", "lib/flows", "lib/connection.ts", "events"];
const startsWithOne = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || path.startsWith(`${place}/`));
const isLocal = (to: string): boolean =>
  /^(lib|events|functions|local|simulators|cli|test|scripts|bench)\//.test(to);

describe("imports point one way", () => {
  it.each([
    [
      "lib/operation/**/*.ts",
      ["lib/operation", "events"],
      "the pure core knows only itself and our public words",
    ],
    ...["webhook", "hook", "access", "limits", "bulk"].map((room): [string, string[], string] => [
      `lib/${room}/**/*.ts`,
      [`lib/${room}`, "lib/operation", "lib/connection.ts", "events"],
      "a pure room knows the core and itself",
    ]),
    [
      "lib/schedule/**/*.ts",
      ["lib/schedule", "lib/operation", "lib/hook/glob.ts", "lib/connection.ts", "events"],
      "when servers are on is decided from itself alone; globs are those of hooks",
    ],
    [
      "lib/ports/**/*.ts",
      ["lib/operation", "lib/webhook", "lib/ports", "lib/connection.ts", "events"],
      "ports know no implementation",
    ],
    ["lib/flows/**/*.ts", inner, "flows talk only to ports"],
    [
      "lib/aws/**/*.ts",
      ["lib/aws", "lib/operation", "lib/webhook", "lib/ports", "events"],
      "AWS knows ports, not flows",
    ],
    [
      "lib/providers/**/*.ts",
      ["lib/providers", "lib/operation", "lib/ports", "lib/connection.ts"],
      "dialects know ports, not flows",
    ],
    [
      "lib/platform/**/*.ts",
      ["lib/platform", "lib/operation", "lib/webhook", "lib/ports"],
      "the platform knows ports, not flows",
    ],
    ["lib/http/**/*.ts", ["lib/http", ...inner], "HTTP knows flows, not what is behind the ports"],
    ["cli/**/*.ts", ["cli", "lib/schedule/one-line.ts"], "the command line knows the HTTP API and a grammar"],
    ["events/**/*.ts", ["events", ...pure], "our public words know only the pure core"],
    [
      "functions/**/*.ts",
      [
        "lib/flows",
        "lib/lambda",
        "lib/http",
        "lib/wiring.ts",
        "lib/worker-wiring.ts",
        "lib/deliver-wiring.ts",
        "lib/tick-wiring.ts",
      ],
      "a function is a flow, a stack and the wiring",
    ],
  ])("%s: %s", (pattern, allowed) => {
    const wrong = importsOf(pattern).filter(({ to }) => isLocal(to) && !startsWithOne(to, allowed));
    expect(wrong).toEqual([]);
  });

  it("only lib/aws and the bundler know the AWS SDK among what is deployed", () => {
    const users = importsOf("{lib,functions,events}/**/*.ts").filter(({ to }) => to.startsWith("@aws-sdk/"));
    expect(users.filter(({ from }) => !from.startsWith("lib/aws/"))).toEqual([]);
  });

  it("nothing that is deployed imports what is not", () => {
    const wrong = importsOf("{lib,functions,events}/**/*.ts").filter(({ to }) =>
      /^(local|simulators|cli|test|scripts|bench)\//.test(to),
    );
    expect(wrong).toEqual([]);
  });

  it("nobody imports a function but the local stack, which does it by name", () => {
    const wrong = importsOf("{lib,events,local,simulators}/**/*.ts").filter(({ to }) =>
      to.startsWith("functions/"),
    );
    expect(wrong).toEqual([]);
  });

  it("zod is imported whole, so that bundles stay small", () => {
    const sources = globSync("{lib,functions,events,local,simulators,cli,scripts,bench}/**/*.ts", {
      cwd: root,
    });
    const named = sources.filter((file) =>
      /import \{[^}]*\} from "zod"/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(named).toEqual([]);
  });
});

describe("what can't be controlled is passed in", () => {
  const forbidden =
    /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\brandom(UUID|Bytes|Int)\b|\bsetTimeout\b|\bsetInterval\b|\bprocess\.env\b|\bfetch\(/;
  const allowed = ["lib/config.ts", "lib/platform", "lib/aws"];

  it("time, chance, timers, the environment and the network are out of reach of everything above the ports", () => {
    const strip = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const wrong = globSync("{lib,functions,events}/**/*.ts", { cwd: root })
      .filter((file) => !startsWithOne(file, allowed))
      .filter((file) => forbidden.test(strip(readFileSync(join(root, file), "utf8"))));
    expect(wrong).toEqual([]);
  });
});
