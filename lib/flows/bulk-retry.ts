import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import { boardOf } from "../bulk/board.ts";
import type { BulkJob } from "../bulk/job.ts";
import { retriedStates } from "../bulk/retry-failed.ts";
import { jsonObjectSchema, type JsonObject } from "../operation/json.ts";
import { retryJob } from "./bulk-control.ts";
import { getJob, type BulkPorts } from "./bulk-jobs.ts";
import { chunksOf } from "./bulk-store.ts";
import { invalid } from "./request-refused.ts";
import { itemOperationId } from "./start-item.ts";

/** Which items are tried again, and with which corrections of their inputs. */
export const retryRequestSchema = z
  .strictObject({
    filter: z
      .strictObject({
        codes: z.array(z.string().max(100)).min(1).max(50).exactOptional(),
        states: z.array(z.enum(retriedStates)).min(1).exactOptional(),
        keys: z.array(z.string().max(200)).min(1).max(10_000).exactOptional(),
      })
      .exactOptional(),
    patch: z
      .record(z.string(), jsonObjectSchema)
      .exactOptional()
      .meta({ description: "By item key: fields that are laid over the item's input." }),
    patch_all: jsonObjectSchema
      .exactOptional()
      .meta({ description: "Fields that are laid over the input of each of them: another zone, say." }),
  })
  .meta({ id: "RetryBulkJob" });
export type RetryRequest = z.infer<typeof retryRequestSchema>;

/** The items of those keys. @throws RequestRefused for a key that no item has */
const itemsOfKeys = async (
  job: BulkJob,
  keys: ReadonlySet<string>,
  ports: BulkPorts,
): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  if (keys.size === 0) return found;
  for await (const chunk of chunksOf(job, ports))
    for (const { key, index } of chunk.items) if (keys.has(key)) found.set(key, index);
  const missing = [...keys].filter((key) => !found.has(key));
  if (missing.length > 0)
    throw invalid(
      missing.map((key) => ({ pointer: "", detail: `no item of the job has the key ${key.slice(0, 80)}` })),
    );
  return found;
};

/** Items that needed attention and that a person has since given up: they are tried again as if they had failed. */
const resolved = async (job: BulkJob, ports: BulkPorts): Promise<ReadonlySet<number>> => {
  const board = boardOf(job);
  const waiting = new Set(board.letters.items("a"));
  const ids = new Map<string, number>();
  if (waiting.size === 0) return waiting;
  for await (const chunk of chunksOf(job, ports))
    for (const { key, index } of chunk.items)
      if (waiting.has(index))
        ids.set(itemOperationId(ports.deployment, job, key, board.attempts.at(index)), index);
  const rows = await ports.operations.loadMany([...ids.keys()]);
  return new Set(
    rows.flatMap(({ id, state }) => {
      const index = ids.get(id);
      return state === "failed" && index !== undefined ? [index] : [];
    }),
  );
};

/** Tries items again that have failed. @returns the job, and how many they are. @throws RequestRefused 404, 409, 410, 422 */
export const retryItems = async (
  id: string,
  { filter = {}, patch = {}, patch_all: all }: RetryRequest,
  caller: Caller,
  ports: BulkPorts,
): Promise<{ readonly job: BulkJob; readonly count: number }> => {
  const job = await getJob(id, caller, ports);
  const wanted = new Set([...(filter.keys ?? []), ...Object.keys(patch)]);
  const byKey = await itemsOfKeys(job, wanted, ports);
  const patches = new Map<number, JsonObject>();
  for (const [key, change] of Object.entries(patch)) {
    const index = byKey.get(key);
    if (index !== undefined) patches.set(index, change);
  }
  const { keys } = filter;
  const items = keys === undefined ? null : new Set(keys.flatMap((key) => byKey.get(key) ?? []));
  return retryJob(
    id,
    {
      states: filter.states ?? ["failed"],
      codes: filter.codes ?? null,
      items,
      resolved: await resolved(job, ports),
      patch: all ?? null,
      patches,
    },
    caller,
    ports,
  );
};
