import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  csvHeaderLine,
  csvLine,
  jsonLine,
  reportColumns,
  reportRow,
  type Reported,
} from "../../lib/bulk/report.ts";
import { letters } from "../../lib/bulk/tally.ts";
import { problem } from "../../lib/operation/problem.ts";
import { anOperation } from "../operations.ts";

const ended = "2026-11-02T08:00:31.000Z";
const reported = (fields: Partial<Reported> = {}): Reported => ({
  item: { line: 2, key: "a", name: "web-1", zone: "fr-par-1", eurPerHour: 0.1 + 0.2 },
  letter: "s",
  attempt: 1,
  operation: anOperation({
    state: "succeeded",
    resource: { type: "server", id: "6f1f7b1a" },
    resource_name: "web-1",
    request_id: "req_op",
    ended_at: ended,
    input: { name: "web-1", cloud_init: "swordfish", account_password: "env:SECRET" },
    steps: [
      {
        name: "create",
        mode: "once",
        goal: "answered",
        state: "done",
        started_at: "2026-11-02T08:00:01.000Z",
        ended_at: ended,
      },
    ],
  }),
  why: null,
  serverId: null,
  ips: ["51.15.0.1", "2001:db8::1"],
  requestId: "req_job",
  ...fields,
});

const failed = anOperation({
  state: "failed",
  ended_at: ended,
  error: problem({
    code: "QUOTA_EXCEEDED",
    title: "No",
    status: 403,
    detail: 'Limit "22" reached, really',
    provider: { status: 403, request_id: "req_provider" },
  }),
});

describe("a report", () => {
  it("has its columns in their order", () => {
    expect(csvHeaderLine).toBe(
      "line,key,name,state,attempts,code,message,server_id,ips,zone,started_at,ended_at,eur_per_hour,request_id\r\n",
    );
  });

  it("has a line of CSV for what succeeded", () => {
    expect(csvLine(reportRow(reported()))).toBe(
      "2,a,web-1,succeeded,1,,,6f1f7b1a,51.15.0.1|2001:db8::1,fr-par-1,2026-11-02T08:00:01.000Z,2026-11-02T08:00:31.000Z,0.3,req_op\r\n",
    );
  });

  it("has the same fields in JSONL", () => {
    const start =
      '{"line":2,"key":"a","name":"web-1","state":"pending","attempts":0,"code":null,"message":null,';
    const rest = '"server_id":null,"ips":[],"zone":"fr-par-1","started_at":null,"ended_at":null,';
    expect(jsonLine(reportRow(reported({ operation: null, letter: "p", ips: [] })))).toBe(
      `${start}${rest}"eur_per_hour":0.3,"request_id":"req_job"}\n`,
    );
  });

  it("tells why something failed, with the provider's own request for its support", () => {
    expect(reportRow(reported({ letter: "f", attempt: 3, operation: failed }))).toMatchObject({
      state: "failed",
      attempts: 3,
      code: "QUOTA_EXCEEDED",
      message: 'Limit "22" reached, really',
      request_id: "req_provider",
    });
  });

  it("names the server that made another one needless", () => {
    const why = { code: "SKIPPED_EXISTS", message: null };
    expect(reportRow(reported({ letter: "k", operation: null, why, serverId: "old-1" }))).toMatchObject({
      state: "skipped",
      attempts: 0,
      code: "SKIPPED_EXISTS",
      server_id: "old-1",
      started_at: null,
      eur_per_hour: null,
    });
  });

  it("has no price for an invalid row that was left out", () => {
    const why = { code: "INVALID", message: "line 2: type NOPE does not exist" };
    const row = reportRow(reported({ letter: "k", operation: null, why, ips: [] }));
    expect(csvLine(row)).toMatch(/,,fr-par-1,,,,req_job\r\n$/);
  });

  it("holds nothing of an item's input but its name and zone", () => {
    const row = reportRow(reported());
    expect(csvLine(row) + jsonLine(row)).not.toMatch(/swordfish|SECRET/);
  });

  it.each([
    ["=1+1", "'=1+1"],
    ["+49", "'+49"],
    ["-2", "'-2"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\r=1"`],
    ["\n=1", `"'\n=1"`],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
    ["a=1", "a=1"],
    ["a,b", '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ["two\r\nlines", '"two\r\nlines"'],
    ["", ""],
  ])("writes %j as the cell %j, which no spreadsheet takes for a formula", (name, cell) => {
    const item = { line: 2, key: "k", name, zone: null, eurPerHour: null };
    const line = csvLine(
      reportRow(reported({ item, operation: null, ips: [], requestId: null, letter: "p" })),
    );
    expect(line).toBe(`2,k,${cell},pending,0,,,,,,,,,\r\n`);
  });

  it("is read back as it was, whatever stands in it, and is the same each time", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("=x", '"', "a\r\nb", ",", "'=x", "\ufeff"));
    const property = fc.property(text, text, fc.constantFrom(...letters), (key, name, letter) => {
      const item = { line: null, key, name, zone: null, eurPerHour: null };
      const row = reportRow(reported({ item, letter, operation: null }));
      const csv = csvHeaderLine + csvLine(row);
      expect(csvHeaderLine + csvLine(reportRow(reported({ item, letter, operation: null })))).toBe(csv);
      const cells: unknown = parse(csv, { record_delimiter: "\r\n" });
      const plain = reportColumns.map((column) => {
        const value = row[column];
        return value === null ? "" : Array.isArray(value) ? value.join("|") : String(value);
      });
      expect(cells).toEqual([
        [...reportColumns],
        plain.map((value) => (/^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value)),
      ]);
      expect(JSON.parse(jsonLine(row))).toEqual(JSON.parse(JSON.stringify(row)));
      expect(Object.keys(JSON.parse(jsonLine(row)))).toEqual([...reportColumns]);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
