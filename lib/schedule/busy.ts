import * as z from "zod";

/** What somebody who was asked before a stop says of a server. `failed`: there was no answer that could be understood. */
export type BusyAnswer =
  | { readonly is: "free" }
  | { readonly is: "busy"; readonly because: string | null }
  | { readonly is: "failed"; readonly because: string };

const longestReason = 200;

/** `busy`: all of the servers that were asked about, none, or those of these ids. */
const bodySchema = z.looseObject({
  busy: z.union([z.boolean(), z.array(z.string())]),
  reason: z.string().optional(),
});

/** Words of somebody else: one line, and not a long one. */
const shown = (text: string): string | null => {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line === "" ? null : Array.from(line).slice(0, longestReason).join("");
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const failed = (because: string): BusyAnswer => ({ is: "failed", because });

/**
 * What an answer says of the servers that were asked about: 409 and 423 mean that they are busy; 2xx with nothing in it
 * that they are not. Whatever can't be understood is a failure, and no permission.
 */
export const readBusy = (status: number, body: string): ((server: string) => BusyAnswer) => {
  const isVeto = status === 409 || status === 423;
  if (!isVeto && (status < 200 || status > 299)) return () => failed(`it was answered with ${status}`);
  if (!isVeto && body.trim() === "") return () => ({ is: "free" });
  const read = bodySchema.safeParse(jsonOf(body));
  if (isVeto) {
    const because = read.success ? shown(read.data.reason ?? "") : null;
    return () => ({ is: "busy", because });
  }
  if (!read.success) return () => failed("the answer does not say whether they are busy");
  const { busy, reason = "" } = read.data;
  const veto: BusyAnswer = { is: "busy", because: shown(reason) };
  return (server) => ((Array.isArray(busy) ? busy.includes(server) : busy) ? veto : { is: "free" });
};
