import type { JsonObject } from "../operation/json.ts";
import type { Operation } from "../operation/operation.ts";
import { exactEuros } from "./cost.ts";
import type { Letter } from "./tally.ts";

/** Columns of a report, in their order. */
export const reportColumns = [
  "line",
  "key",
  "name",
  "state",
  "attempts",
  "code",
  "message",
  "server_id",
  "ips",
  "zone",
  "started_at",
  "ended_at",
  "eur_per_hour",
  "request_id",
] as const;

/** A line of a report, with its fields in the order of the columns. */
export interface ReportRow {
  readonly line: number | null;
  readonly key: string;
  readonly name: string | null;
  readonly state: ItemState;
  /** How often it was begun. */
  readonly attempts: number;
  readonly code: string | null;
  readonly message: string | null;
  readonly server_id: string | null;
  readonly ips: readonly string[];
  readonly zone: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly eur_per_hour: number | null;
  /** The provider's own for what it has refused, for support tickets; else that of the request. */
  readonly request_id: string | null;
}

/** What is known of an item beside its operation. */
export interface Reported {
  readonly item: {
    /** Of the file, or the number of the item. */
    readonly line: number | null;
    readonly key: string;
    readonly name: string | null;
    readonly zone: string | null;
    readonly eurPerHour: number | null;
  };
  readonly letter: Letter;
  readonly attempt: number;
  /** Of the last attempt; null where there is none, or it is not kept any more. */
  readonly operation: Operation | null;
  /** Why it was skipped or set aside, where no operation says it. */
  readonly why: { readonly code: string; readonly message: string | null } | null;
  /** The server of an item that was skipped because it exists. */
  readonly serverId: string | null;
  readonly ips: readonly string[];
  /** Of the request that has asked for the job. */
  readonly requestId: string | null;
}

const stateOf = {
  p: "pending",
  b: "pending",
  r: "running",
  s: "succeeded",
  f: "failed",
  c: "cancelled",
  k: "skipped",
  a: "needs_attention",
} as const satisfies Record<Letter, string>;
export type ItemState = (typeof stateOf)[Letter];
export const itemStates = [
  "pending",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "skipped",
  "needs_attention",
] as const satisfies readonly ItemState[];

/** The state of an item in words, as the API counts it. */
export const itemStateOf = (letter: Letter): ItemState => stateOf[letter];

const isUnbegun = (letter: Letter): boolean => ["p", "b", "c", "k"].includes(letter);

const serverOf = (operation: Operation | null): string | null =>
  operation?.resource?.type === "server" ? operation.resource.id : null;

/** The line of an item. Nothing of its input is in it but its name and zone, so no secret is. */
export const reportRow = (reported: Reported): ReportRow => {
  const { item, letter, attempt, operation, why, serverId, ips, requestId } = reported;
  // Of what was set aside the row only says that nobody may begin it any more.
  const isSetAside = letter === "f" && operation?.state === "cancelled";
  const error = isSetAside ? null : (operation?.error ?? null);
  const started = operation?.steps.find((step) => step.started_at !== null)?.started_at ?? null;
  return {
    line: item.line,
    key: item.key,
    name: operation?.resource_name ?? item.name,
    state: stateOf[letter],
    attempts: operation === null && isUnbegun(letter) ? attempt - 1 : attempt,
    code: error?.code ?? why?.code ?? null,
    message: error?.detail ?? why?.message ?? null,
    server_id: serverOf(operation) ?? serverId,
    ips,
    zone: item.zone,
    started_at: started,
    ended_at: operation?.ended_at ?? null,
    // Nothing is made for what was skipped.
    eur_per_hour: item.eurPerHour === null || letter === "k" ? null : exactEuros(item.eurPerHour),
    request_id: error?.request_id ?? operation?.request_id ?? requestId,
  };
};

const needsQuotes = /[",\r\n]/;
/** What a spreadsheet may take for a formula, or for the space before one. */
const mayBeFormula = /^[=+\-@\t\r\n]/;

const cell = (value: string): string => {
  const safe = mayBeFormula.test(value) ? `'${value}` : value;
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const textOf = (value: ReportRow[keyof ReportRow]): string => {
  if (value === null) return "";
  return typeof value === "object" ? value.join("|") : String(value);
};

/** First line of a CSV report. */
export const csvHeaderLine = `${reportColumns.join(",")}\r\n`;

/** An item's line of a CSV report (RFC 4180). */
export const csvLine = (row: ReportRow): string =>
  `${reportColumns.map((column) => cell(textOf(row[column]))).join(",")}\r\n`;

/** An item's line of a JSONL report: what is empty in CSV is null, `ips` is a list. */
export const jsonLine = (row: ReportRow): string => {
  const fields: JsonObject = Object.fromEntries(
    reportColumns.map((column) => {
      const value = row[column];
      return [column, typeof value === "object" && value !== null ? [...value] : value];
    }),
  );
  return `${JSON.stringify(fields)}\n`;
};
