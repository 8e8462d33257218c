import { resolve } from "node:path";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { type DeployedFunction, localStage, readDeployment } from "../local/deployment.ts";
import { embeddedQueueArn } from "../local/embedded-queue.ts";
import { localCredentials, localRegion } from "../local/embedded-table.ts";
import { startEventSource } from "../local/event-source.ts";
import { createRunner, type Handler } from "../local/function-runner.ts";
import { httpFunctions } from "../local/http-functions.ts";
import { startSchedule } from "../local/schedules.ts";
import { endWithParent, inputOf, onMessage, onWord, tell, type Usage } from "./child.ts";
import { FunctionHost } from "./function-host.ts";
import { bulkPath, eventOfRequest, requestSchema } from "./http-request.ts";

// A process of its own: what Lambda does for the functions. It polls their queues, ticks, and calls them, each by what
// serverless.yml says runs it. Each function is a process of its own, as in Lambda, and only those are measured.

const root = resolve(import.meta.dirname, "..");
const { queueEndpoint, bundles } = inputOf(z.object({ queueEndpoint: z.string(), bundles: z.string() }));
const { functions, queues } = await readDeployment(resolve(root, "serverless.yml"), localStage);
const report = (message: string, error: unknown): void => {
  process.stderr.write(
    `${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
};

const driven = functions.filter(({ triggers }) => triggers.every(({ on }) => on !== "http"));
const functionFor = httpFunctions({ functions });
const modules = [...driven, functionFor(bulkPath)].map(({ module }) => module);
// Loaded before anything is measured, as the rival's client is.
const hosts = new Map(modules.map((module) => [module, new FunctionHost(bundles, module)]));
await Promise.all([...hosts.values()].map((host) => host.ready()));
const load = async (module: string): Promise<Handler> => {
  const host = hosts.get(module);
  if (host === undefined) throw new Error(`${module} has no process.`);
  return (event, { getRemainingTimeInMillis }) => host.call(event, getRemainingTimeInMillis());
};
const { invoke } = createRunner(load, new AbortController().signal);
const client = new SQSClient({ region: localRegion, endpoint: queueEndpoint, credentials: localCredentials });

const connect = (called: DeployedFunction): void => {
  for (const trigger of called.triggers) {
    if (trigger.on === "queue") {
      const name = queues.find(({ id }) => id === trigger.queue)?.name ?? "";
      startEventSource({
        ...trigger,
        client,
        queueUrl: `${queueEndpoint}/000000000000/${name}`,
        queueArn: embeddedQueueArn(name),
        invoke: (event) => invoke(called, event),
        report,
      });
    } else if (trigger.on === "schedule" && trigger.enabled) {
      const fire = (event: unknown): void => {
        invoke(called, event).catch((error: unknown) => report(`${called.name} failed`, error));
      };
      for (const expression of trigger.rate) startSchedule({ expression, input: trigger.input, fire });
    }
  }
};

onWord("go", () => {
  for (const host of hosts.values()) host.begin();
  for (const called of driven) connect(called);
});
onMessage(requestSchema, (request) => {
  const asked = invoke(functionFor(request.path), eventOfRequest(request));
  asked.then(
    (answer) => tell({ answer }),
    (error: unknown) => report("a request failed", error),
  );
});
const usage = async (): Promise<Usage> => {
  const each = await Promise.all([...hosts.values()].map((host) => host.usage()));
  return {
    cpuMilliseconds: each.reduce((sum, { cpuMilliseconds }) => sum + cpuMilliseconds, 0),
    peakMegabytes: Math.max(...each.map(({ peakMegabytes }) => peakMegabytes)),
  };
};
onWord("report", () => {
  usage().then(tell, (error: unknown) => report("the functions did not report", error));
});
endWithParent();
tell({ ready: true });
