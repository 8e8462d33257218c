import * as z from "zod";
import { faultsOf } from "../flows/faults.ts";
import { pointerTo } from "../flows/pointer.ts";
import { invalid, type RequestFault } from "../flows/request-refused.ts";

/** The query's parameters by their name, each once. @throws RequestRefused 422, each fault at `/name` */
export const readQuery = <Q extends z.ZodObject>(
  schema: Q,
  pairs: readonly (readonly [string, string])[],
): z.infer<Q> => {
  const faults: RequestFault[] = [];
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const pointer = pointerTo(name);
    if (values.has(name)) faults.push({ pointer, detail: "is given twice" });
    else if (/\p{Cc}/u.test(value)) faults.push({ pointer, detail: "must not hold control characters" });
    // zod passes over it where other unknown names are refused.
    else if (name === "__proto__") faults.push({ pointer, detail: "unknown parameter" });
    values.set(name, value);
  }
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (parsed.success && faults.length === 0) return parsed.data;
  const more = parsed.success ? [] : faultsOf(parsed.error, "", Object.keys(schema.shape));
  throw invalid([
    ...faults,
    ...more.map(({ pointer, detail }) => ({
      pointer,
      detail: detail.replace(/^unknown field/, "unknown parameter"),
    })),
  ]);
};
