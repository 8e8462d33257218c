import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../lib/flows/attempt-delivery.ts";
import { createGuardedHttpClient } from "../../lib/platform/guarded-http-client.ts";
import { conformanceSchema } from "../../lib/webhook/endpoint.ts";
import { type Finding, type ProbeAnswer, probesOf } from "../../lib/webhook/conformance.ts";
import { endpointSecret } from "../../lib/webhook/signature.ts";
import { master, start } from "./endpoints.ts";
import { openReceiver, type ReceiverFault, receiverFaults } from "./receivers.ts";

const secrets = [endpointSecret(master, "ep_1", 2), endpointSecret(master, "ep_1", 1)];
const probes = probesOf({ endpointId: "ep_1", secrets, token: "t1" });
const names = probes.map(({ name }) => name);
const forged = ["bad_signature", "missing_signature", "old_timestamp", "future_timestamp"];
const genuine = ["valid", "repeated_id", "slow_body", "unknown_type"];

const check = async (fault: ReceiverFault | null): Promise<readonly Finding[]> => {
  const secret = fault === "has another secret" ? endpointSecret(master, "ep_2", 1) : secrets[0];
  const receiver = await openReceiver(secret ?? "", fault);
  // One that never answers is given up after a second here, so that nobody waits for fifteen.
  const mostMilliseconds = fault === "never answers" ? 1000 : 15_000;
  const client = createGuardedHttpClient({ allowLoopback: true, mostMilliseconds });
  const send = async (
    request: ReturnType<(typeof probes)[number]["requestsAt"]>[number],
  ): Promise<ProbeAnswer> => {
    const { headers, body, bodyPauseMilliseconds: pause } = request;
    try {
      const { status } = await client.send({
        method: "POST",
        url: receiver.url,
        headers,
        body,
        timeoutMilliseconds: 15_000,
        ...(pause === null ? {} : { bodyPauseMilliseconds: pause }),
      });
      return { type: "answered", status };
    } catch (error) {
      const { type: why, detail } = outcomeOf(error);
      return { type: "none", why, detail };
    }
  };
  const findings = await Promise.all(
    probes.map(async (probe) => {
      const answers: ProbeAnswer[] = [];
      for (const request of probe.requestsAt(Date.now())) answers.push(await send(request));
      return probe.judge(answers);
    }),
  );
  await receiver.close();
  return findings;
};

const wrongIn: Readonly<Record<ReceiverFault, readonly string[]>> = {
  "verifies nothing": forged,
  "does not look at the time": ["old_timestamp", "future_timestamp"],
  "takes what is not signed": ["missing_signature"],
  "calls a repeat a conflict": ["repeated_id"],
  "takes the types that it knows only": ["unknown_type"],
  "waits half a second for a body": ["slow_body"],
  "answers 500 to what it refuses": forged,
  "has another secret": genuine,
  redirects: names,
  "is gone": names,
  throttles: names,
  "never answers": names,
};

describe("a check over real HTTP", () => {
  it.concurrent("finds nothing wrong with a right receiver", async () => {
    const findings = await check(null);
    expect(findings.filter(({ passed }) => !passed)).toEqual([]);
    expect(findings.map(({ advice }) => advice)).toEqual(names.map(() => null));
    const checked = { requested_at: "x", ended_at: null, findings };
    expect(conformanceSchema.safeParse(checked).error).toBeUndefined();
  });

  it.concurrent.each(receiverFaults)("finds what is wrong with one that %s", async (fault) => {
    const findings = (await check(fault)).filter(({ passed }) => !passed);
    expect(findings.map(({ probe }) => probe).toSorted(), JSON.stringify(findings)).toEqual(
      [...wrongIn[fault]].toSorted(),
    );
    for (const { advice, got } of findings) {
      expect(advice).not.toBeNull();
      expect(got).not.toBe("");
    }
  });
});

describe("a judgement", () => {
  const judge = (name: string, answers: readonly ProbeAnswer[]) =>
    probes.find((probe) => probe.name === name)?.judge(answers);
  const status = (...statuses: number[]): ProbeAnswer[] =>
    statuses.map((one) => ({ type: "answered", status: one }));

  it.each([
    ["valid", status(200), true, "200"],
    ["valid", status(400), false, "400"],
    ["valid", [{ type: "none", why: "not_sent", detail: "ECONNREFUSED" }], false, "no answer: ECONNREFUSED"],
    ["valid", [], false, "nothing was sent"],
    ["bad_signature", status(400), true, "400"],
    ["bad_signature", status(200), false, "200"],
    ["bad_signature", status(503), false, "503"],
    ["bad_signature", [{ type: "none", why: "unclear", detail: "reset" }], false, "no answer: reset"],
    ["repeated_id", status(202, 200), true, "202, then 200"],
    ["repeated_id", status(202), false, "202"],
    ["repeated_id", status(202, 409), false, "202, then 409"],
  ] satisfies readonly (readonly [string, ProbeAnswer[], boolean, string])[])(
    "of %s on %j is %s",
    (name, answers, passed, got) => {
      expect(judge(name, answers)).toMatchObject({ probe: name, passed, got });
    },
  );

  it.each([
    [302, "final URL"],
    [410, "no more events"],
    [429, "throttled"],
    [500, "It answers 500: mend that first."],
    [503, "It answers 503: mend that first."],
  ])("knows what %d means, whatever was asked", (code, words) => {
    for (const name of ["valid", "bad_signature"]) expect(judge(name, status(code))?.advice).toContain(words);
  });
});

it.each([
  ["not_sent", "It could not be reached (down): start it"],
  ["unclear", "It did not answer (down): mend that first"],
  ["refused_address", "Nothing is sent to its address (down): put"],
] as const)(
  "the advice to a receiver without an answer (%s) begins with that and says nothing of signatures",
  (why, words) => {
    for (const probe of probes) {
      const advice = probe.judge([{ type: "none", why, detail: "down" }]).advice ?? "";
      expect(advice.startsWith(words), advice).toBe(true);
      expect(advice).not.toMatch(/signature|verify/i);
    }
  },
);

it("probes are test events with ids of their own, signed under every secret in use", () => {
  const requests = probes.map((probe) => probe.requestsAt(start));
  const ids = requests.map(([request]) => request?.headers["webhook-id"]);
  expect(new Set(ids).size).toBe(probes.length);
  expect(requests.flat().every(({ body }) => body.includes('"type":"switchyard.endpoint.'))).toBe(true);
  expect(requests[0]?.[0]?.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  expect(JSON.stringify(requests)).not.toContain("whsec_");
});
