import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";
import type { Context } from "../context.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { EndWith, misused } from "../failure.ts";
import { verb } from "../verb.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

const readAll = async ({ world }: Context): Promise<string> => {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of world.input.bytes()) text += decoder.decode(chunk, { stream: true });
  return text;
};

const readData = (context: Context, data: string): string | Promise<string> => {
  if (data === "-") return readAll(context);
  if (!data.startsWith("@")) return data;
  try {
    return readFileSync(resolve(context.world.folder, data.slice(1)), "utf8");
  } catch (cause) {
    throw misused(`${data.slice(1)} can't be read`, cause instanceof Error ? cause.message : String(cause));
  }
};

const headersOf = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((line) => {
      const [, name = "", value = ""] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === "") throw misused(`"${line}" is not a header`, "Write it as 'Prefer: wait=20'.");
      return [name.toLowerCase(), value];
    }),
  );

const pathOf = (path: string): string => {
  if (/^[a-z]+:\/\//i.test(path)) throw misused("Only a path of the endpoint is asked", "/v1/operations");
  return path.startsWith("/") ? path : `/${path}`;
};

const isJson = ({ headers }: Response): boolean => /[/+]json\b/.test(headers.get("content-type") ?? "");

/** JSON is laid out for people; everything else goes out as it came. */
const showText = ({ print }: Context, text: string, answer: Response): void => {
  if (text === "") return;
  print.line(isJson(answer) && print.form !== "jsonl" ? JSON.stringify(JSON.parse(text), null, 2) : text);
};

const show = async (context: Context, answer: Response): Promise<void> => {
  if (isJson(answer)) showText(context, await answer.text(), answer);
  else for await (const chunk of answer.body ?? []) await context.world.out.send(chunk);
};

const codeIn = (text: string): string => {
  try {
    return z.looseObject({ code: z.string() }).safeParse(JSON.parse(text)).data?.code ?? "";
  } catch {
    return "";
  }
};

export const apiVerb = verb({
  usage: "api <method> <path>",
  summary: "any request to the API, with the key; the answer goes to standard output as it is",
  flags: [
    ["-d, --data <json>", "the body: JSON, @FILE, or - for standard input"],
    ["-H, --header <line>", "a header, as 'Name: value'; may be repeated", "many"],
  ],
  examples: [
    "switchyard api GET /v1/connections",
    "switchyard api POST /v1/operations -d @operation.json --idempotency-key web-1",
  ],
  options: z.object({ data: z.string().optional(), header: z.array(z.string()).default([]) }),
  run: async (context, [name = "", path = ""], { data, header }) => {
    const method = name.toUpperCase();
    if (!methods.includes(method)) throw misused(`There is no method ${name}`, methods.join(", "));
    const headers = headersOf(header);
    const body = data === undefined ? undefined : await readData(context, data);
    const isChange = method !== "GET" && method !== "HEAD";
    if (isChange && context.flags.dryRun) {
      context.print.line(`would ${method} ${pathOf(path)}${body === undefined ? "" : ` ${body}`}`);
      return;
    }
    const key = method === "POST" ? context.key() : context.flags.idempotencyKey;
    if (method === "POST" && key !== undefined) context.sayKey(key);
    const request = {
      method,
      path: pathOf(path),
      ...(body === undefined
        ? {}
        : { text: { content: body, type: headers["content-type"] ?? "application/json" } }),
      headers,
      idempotencyKey: key,
    };
    const send = () => context.api.send(request);
    const answer = await (isChange ? context.sending(request, send) : send());
    if (answer.ok) return show(context, answer);
    const text = await answer.text();
    showText(context, text, answer);
    throw new EndWith(exitCodeOf(answer.status, codeIn(text)));
  },
});
