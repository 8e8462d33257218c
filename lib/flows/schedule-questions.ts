import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import type { Connection } from "../connection.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import type { ReadItem } from "../ports/provider.ts";
import { schedulesOf } from "../schedule/board.ts";
import { explained, type Decision } from "../schedule/desired.ts";
import { difference, type Difference } from "../schedule/difference.ts";
import { preview, type PreviewEdge } from "../schedule/preview.ts";
import { type PricedServer, savings, type Savings } from "../schedule/savings.ts";
import { selects, type Selectable } from "../schedule/selector.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { inputsAt } from "../schedule/inputs-at.ts";
import { pastOf } from "./kept-versions.ts";
import { ServerPrices } from "./priced-servers.ts";
import { readThrough } from "./read-through.ts";
import { invalid } from "./request-refused.ts";
import { type Drafted, scheduleNamed, type SchedulePorts } from "./schedules.ts";
import { ServerRows } from "./server-rows.ts";
import { type SavingsWarning, savingsWarnings } from "./savings-warnings.ts";
import { serversOf } from "./select-servers.ts";

type QuestionPorts = SchedulePorts & Pick<Ports, "cells">;

const longestDays = 400;
const dayMilliseconds = 86_400_000;
/** What a dry run looks ahead. */
export const draftedDays = 60;
/** Servers that a dry run names. */
const mostNamed = 100;

const projectSchema = z.looseObject({ project: z.string() });

/** A server as schedules choose it. */
export const selectableOf = ({ id, name, tags, raw }: ReadItem, connection: Connection): Selectable => {
  const project = projectSchema.safeParse(raw);
  return {
    id,
    name: name ?? null,
    tags: tags ?? [],
    zone: connection.zone ?? connection.region ?? null,
    project: project.success ? project.data.project : null,
    connection: connection.name,
  };
};

/** A span that may be asked for, in milliseconds since the epoch. @throws RequestRefused 422 */
export const spanOf = (from: string, to: string): { readonly from: number; readonly to: number } => {
  const span = { from: Date.parse(from), to: Date.parse(to) };
  if (span.to <= span.from) throw invalid([{ pointer: "/to", detail: "must be after from" }]);
  if (span.to - span.from > longestDays * dayMilliseconds)
    throw invalid([{ pointer: "/to", detail: `must be at most ${longestDays} days after from` }]);
  return span;
};

/** The edges of a schedule in `[from, to)`, by what it says now; overrides are not among them. @throws RequestRefused */
export const previewSchedule = async (
  name: string,
  span: { readonly from: number; readonly to: number },
  caller: Caller,
  ports: QuestionPorts,
): Promise<readonly PreviewEdge[]> => {
  const { inputs } = await scheduleNamed(name, caller, ports);
  return preview(inputs, name, span.from, span.to);
};

const configured = (schedule: Schedule, ports: QuestionPorts): Connection => {
  const connection = ports.providers.connection(schedule.connection);
  if (connection === null)
    throw invalid([
      { pointer: "/connection", detail: `connection ${schedule.connection} is not configured` },
    ]);
  return connection;
};

const serverNamed = async (connection: Connection, id: string, ports: QuestionPorts): Promise<Selectable> => {
  const request = { path: ["servers", id], filters: {}, limit: 1, cursor: null };
  const answer = await readThrough(connection.name, request, ports);
  const item = answer.form === "item" ? answer.item : { id, raw: null };
  return selectableOf(item, connection);
};

/** Why a server is wanted as it is. */
export type Explained = Decision & {
  readonly at: string;
  readonly server: string;
  /** What puts a command for it off now; null: nothing does, or it was asked about another instant. */
  readonly delayed: {
    readonly action: "on" | "off";
    readonly at: string;
    readonly since: string;
    readonly because: string;
  } | null;
  /** What of an instant of the past is not known any more. */
  readonly unknown: readonly string[];
};

const delayOf = async (
  schedule: Schedule,
  server: string,
  ports: QuestionPorts,
): Promise<Explained["delayed"]> => {
  const rows = new ServerRows(schedule, ports);
  await rows.load([server]);
  const { waiting } = rows.row(server).state;
  if (waiting === null) return null;
  const { action, at, since, because } = waiting;
  return { action, at, since, because };
};

