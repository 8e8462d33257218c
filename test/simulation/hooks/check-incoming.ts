import type { HookCase } from "./checker.ts";

/** A webhook that comes again and again starts what its rule says once; what an answer tells of is there. */
export const checkIncoming = (under: HookCase): void => {
  const { senders } = under.days;
  const told = new Set<string>();
  for (const { id, wanted, operations, missing, held } of senders.sent) {
    for (const operation of operations) told.add(operation);
    if (missing.length > 0) under.breaks("hook", `${id} was told of ${missing.join(", ")}, which had no row`);
    const isHeld = held && operations.size === 0;
    if (isHeld) under.world.sometimes("a webhook was held back");
    if (operations.size !== wanted && !isHeld)
      under.breaks("hook", `${id} started ${operations.size} operations and not ${wanted}`);
  }
  const rows = [...under.yard.table.rows.keys()];
  const unknown = rows.filter((id) => !told.has(id));
  if (unknown.length > 0)
    under.breaks("hook", `${unknown.join(", ")} were started, and nobody knows by whom`);
  if (under.yard.mostWrites > 2)
    under.breaks("writes", `a hook's request took ${under.yard.mostWrites} writes`);
};
