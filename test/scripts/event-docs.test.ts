import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { eventCatalogue } from "../../events/catalogue.ts";
import { eventDocs } from "../../scripts/event-docs.ts";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(root, "docs/events.md"), "utf8");

describe("docs/events.md", () => {
  it("is what `npm run docs:events` writes", () => {
    expect(text).toBe(eventDocs());
  });

  it("has each type with its whole example", () => {
    const examples = [...text.matchAll(/```json\n([^]*?)\n```/g)].map(([, json]) => JSON.parse(json ?? ""));
    expect(examples).toEqual(eventCatalogue.map(({ example }) => example));
    for (const { type } of eventCatalogue) expect(text).toContain(`### \`${type}\``);
  });
});
