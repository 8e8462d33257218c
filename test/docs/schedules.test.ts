import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { DocumentedStack } from "./documented-stack.ts";
import { commandsIn, fencedIn } from "./fenced.ts";
import { isInstalled } from "./installed.ts";

const root = resolve(import.meta.dirname, "../..");
const text = readFileSync(resolve(root, "docs/schedules.md"), "utf8");

/** Cells of a Markdown table, without what only aligns them. */
const cells = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .filter((line) => !/^\|[\s|:-]+\|$/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

test("the table of clock changes is what the command prints", () => {
  const printed = execFileSync(process.execPath, [resolve(root, "scripts/dst-table.ts")], {
    encoding: "utf8",
  });
  const written = /<!-- dst-table: begin -->(?<table>[^]*)<!-- dst-table: end -->/.exec(text)?.groups?.[
    "table"
  ];
  expect(cells(written ?? "")).toEqual(cells(printed));
});

const fenced = fencedIn(text);
const startCommand = fenced.find(({ code }) => code.includes("npm run dev"))?.code ?? "";
const steps = fenced.filter(({ language }) => language === "console").flatMap(({ code }) => commandsIn(code));

/** What each command of the document prints; they run in the order in which they stand. */
const outcomes: readonly (readonly [command: string, prints: RegExp])[] = [
  ["export API=", /^$/],
  ["curl -s $API/v1/operations ", /^succeeded\n[0-9a-f-]{36}\n$/],
  [
    "curl -s -X PUT $API/v1/schedules/office-hours",
    /"name": "office-hours",\s+"version": 1,\s+"paused": false/,
  ],
  [
    'curl -s $API/v1/schedules/office-hours/wake -H "Authorization: Bearer $KEY" -H \'Idempotency-Key: demo-at-noon\' \\\n  --json \'{"lease":"2h"',
    /"state": "on",\s+"callback_id": "wcb_\w+"/,
  ],
  [
    'curl -s $API/v1/schedules/office-hours/wake -H "Authorization: Bearer $KEY" -H \'Idempotency-Key: demo-at-noon\' \\\n  --json \'{"lease":"4h"',
    /"status": 422,\s+"code": "IDEMPOTENCY_KEY_REUSED"/,
  ],
  ["curl -s $API/v1/schedules/office-hours/signing-secret", /^whsec_/],
  [
    "curl -s $API/v1/schedules/office-hours/overrides",
    /^\{\s+"state": "on",\s+"reason": "woken on demand"\s+\}\n$/,
  ],
  ["curl -s -X POST $API/v1/schedules/office-hours/ready", /^\d{4}-\d{2}-\d{2}T/],
  ["CONFIRM=", /^NOTHING_TO_CONFIRM\n$/],
  ["curl -s $API/v1/schedules/office-hours/pause", /"paused": true/],
  ['curl -s -X POST "$API/v1/schedules/office-hours/resume?now=true"', /"paused": false/],
];

const missing = ["bash", "curl", "jq"].filter((command) => !isInstalled(command));
const needed = missing.length === 0 ? "" : ` (not run: there is no ${missing.join(", ")} here)`;

describe.skipIf(missing.length > 0)(`the commands of docs/schedules.md${needed}`, () => {
  let stack: DocumentedStack;
  beforeAll(async () => {
    stack = await DocumentedStack.start(startCommand);
  }, 60_000);
  afterAll(() => stack.stop());

  it("are the ones whose outcome is known here", () => {
    expect(steps.map((step) => outcomes.find(([command]) => step.startsWith(command))?.[0])).toEqual(
      outcomes.map(([command]) => command),
    );
  });

  it.each(steps.map((step) => [step.split("\n").slice(0, 2).join(" "), step]))(
    "%s",
    async (_title, step) => {
      const prints = outcomes.find(([command]) => step.startsWith(command))?.[1] ?? /no outcome/;
      expect(await stack.run(step)).toMatch(prints);
    },
    60_000,
  );
});
