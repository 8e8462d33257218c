import * as z from "zod";
import { isNameBelow } from "../access/key.ts";
import { maySee, type Caller } from "../access/caller.ts";
import { requestOf } from "../hook/draft.ts";
import {
  draftsOf,
  faultsOfHook,
  hookNamePattern,
  hooksFolder,
  namedRules,
  type Hook,
  type HookRequest,
} from "../hook/hook.ts";
import { placeholdersIn } from "../hook/template.ts";
import { instant } from "../operation/time.ts";
import { cursorOf, positionOf, type Listing } from "./cursor.ts";
import { hookIn, loadHook, type StandingHook } from "./hook-documents.ts";
import { faultsOfRequest, type PlanPorts } from "./plan-hook.ts";
import type { Ports } from "../ports/ports.ts";
import { invalid, notFound, RequestRefused, type RequestFault } from "./request-refused.ts";

export type HookSettingsPorts = PlanPorts & Pick<Ports, "documents" | "clock" | "log">;

/** A hook is seen by whoever may see all connections that it may use. */
const isOf = (caller: Caller, { connections }: Hook): boolean =>
  caller.connections === null || (connections !== null && connections.every((name) => maySee(caller, name)));

const conflict = (code: string, detail: string, hint: string): RequestRefused =>
  new RequestRefused({ status: 409, code, title: "The hook can't be written", detail, hint });

const contested = (): RequestRefused =>
  conflict(
    "CONFLICT",
    "Others change this hook at the same time.",
    "Look at it as it is now, then ask again.",
  );

/** What stands in a placeholder's text, or around it, is known only when a webhook comes. */
const isKnownLater = (fault: RequestFault, places: readonly string[]): boolean =>
  places.some((place) => place === fault.pointer || place.startsWith(`${fault.pointer}/`));

/** What can be told now of the operations that the rules would start. */
const faultsOfDrafts = (request: HookRequest, ports: HookSettingsPorts): RequestFault[] =>
  namedRules(request).flatMap((rule, index) =>
    draftsOf(rule).flatMap(({ pointer: at, draft }) => {
      const pointer = `/rules/${index}${at}`;
      const places = placeholdersIn(draft, pointer).map((place) => place.pointer);
      return faultsOfRequest(requestOf(draft), pointer, ports).filter(
        (fault) => !isKnownLater(fault, places),
      );
    }),
  );

/** @throws RequestRefused 422 */
const check = (name: string, request: HookRequest, ports: HookSettingsPorts): void => {
  const faults = faultsOfHook(request);
  if (!hookNamePattern.test(name))
    throw invalid([
      { pointer: "/name", detail: "must be 1 to 64 of letters, digits, dot, _ and -, in the path" },
    ]);
  if (faults.length > 0) throw invalid(faults);
  const later = faultsOfDrafts(request, ports);
  if (later.length > 0) throw invalid(later);
};

/**
 * Whoever is limited to connections stays below the client's own name: then no name says whether somebody else's hook
 * bears it.
 */
const checkName = (name: string, { client, connections }: Caller): void => {
  if (connections === null || isNameBelow(client, name)) return;
  const own = client ?? "";
  const detail = `your key is limited to connections: it names hooks "${own}", or "${own}." and more`;
  throw invalid([{ pointer: "/name", detail }]);
};

const hookOf = (
  name: string,
  request: HookRequest,
  standing: Hook | null,
  caller: Caller,
  now: number,
): Hook => ({
  name,
  version: (standing?.version ?? 0) + 1,
  verify: request.verify,
  rules: namedRules(request),
  dedup: request.dedup ?? null,
  description: request.description ?? null,
  connections: caller.connections === null ? null : [...caller.connections].toSorted(),
  created_by: standing?.created_by ?? caller.id,
  created_at: standing?.created_at ?? instant(now),
  updated_at: instant(now),
});

const tries = 5;

/**
 * Puts a hook under a name, in place of the one that stands there. Its operations may use the connections that the
 * caller may use; `ports` are narrowed to those, so that a foreign connection is as unknown here as one that there isn't.
 * @throws RequestRefused 422 with pointers; 409 when the name is another client's, or others write it at the same time
 */
export const putHook = async (
  name: string,
  request: HookRequest,
  caller: Caller,
  ports: HookSettingsPorts,
): Promise<{ readonly hook: Hook; readonly isNew: boolean }> => {
  check(name, request, ports);
  checkName(name, caller);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const document = await ports.documents.load(hooksFolder, name);
    const standing = document === null ? null : hookIn(document, ports);
    if (document !== null && (standing === null || !isOf(caller, standing)) && caller.connections !== null)
      throw conflict(
        "HOOK_NAME_TAKEN",
        "This name is taken by a hook that the key may not change.",
        "Use another name.",
      );
    const hook = hookOf(name, request, standing, caller, ports.clock.now());
    if (await ports.documents.save(hooksFolder, name, hook, document?.version ?? 0))
      return { hook, isNew: document === null };
  }
  throw contested();
};

const standingFor = async (name: string, caller: Caller, ports: HookSettingsPorts): Promise<StandingHook> => {
  const standing = await loadHook(name, ports);
  if (standing === null || !isOf(caller, standing.hook)) throw notFound(`Hook ${name.slice(0, 64)}`);
  return standing;
};

/** The hook of a name, if the caller may know of it. @throws RequestRefused 404 */
export const getHook = async (name: string, caller: Caller, ports: HookSettingsPorts): Promise<Hook> =>
  (await standingFor(name, caller, ports)).hook;

/** Removes a hook: its webhooks are refused from then on. @throws RequestRefused 404, 409 */
export const deleteHook = async (name: string, caller: Caller, ports: HookSettingsPorts): Promise<void> => {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const { documentVersion } = await standingFor(name, caller, ports);
    if (await ports.documents.remove(hooksFolder, name, documentVersion)) return;
  }
  throw contested();
};

const cursorSchema = z.strictObject({ h: z.string().regex(hookNamePattern) });
const mostReads = 10;

/** Hooks that the caller may know of, by name. @throws RequestRefused 422 for a cursor that is not of this list */
export const listHooks = async (
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
  caller: Caller,
  ports: HookSettingsPorts,
): Promise<Listing<Hook>> => {
  let after = cursor === null ? null : positionOf(cursor, cursorSchema).h;
  const items: Hook[] = [];
  for (let read = 0; read < mostReads; read += 1) {
    const { documents, next } = await ports.documents.list(hooksFolder, after, limit - items.length);
    for (const document of documents) {
      const hook = hookIn(document, ports);
      if (hook !== null && isOf(caller, hook)) items.push(hook);
    }
    after = next;
    if (after === null || items.length === limit) break;
  }
  return { items, nextCursor: after === null ? null : cursorOf({ h: after }) };
};
