import { boardOf, patchOf, type Board } from "../bulk/board.ts";
import { usualLimits } from "../bulk/bulk-limits.ts";
import { correctedItem, correctionAfter, placeOfCorrection, type Given } from "../bulk/correction.ts";
import { FaultList } from "../bulk/fault-list.ts";
import { InputShape } from "../bulk/input-shape.ts";
import { pathOfPointer } from "../bulk/item-places.ts";
import { ItemNames } from "../bulk/item-names.ts";
import type { PlannedItem } from "../bulk/item.ts";
import type { BulkJob } from "../bulk/job.ts";
import type { Retry } from "../bulk/retry-failed.ts";
import type { JsonObject } from "../operation/json.ts";
import { offerFor } from "./accept-operation.ts";
import type { BulkPorts } from "./bulk-jobs.ts";
import { faultsOfOne, refusedForRows } from "./bulk-request.ts";
import { chunksOf } from "./bulk-store.ts";
import { foreseeCreates, matters } from "./foresee-creates.ts";
import type { RequestFault } from "./request-refused.ts";

type Corrections = Pick<Retry, "patch" | "patches">;

/** An item with what would be laid over its input. */
interface Corrected {
  readonly item: PlannedItem;
  readonly given: Given;
  readonly input: JsonObject;
  /** Whether it would be tried again; else it only serves to look at the fields of a correction. */
  readonly isTried: boolean;
}

const labelOf = ({ line, index }: PlannedItem): string =>
  line === null ? `item ${index + 1}` : `line ${line}`;

/** Looks at the corrected inputs of one request as the request of a job is looked at. */
class CorrectionCheck {
  readonly faults = new FaultList(usualLimits.faults);
  readonly faulty = new Set<number>();
  readonly #job: BulkJob;
  readonly #board: Board;
  readonly #asked: Corrections;
  readonly #shape: InputShape;

  readonly #told: readonly string[];

  constructor(job: BulkJob, asked: Corrections, shape: InputShape, told: readonly RequestFault[]) {
    this.#job = job;
    this.#board = boardOf(job);
    this.#asked = asked;
    this.#shape = shape;
    this.#told = told.map(({ pointer }) => pointer);
    for (const fault of told) this.faults.add(fault);
  }

