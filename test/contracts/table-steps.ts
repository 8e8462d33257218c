import * as fc from "fast-check";
import { operationStates } from "../../lib/operation/operation.ts";

/** The ids and cell keys that sequences of steps are about: few, so that steps meet. */
export const stepIds = ["op_a", "op_b", "op_größe", "op_服务器", "op_🛰️"] as const;
const stepKeys = ["follower", "budget/paris"] as const;
/** Two of one start, and two whose order by UTF-16 units is not that by bytes. */
const stepNames = ["a", "a/b", "\uff5e", "🛰️"] as const;
export const stepFolders = ["keys", "keys/old"] as const;
export const stepEndpoints = ["ep_1", "0"] as const;

const instance = fc.constantFrom("one", "two");
const id = fc.constantFrom(...stepIds);
/** How far the version that a writer believes in is from the one that stands. */
const belief = fc.constantFrom(0, 0, 0, 0, -1, 1);
const isLost = fc.integer({ min: 0, max: 39 }).map((draw) => draw === 39);

const row = fc.record({
  state: fc.constantFrom(...operationStates),
  connection: fc.constantFrom("paris", "amsterdam"),
  events: fc.integer({ min: 0, max: 2 }),
  isOwed: fc.boolean(),
  /** Milliseconds from now. */
  heldFor: fc.constantFrom(null, null, -60_000, 1, 600_000),
  text: fc.constantFrom("", "größe 服务器 🛰️", "x".repeat(20_000), '"\\\u0000'),
});
type Of<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type StepRow = Of<typeof row>;

/** One thing that is done to a table. Every field is plain data, so that a sequence can be told and shrunk. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("create"), by: instance, id, row, isLost }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("replace"), by: instance, id, row, belief, isLost }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("load"), by: instance, id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("loadMany"), by: instance, ids: fc.array(id) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("due"),
      by: instance,
      /** Milliseconds from now. */
      until: fc.constantFrom(-60_000, 0, 30_000, 700_000, 50 * 86_400_000),
      limit: fc.constantFrom(1, 2, 100),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("list"),
      by: instance,
      filter: fc.constantFrom({}, {}, { state: "failed" }, { connection: "paris" }, { bulkJob: "none" }),
      limit: fc.constantFrom(1, 2, 3, 10),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("save"),
      by: instance,
      key: fc.constantFrom(...stepKeys),
      value: fc.constantFrom(null, 0, "ü", "x"),
      belief,
      isLost,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("cell"), by: instance, key: fc.constantFrom(...stepKeys) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("append"),
      by: instance,
      count: fc.constantFrom(0, 1, 2, 41),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("read"),
      by: instance,
      /** Of all events that can be read, behind which one to go on. */
      behind: fc.nat({ max: 60 }),
      chunks: fc.constantFrom(1, 2, 10),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("readSince"), by: instance, stepsAgo: fc.nat({ max: 12 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("saveDocument"),
      by: instance,
      folder: fc.constantFrom(...stepFolders),
      name: fc.constantFrom(...stepNames),
      value: fc.constantFrom(null, { ü: ["x"] }, "x"),
      /** Seconds from now. */
      expiresIn: fc.constantFrom(null, null, 5, 3_600),
      belief,
      isLost,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("removeDocument"),
      by: instance,
      folder: fc.constantFrom(...stepFolders),
      name: fc.constantFrom(...stepNames),
      belief,
      isLost,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("listDocuments"),
      by: instance,
      folder: fc.constantFrom(...stepFolders),
      limit: fc.constantFrom(1, 2, 10),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("createDelivery", "replaceDelivery"),
      by: instance,
      id,
      endpoint: fc.constantFrom(...stepEndpoints),
      /** Milliseconds from now. */
      dueIn: fc.constantFrom(null, 0, 600_000),
      belief,
      isLost,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("deliveriesOf"),
      by: instance,
      endpoint: fc.constantFrom(...stepEndpoints),
      limit: fc.constantFrom(1, 2, 100),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait"),
      milliseconds: fc.constantFrom(1, 999, 60_000, 29 * 86_400_000, 30 * 86_400_000),
    }),
  },
);
export type Step = Of<typeof step>;

/** A sequence of steps of one length, as a table would meet them in a year of work. */
export const stepsOf = (length: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(step, { minLength: length, maxLength: length, size: "max" });