/** Why a server is wanted as it is, at any instant: by what was in force then. @throws RequestRefused 404 for a server that there isn't */
export const explainServer = async (
  name: string,
  server: string,
  at: number | null,
  caller: Caller,
  ports: QuestionPorts,
): Promise<Explained> => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const selectable = await serverNamed(configured(schedule, ports), server, ports);
  const now = ports.clock.now();
  const asked = at ?? now;
  const isPast = asked < now;
  const then = isPast ? inputsAt(inputs, await pastOf(inputs, asked, ports), selectable, asked, name) : null;
  const given = then?.inputs ?? inputs;
  const decision = explained(given, selectable, asked, name);
  const isSelected = decision.schedules.some((one) => one.name === name);
  const delayed = at === null && isSelected ? await delayOf(schedule, server, ports) : null;
  return { ...decision, at: instant(asked), server, delayed, unknown: then?.unknown ?? [] };
};

/** What a schedule saves, as far as prices are known. */
export type ToldSavings = Omit<Savings, "bill_percent"> & {
  /** Null where the whole bill is not known: `warnings` says why. */
  readonly bill_percent: number | null;
  readonly servers: number;
  /** Servers whose price is not known. */
  readonly unpriced: number;
  readonly warnings: readonly SavingsWarning[];
};

/**
 * What a schedule saves over a span, for the servers that it selects now and at the prices of now, by its rules and the
 * exceptions from them. It counts from when
 * the schedule was made, and of a server from when that was: nothing before is its merit.
 */
export const savingsOf = async (
  name: string,
  span: { readonly from: number; readonly to: number },
  caller: Caller,
  ports: QuestionPorts,
): Promise<ToldSavings> => {
  const { schedule, inputs } = await scheduleNamed(name, caller, ports);
  const connection = configured(schedule, ports);
  const prices = new ServerPrices(connection, ports);
  const since = Math.max(span.from, Date.parse(schedule.created_at));
  const servers: PricedServer[] = [];
  let [unpriced, partial, shared] = [0, 0, 0];
  const others = new Set<string>();
  for await (const page of serversOf(connection.name, ports)) {
    for (const item of page) {
      const server = selectableOf(item, connection);
      if (!selects(schedule.select, server)) continue;
      const { priced, isKnown, isWhole } = await prices.of(item, server, since);
      servers.push(priced);
      if (!isKnown) unpriced += 1;
      if (!isWhole) partial += 1;
      const beside = schedulesOf(inputs, server, name).filter((one) => one.name !== name);
      if (beside.length > 0) shared += 1;
      for (const other of beside) others.add(other.name);
    }
  }
  const { bill_percent: bill, ...saved } = savings(inputs, name, servers, span.from, span.to);
  const counted = { unpriced, partial, shared: { servers: shared, schedules: others } };
  return {
    ...saved,
    bill_percent: unpriced + partial === 0 ? bill : null,
    servers: servers.length,
    unpriced,
    warnings: savingsWarnings(schedule, span, counted, ports.clock.now()),
  };
};

/** The servers that a schedule selects now: how many, and some of them. */
export const selectedNow = async (
  schedule: Schedule,
  ports: QuestionPorts,
): Promise<{ readonly count: number; readonly servers: readonly { id: string; name: string | null }[] }> => {
  const connection = configured(schedule, ports);
  const named: { id: string; name: string | null }[] = [];
  let count = 0;
  for await (const page of serversOf(connection.name, ports)) {
    for (const item of page) {
      const server = selectableOf(item, connection);
      if (!selects(schedule.select, server)) continue;
      count += 1;
      if (named.length < mostNamed) named.push({ id: server.id, name: server.name });
    }
  }
  return { count, servers: named };
};

/** What a change would do to the next weeks. Pure. */
export const differenceOf = ({ schedule, before, after }: Drafted, now: number): Difference =>
  difference(before, after, schedule.name, now, now + draftedDays * dayMilliseconds);
