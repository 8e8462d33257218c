import * as z from "zod";
import { type Installation, machines, openInstallation } from "./installation.ts";

const answerSchema = z.object({ statusCode: z.number(), body: z.string().default("") });
const bodySchema = z.record(z.string(), z.unknown());
const context = { getRemainingTimeInMillis: () => 80_000 };

/** The functions of schedules as they are deployed, on an installation with one server. One a test file. */
export interface ScheduleWorld extends Installation {
  /** The id of the server, which has the tag `env=dev`. */
  readonly server: string;
  /** What the server is doing. */
  readonly state: () => string | undefined;
  /** Asks the function `schedules`; an answer without a body has an empty one. */
  readonly ask: (
    method: string,
    target: string,
    body?: unknown,
    key?: string,
  ) => Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
  /** One tick of the schedules. */
  readonly tick: () => Promise<void>;
  /** Follows what has been begun to its end. */
  readonly carryOut: () => Promise<void>;
}

const eventOf = (method: string, target: string, body: unknown, key: string | undefined, turn: number) => {
  const [rawPath = "", rawQueryString = ""] = target.split("?");
  return {
    version: "2.0",
    rawPath,
    rawQueryString,
    headers: {
      authorization: "Bearer swy_test",
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    requestContext: { http: { method, path: rawPath }, requestId: `r-${turn}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
};

/** Opens the installation, if not said otherwise with a connection `paris`, and makes the server. */
export const openScheduleWorld = async (
  connections: readonly { readonly name: string; readonly [setting: string]: unknown }[] = [
    { name: "paris" },
  ],
  environment: Readonly<Record<string, string>> = {},
): Promise<ScheduleWorld> => {
  const installation = await openInstallation("scaleway-instance", 40, connections, environment);
  const { handler: schedules } = await import("../../functions/schedules.ts");
  const { handler: ticks } = await import("../../functions/tick-schedules.ts");
  const { openPorts } = await import("../../lib/wiring.ts");
  const input = { name: "web", ...machines["scaleway-instance"], tags: ["env=dev"] };
  const made = await installation.run({ connection: "paris", kind: "server.create", input }, "made");
  const server = made.resource?.id ?? "";
  let asked = 0;
  return {
    ...installation,
    server,
    state: () => installation.simulator.control.servers().find(({ id }) => id === server)?.state,
    ask: async (method, target, body, key) => {
      asked += 1;
      const answer = answerSchema.parse(await schedules(eventOf(method, target, body, key, asked), context));
      return {
        status: answer.statusCode,
        body: answer.body === "" ? {} : bodySchema.parse(JSON.parse(answer.body)),
      };
    },
    tick: async () => {
      await ticks({ source: "aws.events" }, context);
    },
    carryOut: async () => {
      const { operations } = await (await openPorts()).operations.list({}, null, 50);
      const open = operations.filter(({ ended_at: at }) => at === null);
      await installation.start(open.map(({ id }) => ({ v: 1, operation_id: id })));
      await installation.follow();
    },
  };
};
