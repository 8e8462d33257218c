import type * as z from "zod";
import type { Kind } from "../../lib/operation/kind.ts";
import { itemsOf, type PlannedItems } from "../../lib/bulk/items.ts";
import type { BulkSource, ItemContext, Pieces } from "../../lib/bulk/source.ts";
import { readBy } from "../../lib/flows/faults.ts";
import { instanceKinds } from "../../lib/providers/scaleway-instance/catalogue.ts";

const schemaOf = (kind: Kind): z.ZodType => {
  const offer = instanceKinds.get(kind);
  if (offer === undefined) throw new Error(`The dialect does not offer ${kind}.`);
  return offer.input;
};

/** What a flow gives: the kind's own schema, and a resource where the kind acts on one. */
export const contextOf = (words: Partial<ItemContext> = {}): ItemContext => {
  const kind = words.kind ?? "server.create";
  const schema = words.schema ?? schemaOf(kind);
  const needsResource = instanceKinds.get(kind)?.resourceType === "server";
  return {
    kind,
    schema,
    jobId: "blk_0123456789abcdefghjkmnpqrs",
    zone: "fr-par-1",
    date: "2026-11-02",
    vars: {},
    start: 1,
    check: (input, resourceId) => [
      ...(needsResource && resourceId === null ? [{ pointer: "/resource", detail: "required" }] : []),
      ...(readBy(schema, input, "/input").faults ?? []),
    ],
    ...words,
  };
};

/** Items and faults of a source. */
export const plan = (source: BulkSource, words: Partial<ItemContext> = {}): PlannedItems =>
  itemsOf(source, contextOf(words));

/** A CSV file of servers. */
export const csv = (pieces: Pieces): BulkSource => ({
  form: "csv",
  pieces,
  delimiter: null,
  template: null,
});

export const jsonl = (pieces: Pieces): BulkSource => ({ form: "jsonl", pieces, template: null });

/** What a server needs beside its name. */
export const server = { type: "DEV1-S", image: "ubuntu_noble" };
