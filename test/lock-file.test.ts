import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { missingFrom, readLock } from "../scripts/complete-lock.ts";

const root = resolve(import.meta.dirname, "..");

describe("the lock file", () => {
  it("names every optional package of every platform, or npm ci refuses it", () => {
    expect(Object.keys(missingFrom(readLock(root)))).toEqual([]);
  });

  it("would be found incomplete without one of them", () => {
    const lock = readLock(root);
    const { "node_modules/@oxlint/binding-darwin-arm64": left, ...packages } = lock.packages;
    expect(left).toBeDefined();
    expect(missingFrom({ ...lock, packages })).toEqual({
      "node_modules/@oxlint/binding-darwin-arm64": {
        version: left?.version,
        os: ["darwin"],
        cpu: ["arm64"],
        dev: true,
        optional: true,
      },
    });
  });

  it("names no host, so that any registry will do", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved": "https?:/);
  });

  it("and package.json pin every direct dependency exactly", () => {
    const versions = z.record(z.string(), z.string());
    const { dependencies, devDependencies, optionalDependencies } = z
      .object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions })
      .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
