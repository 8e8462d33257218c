import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { misused } from "./failure.ts";
import { readFields } from "./fields.ts";
import type { ApiRequest } from "./api.ts";
import type { Context } from "./context.ts";
import { spool } from "./spool.ts";
import type { UploadedFile } from "./upload.ts";

export const formats = ["csv", "jsonl", "json"] as const;
export type Format = (typeof formats)[number];

const types: Readonly<Record<Format, string>> = {
  csv: "text/csv",
  jsonl: "application/jsonl",
  json: "application/json",
};

/** What of a request to plan or to start a job depends on what was given: rows of a file, or a template. */
export type BulkBody = Pick<ApiRequest, "query" | "json" | "file">;

/** Which servers: all of the tags, one of the names (globs), one of the ids. */
export interface Selection {
  readonly tags?: readonly string[];
  readonly names?: readonly string[];
  readonly ids?: readonly string[];
}

/** The job's settings, in the API's names; they go into the body, or beside the rows of a file. */
export interface BulkSettings {
  readonly connection: string | undefined;
  readonly kind: string | undefined;
  readonly others: Readonly<Record<string, unknown>>;
}

const formatOfName = (file: string): Format | null => {
  const [, extension = ""] = /\.([a-z]+)$/i.exec(file) ?? [];
  const known: Readonly<Record<string, Format>> = {
    csv: "csv",
    tsv: "csv",
    jsonl: "jsonl",
    ndjson: "jsonl",
    json: "json",
  };
  return known[extension.toLowerCase()] ?? null;
};

/** JSON begins with a bracket; in JSON lines the first line is whole. */
const formatOfText = (start: string): Format => {
  const text = start.replace(/^\uFEFF/, "").trimStart();
  if (text.startsWith("[")) return "json";
  if (!text.startsWith("{")) return "csv";
  const [line = "", ...rest] = text.split("\n");
  try {
    JSON.parse(line);
    return rest.some((other) => other.trim() !== "") ? "jsonl" : "json";
  } catch {
    return "json";
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const jsonBody = (text: string, name: string, { connection, kind, others }: BulkSettings): BulkBody => {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw misused(`${name} is not JSON`, cause instanceof Error ? cause.message : String(cause));
  }
  const document = Array.isArray(value) ? { items: value } : value;
  if (!isObject(document)) throw misused(`${name} is neither a list of items nor a job`);
  const given = {
    ...(connection === undefined ? {} : { connection }),
    ...(kind === undefined ? {} : { kind }),
  };
  return { json: { kind: "server.create", ...document, ...given, ...others } };
};

const asQuery = (settings: BulkSettings): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      connection: settings.connection,
      kind: settings.kind ?? "server.create",
      ...settings.others,
    })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
  );

/** @throws CliFailure when it is not there, or not a file that can be read */
const openFile = async (path: string, name: string, type: string): Promise<UploadedFile> => {
  try {
    await access(path, constants.R_OK);
    const found = await stat(path);
    if (!found.isFile()) throw new Error("It is not a file.");
    return { path, bytes: found.size, type };
  } catch (cause) {
    throw misused(`${name} can't be read`, cause instanceof Error ? cause.message : String(cause));
  }
};

/** Rows are sent from the file as it lies there; only a JSON document is read, to be completed by the flags. */
const bodyOfFile = async (
  context: Context,
  file: string,
  format: Format | undefined,
  settings: BulkSettings,
): Promise<BulkBody> => {
  const fromInput = file === "-" ? await spool(context.world) : null;
  const name = fromInput === null ? file : "standard input";
  const path = fromInput?.path ?? resolve(context.world.folder, file);
  const found = format ?? (fromInput === null ? formatOfName(file) : formatOfText(fromInput.start));
  if (found === null)
    throw misused(
      `What is in ${file}?`,
      `Call it .csv, .jsonl or .json, or say --format ${formats.join("|")}.`,
    );
  const opened = await openFile(path, name, types[found]);
  if (found === "json") return jsonBody(await readFile(path, "utf8"), name, settings);
  return { query: asQuery(settings), file: opened };
};

/** `--count 25 name=web-{{index}} type=DEV1-S`: so many of one template. */
const bodyOfTemplate = (
  operands: readonly string[],
  count: number,
  { connection, kind, others }: BulkSettings,
): BulkBody => ({
  json: { connection, kind: kind ?? "server.create", count, template: readFields(operands), ...others },
});

/** `--kind server.stop --tag env=dev`: all that fit, as they are found when it is planned. */
const bodyOfSelection = (
  select: Selection,
  operands: readonly string[],
  { connection, kind, others }: BulkSettings,
): BulkBody => {
  for (const words of [select.tags, select.names, select.ids])
    if (words?.some((word) => word.trim() === "") === true)
      throw misused("An empty filter would mean everything");
  const input = operands.length === 0 ? {} : { input: readFields(operands) };
  return { json: { connection, kind, select, ...input, ...others } };
};

/** What was given to say what the items are. */
export interface BulkGiven {
  readonly file: string | undefined;
  readonly format: Format | undefined;
  readonly count: number | undefined;
  readonly select: Selection;
  readonly operands: readonly string[];
}

const examples = [
  "switchyard bulk submit -f servers.csv",
  "switchyard bulk submit --count 25 name=web-{{index:02}} type=DEV1-S image=ubuntu_noble",
  "switchyard bulk submit --kind server.stop --tag env=dev",
];

/** What is to be planned or started. @throws CliFailure when it is said in no way or in several, or can't be read */
export const readBulkBody = async (
  context: Context,
  { file, format, count, select, operands }: BulkGiven,
  settings: BulkSettings,
): Promise<BulkBody> => {
  const selects = Object.keys(select).length > 0;
  const ways = [file !== undefined, count !== undefined, selects].filter(Boolean).length;
  if (ways > 1) throw misused("A file, --count and a selection say different things", ...examples);
  if (selects && settings.kind === undefined)
    throw misused("What is to be done with them?", "--kind server.stop");
  if (selects) return bodyOfSelection(select, operands, settings);
  if (file !== undefined) {
    const template = operands.length === 0 ? {} : { template: readFields(operands) };
    return bodyOfFile(context, file, format, { ...settings, others: { ...template, ...settings.others } });
  }
  if (count === undefined || operands.length === 0) throw misused("What is to be done?", ...examples);
  return bodyOfTemplate(operands, count, settings);
};
