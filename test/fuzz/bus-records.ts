import type { SwitchyardEvent } from "../../events/event.ts";
import type { Json } from "../../lib/operation/json.ts";
import type { Chance } from "../simulation/chance.ts";
import { oddTexts, oddValue, spoiltText, spoiltValue } from "./spoil-value.ts";

/** What the bus hands over: an event of ours in its envelope. */
const envelopeOf = (event: SwitchyardEvent): Json => ({
  version: "0",
  id: event.id,
  "detail-type": event.type,
  source: "switchyard",
  account: "1",
  time: event.time,
  region: "eu-west-1",
  resources: [],
  detail: JSON.parse(JSON.stringify(event)),
});

/** What else may come by the queue of the deliverer: somebody's wake-up, events of others, anything. */
const others = (chance: Chance): string =>
  chance.pick([
    '{"v":1}',
    '{"v":2}',
    "{}",
    "",
    chance.pick(oddTexts),
    JSON.stringify(oddValue(chance)),
    JSON.stringify({
      "detail-type": "EC2 Instance State-change Notification",
      source: "aws.ec2",
      detail: { "instance-id": "i-1", state: "running" },
    }),
    JSON.stringify({ "detail-type": "switchyard.operation.succeeded", detail: oddValue(chance) }),
  ]);

const bodyOf = (published: readonly SwitchyardEvent[], chance: Chance): string => {
  if (published.length === 0 || chance.happens(0.3)) return others(chance);
  const envelope = envelopeOf(chance.pick(published));
  if (chance.happens(0.5)) return JSON.stringify(envelope);
  return chance.happens(0.5)
    ? JSON.stringify(spoiltValue(envelope, chance)[0])
    : spoiltText(JSON.stringify(envelope), chance)[0];
};

/** The event of the queue that the bus fills: what was published, and what was not, or not so. */
export const busRecords = (published: readonly SwitchyardEvent[], chance: Chance): unknown => ({
  Records: Array.from({ length: chance.between(1, 10) }, (_, index) => ({
    messageId: `b-${index}`,
    receiptHandle: chance.pick(["r", ...oddTexts]),
    body: bodyOf(published, chance),
    attributes: { ApproximateReceiveCount: chance.pick(["1", "5", "x"]) },
    messageAttributes: {},
    eventSource: chance.pick(["aws:sqs", "aws:sns"]),
    eventSourceARN: "arn:aws:sqs:eu-west-1:1:deliver",
  })),
});
