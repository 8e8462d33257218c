import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as z from "zod";
import { connectionSchema } from "../lib/connection.ts";

const text = readFileSync(new URL("../docs/connections.md", import.meta.url), "utf8");
const rows = new Map(
  [...text.matchAll(/^\| `([a-z_.]+)` *\| (.+?) *\| (.+?) *\|$/gm)].map(([, name = "", usual, what]) => [
    name,
    { usual, what },
  ]),
);

/** The settings of a connection with what each is when it is left out; groups by their parts. */
const settings = (): ReadonlyMap<string, unknown> => {
  const needed = { name: "a", provider: "scaleway-instance", secret: "env:A" };
  const parsed: Readonly<Record<string, unknown>> = connectionSchema.parse(needed);
  return new Map(
    Object.entries(connectionSchema.shape).flatMap(([name, schema]): [string, unknown][] => {
      const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : null;
      if (!(inner instanceof z.ZodObject)) return [[name, parsed[name]]];
      const group = z.record(z.string(), z.unknown()).parse(parsed[name]);
      return Object.keys(inner.shape).map((part) => [`${name}.${part}`, group[part]]);
    }),
  );
};

it("docs/connections.md has a row for each setting of a connection, and none beside", () => {
  expect([...rows.keys()]).toEqual([...settings().keys()]);
});

it.each([...settings()].filter(([, usual]) => ["number", "boolean"].includes(typeof usual)))(
  "docs/connections.md tells what %s is when it is left out: %s",
  (name, usual) => {
    expect(rows.get(name)?.usual).toBe(String(usual));
  },
);

it("docs/connections.md says what inputs may name when nothing is said", () => {
  expect(rows.get("input_secrets")?.usual).toBe("`env:SWITCHYARD_INPUT_`");
  expect(settings().get("input_secrets")).toEqual(["env:SWITCHYARD_INPUT_"]);
});

it("the README leads to it", () => {
  expect(readFileSync(new URL("../README.md", import.meta.url), "utf8")).toContain("docs/connections.md");
});
