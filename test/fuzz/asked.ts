import { Buffer } from "node:buffer";
import * as z from "zod";
import type { Asked } from "./judge.ts";

const eventSchema = z.object({
  rawPath: z.string(),
  rawQueryString: z.string().default(""),
  headers: z.record(z.string(), z.string()).default({}),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
});

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
};

/** All names and texts in a value, however deep they lie; of very many, the first. */
const namesAndTexts = (value: unknown): readonly string[] => {
  const found: string[] = [];
  const left: unknown[] = [value];
  while (left.length > 0 && found.length < 5000) {
    const part = left.pop();
    if (typeof part === "string") found.push(part);
    else if (Array.isArray(part)) left.push(...part.slice(0, 5000));
    else if (typeof part === "object" && part !== null)
      for (const [name, inner] of Object.entries(part)) {
        found.push(name);
        left.push(inner);
      }
  }
  return found;
};

const insideOf = (body: string): readonly string[] => {
  try {
    return namesAndTexts(JSON.parse(body));
  } catch {
    return [];
  }
};

/** What an event asks; null when it is none of the gateway's. */
export const askedOf = (event: unknown): Asked | null => {
  const read = eventSchema.safeParse(event);
  if (!read.success) return null;
  const { rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } = read.data;
  const text = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8").toString("utf8");
  return {
    method: requestContext.http.method,
    path: rawPath,
    isAtEcho: rawPath.includes("echo-") || text.includes("echo-"),
    texts: () => [
      rawPath,
      ...rawPath.split("/").map(decoded),
      rawQueryString,
      ...rawQueryString.split(/[&=]/).map(decoded),
      ...Object.entries(headers).flat(),
      text,
      ...insideOf(text),
    ],
  };
};
