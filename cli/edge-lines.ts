import * as z from "zod";

const edgeSchema = z.looseObject({ local: z.string().optional(), action: z.string().optional() });
/** What a change does to the edges of a schedule, as a dry run says. */
export const differenceSchema = z.looseObject({
  added: z.array(edgeSchema),
  removed: z.array(edgeSchema),
  on_hours: z.looseObject({ before: z.number(), after: z.number() }),
});
type EdgeDifference = z.infer<typeof differenceSchema>;

/** Edges that are shown of a change, at most. */
const mostEdges = 10;

/** `2 more and 0 fewer edges in the next 60 days, hours on 1440 → 471` */
export const edgesLine = ({ added, removed, on_hours: hours }: EdgeDifference): string => {
  const edges = `${added.length} more and ${removed.length} fewer edges in the next 60 days`;
  return `${edges}, hours on ${hours.before} → ${hours.after}`;
};

/** The edges themselves, in order: the first of them. */
export const edgeLines = ({ added, removed }: EdgeDifference): string[] => {
  const shown = (sign: string, edges: typeof added) =>
    edges.flatMap(({ local, action }) =>
      local === undefined || action === undefined ? [] : [{ local, text: `  ${sign} ${action} ${local}` }],
    );
  const all = [...shown("+", added), ...shown("-", removed)].toSorted((one, other) =>
    one.local < other.local ? -1 : 1,
  );
  const lines = all.slice(0, mostEdges).map(({ text }) => text);
  return all.length > mostEdges ? [...lines, `  … and ${all.length - mostEdges} more`] : lines;
};
