import type { InvalidItem } from "../bulk/items.ts";
import type { Ports } from "../ports/ports.ts";
import type { CheckPorts } from "./accept-operation.ts";
import { checkDeletes, readItems, refusedForRows, type BulkAsk, type ReadItems } from "./bulk-request.ts";
import {
  foreseeBulk,
  planBulk,
  type Lacking,
  type Planned,
  type PlanPorts,
  type ToPlan,
} from "./plan-bulk.ts";
import type { RequestFault } from "./request-refused.ts";

const formOf = ({ source }: BulkAsk): ToPlan["form"] => {
  switch (source?.form) {
    case "csv":
    case "jsonl":
      return "rows";
    case "count":
    case "rows":
      return "template";
    case "items":
    case "resources":
    case undefined:
      return "items";
  }
};

const toPlan = (ask: BulkAsk, read: ReadItems, job: string | null): ToPlan => ({
  connection: read.connection,
  kind: ask.kind,
  offer: read.offer,
  items: read.items,
  fingerprint: ask.fingerprint,
  limits: ask.options,
  job,
  form: formOf(ask),
});

/** Whether somebody has to see the plan first: of what is many, and of whatever is deleted. */
export const needsConfirm = ({ kind }: BulkAsk, { items, connection }: ReadItems): boolean =>
  kind.endsWith(".delete") || items.length > connection.confirm_over;

const placePattern = /^\/(?:rows|items)\/(?<place>\d+)/;
const placeOf = ({ pointer }: RequestFault): number =>
  Number(placePattern.exec(pointer)?.groups?.["place"] ?? -1);

/** Each fault once, those of one row together. */
const inOrder = (faults: readonly RequestFault[]): readonly RequestFault[] => {
  const each = new Map(faults.map((fault) => [`${fault.pointer}\n${fault.detail}`, fault]));
  return [...each.values()].toSorted((one, other) => placeOf(one) - placeOf(other));
};

/** Without the items that the provider lacks something for: they are invalid as well. */
const without = (read: ReadItems, lacking: readonly Lacking[]): ReadItems => {
  const why = new Map(lacking.toReversed().map(({ index, fault }) => [index, fault.detail]));
  const fallen = read.items.flatMap((item): InvalidItem[] => {
    const words = why.get(item.index);
    return words === undefined ? [] : [{ ...item, why: words }];
  });
  return {
    ...read,
    items: read.items.filter(({ index }) => !why.has(index)),
    invalid: [...read.invalid, ...fallen].toSorted((one, other) => one.index - other.index),
  };
};

/**
 * Reads a request and plans it; what is wrong with its rows and what the provider does not have is told together.
 * @param job whose own reservation does not stand in its way
 * @throws RequestRefused 422 with all faults, 413, 502, 503
 */
export const readAndPlan = async (
  ask: BulkAsk,
  id: string,
  job: string | null,
  ports: CheckPorts & PlanPorts & Pick<Ports, "providers">,
): Promise<Planned & { readonly read: ReadItems }> => {
  const all = await readItems(ask, id, ports);
  const { foreseen, lacking } = await foreseeBulk(toPlan(ask, all, job), ports);
  const faults = inOrder([...all.faults, ...lacking.map(({ fault }) => fault)]);
  const read = without(all, lacking);
  const isRefused = ask.options.skip_invalid ? read.items.length === 0 : faults.length > 0;
  if (isRefused) throw refusedForRows(faults);
  checkDeletes(ask, read.items.length);
  // What was told for all is not what those cost that are left.
  const told = lacking.length === 0 ? foreseen : null;
  return { ...(await planBulk(toPlan(ask, read, job), ports, told)), read };
};
