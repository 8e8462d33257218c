import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { eventCatalogue } from "../../events/catalogue.ts";
import { plainHeaders } from "../../lib/flows/attempt-delivery.ts";
import { schemes } from "../../lib/hook/scheme.ts";
import { delaysSeconds } from "../../lib/webhook/retry.ts";
import { signedHeaders } from "../../lib/webhook/signature.ts";
import { DocumentedStack } from "./documented-stack.ts";
import { commandsIn, fencedIn, tableOf } from "./fenced.ts";
import { isInstalled } from "./installed.ts";

const documentOf = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, "../../docs", name), "utf8");
const text = documentOf("webhooks.md");
const fenced = fencedIn(text);
const startCommand = fenced.find(({ code }) => code.includes("npm run dev"))?.code ?? "";
const receiverCommand = fenced.find(
  ({ language, code }) => language === "sh" && code.includes("receiver.mjs"),
);
const steps = [...fenced, ...fencedIn(documentOf("security.md"))]
  .filter((one) => one.language === "console" || one === receiverCommand)
  .flatMap(({ code }) => commandsIn(code));

const operationIds = /op_[0-9a-z]{26}/g;

/** What each command of the document prints; they run in the order in which they stand. */
const outcomes: readonly (readonly [command: string, prints: RegExp])[] = [
  ["export API=", /^$/],
  ["curl -s $API/v1/endpoints -H", /^$/],
  ["WEBHOOK_SECRET=$WEBHOOK_SECRET PORT=", /^$/],
  [
    "curl -s -X POST $API/v1/endpoints/$ENDPOINT/test",
    /"type":"switchyard.endpoint.test".*"state":"pending"/,
  ],
  ["curl -s -X POST $API/v1/endpoints/$ENDPOINT/conformance", /"ended_at":null/],
  ["CHECK=", /^(?:valid|bad_signature) true \n(?:\w+ true \n){7}$/],
  ['echo \'{"specversion"', /^204\n$/],
  [
    "curl -s $API/v1/endpoints/$ENDPOINT/deliveries",
    /dlv_\w+ switchyard\.endpoint\.test (?:pending null|succeeded 204)\n/,
  ],
  ["curl -s -X POST $API/v1/deliveries/", /"id":"dlv_\w+".*"state":"pending"/],
  ["curl -s $API/v1/endpoints/$ENDPOINT/replay", /"catching_up":true/],
  ["curl -s -X PATCH $API/v1/endpoints/$ENDPOINT", /"state":"disabled","disabled_reason":"by request"/],
  ["curl -s $API/v1/endpoints/$ENDPOINT/recover", /"state":"enabled".*"catching_up":true/],
  ['curl -s $API/v1/operations -H "Authorization: Bearer $KEY" -H \'Idempotency-Key: missed', /^$/],
  ["LAST=", /^evt_op_\w+_3\nevt_op_\w+_4\nnull\n$/],
  ["curl -s $API/v1/endpoints/$ENDPOINT/rotate-secret", /^$/],
  [
    "curl -s -X PUT $API/v1/hooks/previews",
    /"version":1.*"path":"\/hooks\/previews","warnings":\["GitHub signs/,
  ],
  ["curl -s $API/v1/hooks/previews/dry-run", /"rule":"opened".*"name":"preview-7".*"errors":\[\]/],
  ["BODY=", /^$/],
  ["curl -s $API/hooks/previews", /^\{"operations":\["op_\w+"\]\}$/],
  ["curl -s -X DELETE $API/v1/hooks/previews", /^$/],
  ["curl -s -X DELETE $API/v1/endpoints/$ENDPOINT", /^$/],
  ["export API=", /^$/],
  ["curl -s $API/v1/keys -H", /^$/],
  ["curl -s $API/v1/connections -H", /"name":"paris"/],
  ["curl -s -X DELETE $API/v1/keys/", /"revoked_at":"2/],
  ["curl -s -X PUT $API/v1/stop", /"stopped":true.*"reason":"The bill is odd".*"set_by":"bootstrap"/],
  [
    "curl -s $API/v1/operations -H \"Authorization: Bearer $KEY\" -H 'Idempotency-Key: too-late'",
    /"code":"STOPPED"/,
  ],
  ["curl -s -X DELETE $API/v1/stop", /"stopped":false/],
];

/** Commands that give the same when they are sent again, and where one sees it; null: in what they print. */
const repeatable: readonly (readonly [command: string, seen: string | null])[] = [
  ["curl -s $API/v1/endpoints -H", "cat endpoint.json"],
  ["curl -s $API/hooks/previews", null],
];

const missing = ["bash", "curl", "jq"].filter((command) => !isInstalled(command));
const needed = missing.length === 0 ? "" : ` (not run: there is no ${missing.join(", ")} here)`;

describe.skipIf(missing.length > 0)(`the commands of docs/webhooks.md and docs/security.md${needed}`, () => {
  let stack: DocumentedStack;
  let received: readonly string[] = [];
  const printed = new Map<string, string>();
  const after = (command: string): string =>
    [...printed].find(([step]) => step.startsWith(command))?.[1] ?? "not run";

  beforeAll(async () => {
    stack = await DocumentedStack.start(startCommand);
  });
  afterAll(() => stack.stop());

  /** That an example gets to the receiver, which knows the first secret only. */
  const arrives = async (): Promise<void> => {
    const sent = await stack.run(
      `curl -s -X POST $API/v1/endpoints/$ENDPOINT/test -H "Authorization: Bearer $KEY"`,
    );
    const { event_id: id } = z.object({ event_id: z.string() }).parse(JSON.parse(sent));
    const isThere = () => expect(received.some((line) => line.includes(id))).toBe(true);
    await vi.waitFor(isThere, { timeout: 30_000, interval: 100 });
  };

  it("are the ones whose outcome is known here", () => {
    expect(steps.map((step) => outcomes.find(([command]) => step.startsWith(command))?.[0])).toEqual(
      outcomes.map(([command]) => command),
    );
  });

  it.each(steps.map((step) => [step.split("\n")[0], step]))("%s", async (_title, step) => {
    const prints = outcomes.find(([command]) => step.startsWith(command))?.[1] ?? /no outcome/;
    if (step === receiverCommand?.code.trim()) received = await stack.receive(step);
    else {
      const output = await stack.run(step);
      printed.set(step, output);
      expect(output).toMatch(prints);
      if (step.includes("/rotate-secret")) await arrives();
      const repeat = repeatable.find(([command]) => step.startsWith(command));
      if (repeat === undefined) return;
      const [, seen] = repeat;
      const first = seen === null ? output : await stack.run(seen);
      const again = await stack.run(step);
      expect(seen === null ? again : await stack.run(seen)).toBe(first);
    }
  });

  it("give the endpoint another secret", async () => {
    const secrets = await stack.run("jq -r .secret endpoint.json rotated.json");
    const [first, second] = secrets.trim().split("\n");
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(second).not.toBe(first);
  });

  it("bring each event to the receiver once, with what was sent by hand and the test", () => {
    expect(received.filter((line) => line.startsWith("switchyard.by.hand me"))).toHaveLength(1);
    expect(received.some((line) => line.startsWith("switchyard.endpoint.test"))).toBe(true);
    expect(new Set(received).size).toBe(received.length);
  });

  it("delete: the hook answers as one that there isn't, and the endpoint is gone", async () => {
    const hook = await stack.run(`curl -s $API/hooks/previews --json '{}'`);
    expect(hook).toContain('"code":"WEBHOOK_NOT_VERIFIED"');
    const endpoint = await stack.run(`curl -s $API/v1/endpoints/$ENDPOINT -H "Authorization: Bearer $KEY"`);
    expect(endpoint).toContain('"code":"NOT_FOUND"');
  });

  it("start one operation by a webhook that was sent twice", async () => {
    const [id = "none"] = after("curl -s $API/hooks/previews").match(operationIds) ?? [];
    const audit = await stack.run(`curl -s $API/v1/audit -H "Authorization: Bearer $KEY"`);
    expect(audit.split(id)).toHaveLength(2);
    expect(audit).toContain('"actor":"hook:previews"');
  });

  it("tells the truth of which ids `after` takes", async () => {
    const feed = `curl -s "$API/v1/events?type=switchyard.endpoint.*" -H "Authorization: Bearer $KEY" | jq -r '.items[0].id'`;
    const status = await stack.run(
      `curl -s -o /dev/null -w '%{http_code}' "$API/v1/events?after=$(${feed})" -H "Authorization: Bearer $KEY"`,
    );
    expect(status).toBe("200");
  });
});

describe("docs/webhooks.md", () => {
  it("shows an event as the catalogue has it", () => {
    const example = fenced.find(({ language }) => language === "json");
    const { example: known } = eventCatalogue.find(({ type }) => type === "switchyard.server.created") ?? {};
    expect(JSON.parse(example?.code ?? "null")).toEqual(known);
  });

  it("names the headers that an attempt has", () => {
    const sent = {
      ...signedHeaders({ id: "evt_1", at: 0, body: "", secrets: ["whsec_YQ=="] }),
      ...plainHeaders,
    };
    expect(tableOf(text, "header").map(([name]) => name)).toEqual(
      Object.keys(sent).map((name) => `\`${name}\``),
    );
    for (const value of Object.values(plainHeaders)) expect(text).toContain(`\`${value}\``);
  });

  it("has the schedule as it is", () => {
    const units = { s: 1, min: 60, h: 3600 } as const;
    const secondsIn = (words: string): number =>
      [...words.matchAll(/(\d+) (s|min|h)/g)].reduce((sum, [, count, unit]) => {
        const one = unit === "s" ? units.s : unit === "min" ? units.min : units.h;
        return sum + Number(count) * one;
      }, 0);
    const rows = tableOf(text, "attempt");
    expect(rows.map(([, wait = ""]) => secondsIn(wait))).toEqual([...delaysSeconds]);
  });

  it("tells of each scheme what is verified, and what makes a repeat", () => {
    const [verified, repeats] = [...text.matchAll(/^\| scheme /gm)].map(({ index }) =>
      tableOf(text.slice(index), "scheme")
        .flatMap(([names = ""]) => names.split(", "))
        .map((name) => name.replaceAll("`", "")),
    );
    expect(verified?.toSorted()).toEqual([...schemes].toSorted());
    expect(repeats?.toSorted()).toEqual([...schemes].toSorted());
  });

  it("says of tags what the catalogue shows", () => {
    const bearing = eventCatalogue.filter(({ example }) => Array.isArray(example.data["tags"]));
    expect(bearing.map(({ type }) => type.split(".")[1])).toEqual(
      expect.arrayContaining(["operation", "server"]),
    );
  });
});
