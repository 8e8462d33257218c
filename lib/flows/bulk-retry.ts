import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import { boardOf } from "../bulk/board.ts";
import { plainTexts } from "../bulk/correction.ts";
import type { BulkJob } from "../bulk/job.ts";
import { chosenItems, retriedStates, retryFailed, type Retry } from "../bulk/retry-failed.ts";
import { jsonObjectSchema, type JsonObject } from "../operation/json.ts";
import { pointerTo, type Fault } from "../operation/pointer.ts";
import { retryJob } from "./bulk-control.ts";
import { getJob, type BulkPorts } from "./bulk-jobs.ts";
import { chunksOf } from "./bulk-store.ts";
import { checkCorrections } from "./check-corrections.ts";
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
    patch: z.record(z.string(), jsonObjectSchema).exactOptional().meta({
      description:
        "By item key: fields that are laid over the item's input, above those of `patch_all` and in the place of those of an earlier correction; null takes an earlier correction of a field back.",
    }),
    patch_all: jsonObjectSchema.exactOptional().meta({
      description:
        "Fields that are laid over the input of each of them: another zone, say. Null takes an earlier correction of a field back.",
    }),
  })
  .meta({ id: "RetryBulkJob" });
export type RetryRequest = z.infer<typeof retryRequestSchema>;

/** Keys that are named, and where. */
type Named = ReadonlyMap<string, string>;

const namedBy = ({ filter = {}, patch = {} }: RetryRequest): Named =>
  new Map([
    ...(filter.keys ?? []).map((key, at) => [key, pointerTo("filter", "keys", at)] as const),
    ...Object.keys(patch).map((key) => [key, pointerTo("patch", key)] as const),
  ]);

/** The items of those keys. @throws RequestRefused for a key that no item has */
const itemsOfKeys = async (
  job: BulkJob,
  keys: Named,
  ports: BulkPorts,
): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  if (keys.size === 0) return found;
  for await (const chunk of chunksOf(job, ports))
    for (const { key, index } of chunk.items) if (keys.has(key)) found.set(key, index);
  const missing = [...keys].filter(([key]) => !found.has(key));
  if (missing.length > 0)
    throw invalid(
      missing.map(([key, pointer]) => ({
        pointer,
        detail: `no item of the job has the key ${key.slice(0, 80)}`,
      })),
    );
  return found;
};

/** Corrections as they are meant, by item, and what is wrong with their texts. */
const correctionsOf = ({ patch = {}, patch_all: all }: RetryRequest, byKey: ReadonlyMap<string, number>) => {
  const faults: Fault[] = [];
  const read = (correction: JsonObject, place: string): JsonObject => {
    const plain = plainTexts(correction, place);
    faults.push(...plain.faults);
    return plain.correction;
  };
  const patches = new Map<number, JsonObject>();
  for (const [key, correction] of Object.entries(patch)) {
    const index = byKey.get(key);
    if (index !== undefined) patches.set(index, read(correction, pointerTo("patch", key)));
  }
  return { patch: all === undefined ? null : read(all, "/patch_all"), patches, faults };
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

/**
 * Tries items again that have failed. The inputs of those that are corrected are checked before, as those of a new job are.
 * @returns the job, and how many they are. @throws RequestRefused 404, 409, 410, 422
 */
export const retryItems = async (
  id: string,
  request: RetryRequest,
  caller: Caller,
  ports: BulkPorts,
): Promise<{ readonly job: BulkJob; readonly count: number }> => {
  const { filter = {} } = request;
  const job = await getJob(id, caller, ports);
  const byKey = await itemsOfKeys(job, namedBy(request), ports);
  const { faults, ...corrections } = correctionsOf(request, byKey);
  const { keys } = filter;
  const retry: Retry = {
    states: filter.states ?? ["failed"],
    codes: filter.codes ?? null,
    items: keys === undefined ? null : new Set(keys.flatMap((key) => byKey.get(key) ?? [])),
    resolved: await resolved(job, ports),
    ...corrections,
  };
  const isCorrected = retry.patch !== null || retry.patches.size > 0;
  // What a job in this state does not do at all is refused for that, whatever the corrections say.
  const isRefused = retryFailed(job, retry, ports.clock.now()).refused !== null;
  if (!isCorrected || isRefused) return retryJob(id, retry, caller, ports);
  const tried = new Set(chosenItems(job, retry));
  await checkCorrections(job, tried, corrections, faults, ports);
  // Only what was looked at: another item that fails meanwhile is not corrected unseen.
  return retryJob(id, { ...retry, items: tried }, caller, ports, job);
};
