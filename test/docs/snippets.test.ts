import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { endpointSecret, signedHeaders } from "../../lib/webhook/signature.ts";
import { isInstalled } from "./installed.ts";
import { drivers, snippets, type Received } from "./snippet-drivers.ts";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/webhooks.md"), "utf8");
const master = "a signing key of an installation, for tests";
const secret = endpointSecret(master, "ep_a", 2);
const other = endpointSecret(master, "ep_b", 2);
const body = `${JSON.stringify({ specversion: "1.0", id: "evt_op_1_2", data: { name: "Würfel „7“" } })}\n`;

const minutes = 60_000;
/** The first program of a Go that has compiled nothing yet waits for its standard library. */
const compiledMilliseconds = 5 * minutes;
const signed = (at: number, secrets: readonly string[] = [secret]): Received => ({
  secret,
  headers: signedHeaders({ id: "evt_op_1_2", at: Date.now() + at, body, secrets }),
  body,
});
const without = (name: string, { headers, ...rest }: Received): Received => ({
  ...rest,
  headers: Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name)),
});
const withHeader = (name: string, value: string, request: Received): Received => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});
const signature = (request: Received): string => request.headers["webhook-signature"] ?? "";

const cases: readonly (readonly [why: string, request: Received, isBelieved: boolean])[] = [
  ["what we have signed", signed(0), true],
  ["four minutes on its way", signed(-4 * minutes), true],
  ["a receiver whose clock is four minutes behind", signed(4 * minutes), true],
  ["a secret that is being replaced: the old one signs second", signed(0, [other, secret]), true],
  ["another endpoint's secret", signed(0, [other]), false],
  ["an old timestamp, rightly signed", signed(-10 * minutes), false],
  ["a timestamp to come, rightly signed", signed(10 * minutes), false],
  ["another body", { ...signed(0), body: body.replace("7", "8") }, false],
  ["a body that lost its last line break", { ...signed(0), body: body.trimEnd() }, false],
  ["another id", withHeader("webhook-id", "evt_op_1_3", signed(0)), false],
  [
    "another time than the signed one",
    withHeader("webhook-timestamp", `${Math.floor(Date.now() / 1000) - 7}`, signed(0)),
    false,
  ],
  ["no timestamp", withHeader("webhook-timestamp", "", signed(0)), false],
  ["a timestamp that is none", withHeader("webhook-timestamp", "now", signed(0)), false],
  [
    "another version of signatures",
    withHeader("webhook-signature", signature(signed(0)).replace("v1,", "v2,"), signed(0)),
    false,
  ],
  ["half a signature", withHeader("webhook-signature", signature(signed(0)).slice(0, 20), signed(0)), false],
  ["an empty signature", withHeader("webhook-signature", "", signed(0)), false],
  ["no signature", without("webhook-signature", signed(0)), false],
  ["no id", without("webhook-id", signed(0)), false],
];

describe("a snippet of docs/webhooks.md", () => {
  for (const { file, needs, driver } of drivers) {
    const missing = needs !== null && !isInstalled(needs.command, needs.version) ? needs.command : null;
    const end = missing === null ? "believes us and nobody else" : `is not run: there is no ${missing} here`;
    it.skipIf(missing !== null)(
      `${file} ${end}`,
      () => {
        const answers = driver(cases.map(([, request]) => request));
        expect(cases.map(([why], index) => [why, answers[index]])).toEqual(
          cases.map(([why, , isBelieved]) => [why, isBelieved]),
        );
      },
      compiledMilliseconds,
    );
  }

  it.each(readdirSync(snippets))("%s stands in it letter by letter", (file) => {
    const snippet = readFileSync(join(snippets, file), "utf8");
    const fenced = [...text.matchAll(/^```\w+\n([^]*?)^```$/gm)].map(([, code]) => code);
    expect(fenced).toContain(snippet);
  });

  it("is for each of the languages that are named, and each has its own", () => {
    expect(readdirSync(snippets).toSorted()).toEqual(
      [...drivers.map(({ file }) => file), "receiver.mjs", "send.sh"].toSorted(),
    );
  });
});
