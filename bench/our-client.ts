import { resolve } from "node:path";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { type DeployedFunction, localStage, readDeployment } from "../local/deployment.ts";
import { embeddedQueueArn } from "../local/embedded-queue.ts";
import { localCredentials, localRegion } from "../local/embedded-table.ts";
import { startEventSource } from "../local/event-source.ts";
import { createRunner, importHandlers } from "../local/function-runner.ts";
import { httpFunctions } from "../local/http-functions.ts";
import { startSchedule } from "../local/schedules.ts";
import { endWithParent, inputOf, onMessage, onWord, tell, usageSince } from "./child.ts";
import { bulkPath, eventOfRequest, requestSchema } from "./http-request.ts";

// A process of its own: the deployed handlers, each run by what serverless.yml says runs it, as in the embedded stack.
// What the functions need to know is in its environment.

const root = resolve(import.meta.dirname, "..");
const { queueEndpoint } = inputOf(z.object({ queueEndpoint: z.string() }));
const { functions, queues } = await readDeployment(resolve(root, "serverless.yml"), localStage);
const report = (message: string, error: unknown): void => {
  process.stderr.write(
    `${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
};
const load = importHandlers(root);
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

// Loaded before anything is measured, as the rival's client is.
const driven = functions.filter(({ triggers }) => triggers.every(({ on }) => on !== "http"));
const functionFor = httpFunctions({ functions });
for (const { module } of [...driven, functionFor(bulkPath)]) await load(module);
let cpuBefore = process.cpuUsage();
onWord("go", () => {
  cpuBefore = process.cpuUsage();
  for (const called of driven) connect(called);
});
onMessage(requestSchema, (request) => {
  const asked = invoke(functionFor(request.path), eventOfRequest(request));
  asked.then(
    (answer) => tell({ answer }),
    (error: unknown) => report("a request failed", error),
  );
});
onWord("report", () => tell(usageSince(cpuBefore)));
endWithParent();
tell({ ready: true });
