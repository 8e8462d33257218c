import * as z from "zod";
import { faultKinds, isFaultName, type FaultName } from "./fault-names.ts";
import type { Draw } from "./randomness.ts";

/**
 * A fault as it is asked for. `match` is `METHOD path` with `*` for anything (`POST x/servers`); `subject` a pattern of
 * the name that it is about: of the server, or of what a create asks for. It strikes `count` times after letting `skip` matching calls
 * pass, each with `probability`.
 */
export const faultSchema = z.strictObject({
  name: z.custom<FaultName>((name) => typeof name === "string" && isFaultName(name), {
    error: (issue) => `unknown fault ${JSON.stringify(issue.input)}`,
  }),
  match: z.string().min(1).optional(),
  subject: z.string().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
  count: z.int().min(1).optional(),
  skip: z.int().min(0).optional(),
  milliseconds: z.number().min(0).optional(),
  items: z.int().min(1).optional(),
  /** For `error`: the type of the dialect's error. */
  type: z.string().min(1).optional(),
});

export type FaultRequest = z.input<typeof faultSchema>;

/** A fault that is switched on, and how often it struck. */
export interface ActiveFault {
  id: string;
  name: FaultName;
  match: string;
  subject: string;
  probability: number;
  left: number | null;
  skip: number;
  milliseconds: number | undefined;
  items: number | undefined;
  type: string | undefined;
  struck: number;
}

/** What a fault is asked about: a call, and the name of the server or of what is to be made. */
export interface Occasion {
  method: string;
  /** Path without query. */
  path: string;
  subject?: string;
}

export interface Faults {
  /** Switches a fault on; returns its id. Throws a ZodError when it is not one. */
  add(request: FaultRequest): string;
  remove(id: string): boolean;
  clear(): void;
  list(): ActiveFault[];
  /** Whether the fault happens on this occasion; counts it when it does. */
  strikes(name: FaultName, occasion: Occasion): ActiveFault | undefined;
  /** Whether any of them asks for a name. */
  haveSubjects(): boolean;
  /** The switch of that name, when it is on; counts nothing. */
  switched(name: FaultName): ActiveFault | undefined;
}

const patternOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);

const toActive = (id: string, request: FaultRequest): ActiveFault => {
  const fault = faultSchema.parse(request);
  const limit = fault.count ?? (fault.name === "permissions_denied" ? fault.items : undefined);
  return {
    id,
    name: fault.name,
    match: fault.match ?? faultKinds[fault.name].match,
    subject: fault.subject ?? "*",
    probability: fault.probability ?? 1,
    left: limit ?? null,
    skip: fault.skip ?? 0,
    milliseconds: fault.milliseconds,
    items: fault.items,
    type: fault.type,
    struck: 0,
  };
};

/** Whether a fault hits everyone who asks, as often as they ask: what an availability page would know of. */
export const isGeneral = (fault: ActiveFault | undefined): fault is ActiveFault =>
  fault !== undefined && fault.probability === 1 && fault.subject === "*" && fault.left === null;

/** Whether the fault is for such a call. */
export const isFor = ({ match }: ActiveFault, method: string, path: string): boolean =>
  match === "*" || patternOf(match).test(`${method} ${path}`);

/** The faults of one simulator; chance comes from `draw`. */
export const createFaults = (draw: Draw): Faults => {
  const active = new Map<string, { fault: ActiveFault; match: RegExp; subject: RegExp }>();
  let added = 0;
  return {
    add(request) {
      added += 1;
      const fault = toActive(`fault-${added}`, request);
      active.set(fault.id, { fault, match: patternOf(fault.match), subject: patternOf(fault.subject) });
      return fault.id;
    },
    remove: (id) => active.delete(id),
    clear: () => active.clear(),
    list: () => structuredClone([...active.values()].map(({ fault }) => fault)),
    strikes(name, occasion) {
      for (const { fault, match, subject } of active.values()) {
        const concerns =
          fault.name === name &&
          fault.left !== 0 &&
          (match.test(`${occasion.method} ${occasion.path}`) || fault.match === "*") &&
          subject.test(occasion.subject ?? "");
        if (!concerns) {
          continue;
        }
        if (fault.skip > 0) {
          fault.skip -= 1;
          continue;
        }
        if (fault.probability < 1 && draw() >= fault.probability) {
          continue;
        }
        fault.struck += 1;
        fault.left = fault.left === null ? null : fault.left - 1;
        return fault;
      }
      return undefined;
    },
    haveSubjects: () => [...active.values()].some(({ fault }) => fault.subject !== "*"),
    switched: (name) =>
      [...active.values()].find(({ fault }) => fault.name === name && fault.left !== 0)?.fault,
  };
};
