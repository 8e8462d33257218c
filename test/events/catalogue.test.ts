import { readFileSync, globSync } from "node:fs";
import { basename, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { CloudEvent, HTTP } from "cloudevents";
import { describe, expect, it } from "vitest";
import { eventCatalogue } from "../../events/catalogue.ts";
import { eventSchema, typePrefix } from "../../events/event.ts";
import { eventDescriptions } from "../../lib/http/event-descriptions.ts";
import { isObject, jsonSchema, type Json } from "../../lib/operation/json.ts";

const root = join(import.meta.dirname, "../..");
const largestBytes = 20 * 1024;
const each = eventCatalogue.map((entry) => [entry.type, entry] as const);
const schemas = new Map(eventDescriptions().map(({ type, schema }) => [type, schema]));
const schemaOf = (type: string): object => {
  const schema = schemas.get(type);
  if (schema === undefined) throw new Error(`${type} has no schema`);
  return { ...schema };
};

/** The document again and again, each time with one thing in it made wrong: left out, of another type, another word. */
function* spoiltOf(value: Json): Generator<Json> {
  yield* [null, 7.5, "no such word", [], {}, true].filter((other) => other !== value);
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries())
      for (const bad of spoiltOf(part)) yield value.with(index, bad);
  } else if (isObject(value)) {
    for (const [key, part] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
      for (const bad of spoiltOf(part)) yield { ...value, [key]: bad };
    }
  }
}

describe("the catalogue of events", () => {
  it("has each type once", () => {
    const types = eventCatalogue.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    expect(types.every((type) => type.startsWith(typePrefix))).toBe(true);
  });

  it("has all families of events", () => {
    const text = readFileSync(join(root, "events/catalogue.ts"), "utf8");
    const families = globSync("events/*-event.ts", { cwd: root });
    expect(families.length).toBeGreaterThan(4);
    expect(families.filter((file) => !text.includes(`"./${basename(file)}"`))).toEqual([]);
  });

  it("has no type that nothing in lib/ says", () => {
    const files = globSync("lib/**/*.ts", { cwd: root });
    const text = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
    const about = [...new Set(eventCatalogue.map(({ type }) => type.split(".")[1]))].join("|");
    const words = new RegExp(`"((?:${about})\\.[a-z_]+)"`, "g");
    const known = eventCatalogue.map(({ type }) => type.slice(typePrefix.length));
    const said = new Set([...text.matchAll(words)].map(([, word]) => word ?? ""));
    expect(known.filter((type) => !said.has(type))).toEqual([]);
  });
});

describe.each(each)("%s", (type, { data, example, description }) => {
  const ajv = new Ajv2020({ strict: false });
  const validate = ajv.compile(schemaOf(type));

  it("is told in a sentence", () => expect(description).toMatch(/^[A-Z`].*\.$/));

  it("has an example that is valid, of this type, and small", () => {
    expect(eventSchema.safeParse(example).error).toBeUndefined();
    expect(data.safeParse(example.data).error).toBeUndefined();
    expect(example.type).toBe(type);
    expect(Buffer.byteLength(JSON.stringify(example))).toBeLessThan(largestBytes);
  });

  it("names its schema as events do", () => {
    expect(schemaOf(type)).toMatchObject({ $id: example.dataschema, title: type });
  });

  it("parses with the public CloudEvents library, strictly", () => {
    const body = JSON.stringify(example);
    const headers = { "content-type": "application/cloudevents+json; charset=utf-8" };
    const parsed = HTTP.toEvent({ headers, body });
    if (Array.isArray(parsed)) throw new Error("one event was sent");
    expect(new CloudEvent(parsed, true).validate()).toBe(true);
    expect(parsed).toMatchObject({ id: example.id, type, subject: example.subject, data: example.data });
    expect(new CloudEvent(JSON.parse(body), true).dataschema).toBe(example.dataschema);
  });

  it("is judged by the served schema as by ours", () => {
    expect(validate(example.data)).toBe(true);
    let wrong = 0;
    for (const spoilt of spoiltOf(jsonSchema.parse(example.data))) {
      const ours = data.safeParse(spoilt);
      // A field that we don't know may be a newer one: receivers are to let it pass.
      const isNewer = ours.error?.issues.every(({ code }) => code === "unrecognized_keys") === true;
      expect(validate(spoilt), JSON.stringify(spoilt)).toBe(ours.success || isNewer);
      if (!ours.success) wrong += 1;
    }
    expect(wrong).toBeGreaterThan(3);
  });

  it("lets a newer field pass", () => {
    expect(validate({ ...example.data, added_later: 1 })).toBe(true);
  });
});
