import type { Context } from "./context.ts";
import type { View } from "./printer.ts";

const largestPage = 100;

/**
 * Shows a list up to a limit; 0 is no limit. Lines are written as pages come where the form allows it, so that a long
 * list is never held.
 */
export const listSome = async <T>(
  context: Context,
  view: View<T>,
  limit: number,
  pages: (query: Readonly<Record<string, string>>) => AsyncIterable<readonly T[]>,
): Promise<void> => {
  const { print } = context;
  const most = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  const streams = print.form === "jsonl" || print.form === "csv" || print.form === "id";
  const held: T[] = [];
  let count = 0;
  let isCut = false;
  for await (const page of pages({ limit: String(Math.min(most, largestPage)) })) {
    const some = page.slice(0, most - count);
    count += some.length;
    if (streams) for (const item of some) print.each(view, item);
    else held.push(...some);
    isCut = some.length < page.length;
    if (count >= most) {
      isCut = true;
      break;
    }
  }
  if (!streams) print.many(view, held);
  if (isCut) context.say(`${count} shown; --limit 0 shows all.`);
};