  corrected(item: PlannedItem, isTried: boolean): Corrected {
    const { patch: all, patches } = this.#asked;
    const own = patches.get(item.index) ?? null;
    const correction = correctionAfter(patchOf(this.#job, this.#board, item.index), all, own);
    const input = { ...item.input, ...this.#nonsense({ ...all, ...own }), ...correction };
    return { item, given: { all, own, key: item.key }, input, isTried };
  }

  /** An item that no correction is made of now. */
  standing(item: PlannedItem): PlannedItem {
    return correctedItem(item, patchOf(this.#job, this.#board, item.index));
  }

  /** Fields that are to be taken back and were never there: the schema says what is wrong with them. */
  #nonsense(asked: JsonObject): JsonObject {
    const isUnknown = (name: string): boolean =>
      this.#shape.at([name]) === null && !this.#job.patches.some((one) => Object.hasOwn(one, name));
    return Object.fromEntries(
      Object.entries(asked).filter(([name, value]) => value === null && isUnknown(name)),
    );
  }

  /** Notes a fault of a corrected item: one that lies in what is for all of them once. */
  say({ item, given, isTried }: Corrected, path: readonly string[], words: string): void {
    const { pointer, detail, isSaidThere } = placeOfCorrection(given, path, words);
    // What is wrong beside it with an item that nobody tries again is no matter.
    if (!isTried && !isSaidThere) return;
    this.faulty.add(item.index);
    if (this.#told.some((one) => one === pointer || one.startsWith(`${pointer}/`))) return;
    const told = isSaidThere ? detail : `${labelOf(item)}: ${detail}`;
    this.faults.addOnce(`${pointer}\n${told}`, { pointer, detail: told });
  }
}

/** The items of a job that are given corrections, and the names that the others have. */
interface Read {
  readonly corrected: readonly Corrected[];
  readonly others: readonly PlannedItem[];
}

const readCorrected = async (
  job: BulkJob,
  check: CorrectionCheck,
  tried: ReadonlySet<number>,
  { patch, patches }: Corrections,
  ports: BulkPorts,
): Promise<Read> => {
  const corrected: Corrected[] = [];
  const others: PlannedItem[] = [];
  // With nothing to try again a correction for all is looked at over any item.
  let needsSample = patch !== null && tried.size === 0;
  for await (const chunk of chunksOf(job, ports))
    for (const item of chunk.items) {
      if (item.why !== undefined) continue;
      const isTried = tried.has(item.index);
      const isSample = !isTried && (needsSample || patches.has(item.index));
      if (isSample) needsSample = false;
      if (isTried || isSample) corrected.push(check.corrected(item, isTried));
      if (!isTried) others.push(check.standing(item));
    }
  return { corrected, others };
};

/** New names must be such as a job takes, and nobody's else. */
const checkNames = (job: BulkJob, check: CorrectionCheck, { corrected, others }: Read): void => {
  const isNamed = ({ given: { all, own } }: Corrected): boolean => Object.hasOwn({ ...all, ...own }, "name");
  if (!corrected.some(isNamed)) return;
  const names = new ItemNames(job.kind);
  for (const item of others) if (item.name !== null) names.take(item.name, false, labelOf(item));
  for (const one of corrected.toSorted((a, b) => Number(isNamed(a)) - Number(isNamed(b)))) {
    const name = one.input["name"];
    if (typeof name !== "string" || (!one.isTried && !isNamed(one))) continue;
    const taken = one.isTried ? names : new ItemNames(job.kind);
    const fault = taken.take(name, false, labelOf(one.item));
    if (fault !== null && isNamed(one)) check.say(one, ["name"], fault);
  }
};

/** What the provider does not have, where a correction changes what is asked of it. */
const checkProvider = async (
  job: BulkJob,
  check: CorrectionCheck,
  { corrected }: Read,
  ports: BulkPorts,
): Promise<void> => {
  const changed = corrected.filter(
    ({ item, isTried, given: { all, own } }) =>
      isTried && !check.faulty.has(item.index) && Object.keys({ ...all, ...own }).some(matters),
  );
  if (job.kind !== "server.create" || changed.length === 0) return;
  const { connection } = offerFor(job, ports);
  const inputs = changed.map(({ input }) => input);
  const { faults } = await foreseeCreates(connection, inputs, ports, job.id);
  for (const { item, field, detail } of faults) {
    const one = changed[item];
    if (one !== undefined) check.say(one, field, detail);
  }
};

/**
 * Looks at the inputs that items would be tried again with, as at those of a new job. Writes nothing.
 * @param tried exactly the items that would be tried again
 * @param told what is wrong with the corrections' texts already
 * @throws RequestRefused 422 with all that is wrong, at `/patch_all/…` and `/patch/{key}/…`
 */
export const checkCorrections = async (
  job: BulkJob,
  tried: ReadonlySet<number>,
  asked: Corrections,
  told: readonly RequestFault[],
  ports: BulkPorts,
): Promise<void> => {
  const { offer } = offerFor(job, ports);
  const check = new CorrectionCheck(job, asked, new InputShape(offer.input), told);
  const read = await readCorrected(job, check, tried, asked, ports);
  for (const one of read.corrected) {
    for (const { pointer, detail } of faultsOfOne(job, offer, one.input, one.item.resourceId, ports)) {
      const [root, ...path] = pathOfPointer(pointer);
      check.say(one, root === "input" ? path : [], detail);
    }
  }
  checkNames(job, check, read);
  if (told.length === 0) await checkProvider(job, check, read, ports);
  const faults = check.faults.list();
  if (faults.length > 0)
    throw refusedForRows(faults, "Mend them and send it again; nothing has been tried again.");
};
