import type { PlannedItem } from "../bulk/item.ts";
import type { JobPlan } from "../bulk/job.ts";
import { planHashOf } from "../bulk/plan-hash.ts";
import type { Connection } from "../connection.ts";
import type { Kind } from "../operation/kind.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { KindOffer } from "../ports/provider.ts";
import { foreseeCreates, type Foreseen, type ForeseePorts } from "./foresee-creates.ts";
import { RequestRefused, type RequestFault } from "./request-refused.ts";

export type PlanPorts = ForeseePorts & Pick<Ports, "budget">;

/** What a plan is made of. */
export interface ToPlan {
  readonly connection: Connection;
  readonly kind: Kind;
  readonly offer: KindOffer;
  readonly items: readonly PlannedItem[];
  /** Of the request: a plan of something else has another hash. */
  readonly fingerprint: string;
  readonly limits: { readonly max_eur_per_hour?: number; readonly max_eur_per_month?: number };
  /** The job that it is for, whose own reservation doesn't stand in its way; null: none yet. */
  readonly job: string | null;
  /** Whether the items came as rows of a file, as `items`, or from one template. */
  readonly form: "rows" | "items" | "template";
}

/** A plan, and what the provider has told for it. */
export interface Planned {
  readonly plan: JobPlan;
  readonly foreseen: Foreseen;
}

const nothingForeseen: Foreseen = {
  faults: [],
  warnings: [],
  quotas: [],
  eurPerHourEach: [],
  eurPerHour: null,
  eurPerMonth: null,
  stock: {},
};

/** Where a fault of an item stands in the request, and how it is told there. */
const placed = (
  { items, form }: ToPlan,
  { item, field, detail }: Foreseen["faults"][number],
): RequestFault => {
  const planned = items[item];
  const path = field.length === 0 ? "" : `/${field.join(".")}`;
  if (planned === undefined || form === "template") return { pointer: `/template${path}`, detail };
  if (planned.line !== null)
    return { pointer: `/rows/${planned.line}${path}`, detail: `line ${planned.line}: ${detail}` };
  return { pointer: `/items/${planned.index}${path}`, detail: `item ${planned.index + 1}: ${detail}` };
};

const unique = (faults: readonly RequestFault[]): readonly RequestFault[] => [
  ...new Map(faults.map((fault) => [`${fault.pointer}\n${fault.detail}`, fault])).values(),
];

const refusedFor = (faults: readonly RequestFault[]): RequestRefused =>
  new RequestRefused({
    status: 422,
    code: "INVALID_REQUEST",
    title: "The provider has not what is asked for",
    detail: `${faults[0]?.detail ?? ""}${faults.length > 1 ? `; and ${faults.length - 1} more` : ""}`,
    faults,
  });

/** The refusal of what would cost more than it may, or may do so because its price is not known; null: neither. */
const overBudget = ({ limits }: ToPlan, foreseen: Foreseen): RequestRefused | null => {
  const asked = [
    ["max_eur_per_hour", limits.max_eur_per_hour, foreseen.eurPerHour, "an hour"],
    ["max_eur_per_month", limits.max_eur_per_month, foreseen.eurPerMonth, "a month"],
  ] as const;
  const faults = asked.flatMap(([name, most, euros, span]): RequestFault[] => {
    if (most === undefined || (euros !== null && euros <= most)) return [];
    const cost = euros === null ? "the price is not known" : `the items would cost ${euros} EUR ${span}`;
    return [{ pointer: `/${name}`, detail: `${name} is ${most}, and ${cost}` }];
  });
  if (faults.length === 0) return null;
  const isKnown = foreseen.eurPerHour !== null;
  return new RequestRefused({
    status: 422,
    code: isKnown ? "TOO_EXPENSIVE" : "PRICE_UNKNOWN",
    title: isKnown ? "The items would cost more than they may" : "The items may cost more than they may",
    detail: faults.map(({ detail }) => detail).join("; "),
    faults,
    hint: isKnown
      ? "Ask for less, or allow more."
      : "Put the prices into the connection (prices), or leave the limit out.",
  });
};

/** Calls that begin something, of all items together. */
const callsOf = ({ offer, items }: ToPlan): number =>
  items.reduce((sum, { input }) => sum + offer.steps(input).filter(({ mode }) => mode !== "watch").length, 0);

const sameForAll = (euros: readonly (number | null)[]): number | null => {
  const [first = null] = euros;
  return first !== null && euros.every((each) => each === first) ? first : null;
};

const warningsOf = ({ warnings }: Foreseen): string[] =>
  warnings.map(({ code, detail }) => `${code}: ${detail}`);

/** What the provider does not have of what is asked for: which of the items, and how it is told. */
export interface Lacking {
  readonly index: number;
  readonly fault: RequestFault;
}

/** Asks the provider about the items, and tells what of them it does not have. Writes nothing. */
export const foreseeBulk = async (
  asked: ToPlan,
  ports: PlanPorts,
): Promise<{ readonly foreseen: Foreseen; readonly lacking: readonly Lacking[] }> => {
  const { connection, kind, items, job } = asked;
  if (kind !== "server.create") return { foreseen: nothingForeseen, lacking: [] };
  const inputs = items.map(({ input }) => input);
  const foreseen = await foreseeCreates(connection, inputs, ports, job ?? undefined);
  const lacking = foreseen.faults.flatMap((fault) => {
    const index = items[fault.item]?.index;
    return index === undefined ? [] : [{ index, fault: placed(asked, fault) }];
  });
  return { foreseen, lacking };
};

/**
 * What a job would do, cost and take. Writes nothing.
 * @param told what the provider has told of the items already
 * @throws RequestRefused 422 for what the provider does not have, and `TOO_EXPENSIVE` or `PRICE_UNKNOWN` where a limit of
 *   the request does not allow it
 */
export const planBulk = async (
  asked: ToPlan,
  ports: PlanPorts,
  told: Foreseen | null = null,
): Promise<Planned> => {
  const { connection, items, fingerprint } = asked;
  const { foreseen, lacking } =
    told === null ? await foreseeBulk(asked, ports) : { foreseen: told, lacking: [] };
  const faults = unique(lacking.map(({ fault }) => fault));
  if (faults.length > 0) throw refusedFor(faults);
  const tooDear = overBudget(asked, foreseen);
  if (tooDear !== null) throw tooDear;
  const { allowedPerSecond } = await ports.budget.standing(connection.name, connection.rate_per_second);
  const each = sameForAll(foreseen.eurPerHourEach);
  const resources = items.flatMap(({ resourceId }) => (resourceId === null ? [] : [resourceId]));
  const plan: JobPlan = {
    plan_hash: planHashOf({
      input: { request: fingerprint, resources },
      prices: [...foreseen.eurPerHourEach],
      stock: { ...foreseen.stock },
    }),
    eur_per_hour: foreseen.eurPerHour,
    eur_per_month: foreseen.eurPerMonth,
    ...(each === null ? {} : { eur_per_hour_each: each }),
    duration_seconds: Math.ceil(callsOf(asked) / Math.max(allowedPerSecond, 0.001)),
    warnings: warningsOf(foreseen),
    planned_at: instant(ports.clock.now()),
  };
  return { plan, foreseen };
};
