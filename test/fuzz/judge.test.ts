import { describe, expect, it } from "vitest";
import { documentJson } from "../http/described.ts";
import { readDocument } from "./api-document.ts";
import { Judge, type Asked } from "./judge.ts";

const judge = new Judge(readDocument(documentJson));
const asked = (path: string, said = ""): Asked => ({
  method: "GET",
  path,
  texts: () => [said],
  isAtEcho: false,
});
const long = "abcdefghij".repeat(9);
const problem = (more: Readonly<Record<string, unknown>> = {}) => ({
  type: "urn:switchyard:problem:NOT_FOUND",
  title: "There is no such thing",
  status: 404,
  detail: "It does not exist.",
  code: "NOT_FOUND",
  request_id: "r-1",
  ...more,
});
const answer = (statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  statusCode,
  headers: { "Content-Type": "application/problem+json", "X-Request-Id": "r-1", ...headers },
  body: JSON.stringify(body),
});
const json = { "Content-Type": "application/json" };

/** Answers that must not be, each with words of what is said of it. */
const bad: readonly (readonly [string, unknown, Asked, RegExp])[] = [
  ["a 5xx", answer(500, problem({ status: 500 })), asked("/v1/operations"), /status 500/],
  ["a status of another route", answer(409, problem({ status: 409 })), asked("/v1/events"), /not described/],
  [
    "a field that is not described",
    answer(200, { status: "ok", more: 1 }, json),
    asked("/healthz"),
    /another answer/,
  ],
  ["a problem of another type", answer(404, problem(), json), asked("/nowhere"), /no problem document/],
  [
    "a problem without a code",
    answer(404, { ...problem(), code: undefined }),
    asked("/nowhere"),
    /not as described/,
  ],
  [
    "a code that changes",
    answer(404, problem({ code: "not found 17" })),
    asked("/nowhere"),
    /not of one name/,
  ],
  ["another status within", answer(404, problem({ status: 400 })), asked("/nowhere"), /another status/],
  [
    "the request, repeated",
    answer(404, problem({ detail: `No ${long}.` })),
    asked("/nowhere", long),
    /come back/,
  ],
  [
    "a header with a line break",
    answer(404, problem(), { "X-A": "a\r\nB: c" }),
    asked("/nowhere"),
    /no header may/,
  ],
  [
    "a header that is not described",
    answer(200, { status: "ok" }, { ...json, "X-A": "1" }),
    asked("/healthz"),
    /header x-a/,
  ],
  [
    "a 401 that does not say how else",
    answer(401, problem({ status: 401 })),
    asked("/v1/events"),
    /WWW-Authenticate/,
  ],
  ["no JSON", { statusCode: 200, headers: json, body: "<html>" }, asked("/healthz"), /no JSON/],
  ["nothing", null, asked("/healthz"), /no answer/],
];

describe("what the judge finds fault with", () => {
  it.each(bad)("%s", (_, value, question, words) => {
    expect(judge.judge(value, question).faults.join("; ")).toMatch(words);
  });

  it("is not what is as described", () => {
    expect(judge.judge(answer(200, { status: "ok" }, json), asked("/healthz")).faults).toEqual([]);
    expect(judge.judge(answer(404, problem()), asked("/nowhere")).faults).toEqual([]);
    const cut = problem({ detail: `No ${long.slice(0, 60)}.` });
    expect(judge.judge(answer(404, cut), asked("/nowhere", long)).faults).toEqual([]);
  });
});
