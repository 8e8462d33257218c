import { hookNamePattern, hookSchema, hooksFolder, type Hook } from "../hook/hook.ts";
import type { Document } from "../ports/documents.ts";
import type { Ports } from "../ports/ports.ts";

/** A hook and the version of its document, on which the next write depends. */
export interface StandingHook {
  readonly hook: Hook;
  readonly documentVersion: number;
}

/** The hook in a document; null, and a line in the log, when it can't be read (a later version has written it, say). */
export const hookIn = ({ name, value }: Document, { log }: Pick<Ports, "log">): Hook | null => {
  const parsed = hookSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  log.error("a hook's document can't be read", { hook: name, error: parsed.error.message });
  return null;
};

/** The hook of a name; null: there is none, or what there is can't be read. */
export const loadHook = async (
  name: string,
  ports: Pick<Ports, "documents" | "log">,
): Promise<StandingHook | null> => {
  if (!hookNamePattern.test(name)) return null;
  const document = await ports.documents.load(hooksFolder, name);
  const hook = document === null ? null : hookIn(document, ports);
  return document === null || hook === null ? null : { hook, documentVersion: document.version };
};
