import { expect, it } from "vitest";
import { attemptDelivery } from "../../lib/flows/attempt-delivery.ts";
import type { DeliverPorts } from "../../lib/flows/deliver-webhooks.ts";
import { catchUp } from "../../lib/flows/dispatch-events.ts";
import type { DeliveryStore } from "../../lib/ports/delivery-store.ts";
import { HttpNotSent } from "../../lib/ports/http-client.ts";
import { endpointsFolder, type Endpoint } from "../../lib/webhook/endpoint.ts";
import { newDelivery } from "../../lib/webhook/new-delivery.ts";
import { MemoryBus } from "../memory/memory-bus.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { MemoryDeliveries } from "../memory/memory-deliveries.ts";
import { MemoryDocuments } from "../memory/memory-documents.ts";
import { MemoryFeed } from "../memory/memory-feed.ts";
import { MemoryQueue } from "../memory/memory-queue.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anEndpoint, anEvent, isoAt } from "../webhook/endpoints.ts";

const open = () => {
  const clock = new VirtualClock();
  const ports: DeliverPorts = {
    deliveries: new MemoryDeliveries(clock),
    documents: new MemoryDocuments(clock),
    cells: new MemoryCells(),
    feed: new MemoryFeed(clock),
    bus: new MemoryBus(),
    queue: new MemoryQueue(),
    secrets: new MemorySecrets(clock),
    clock,
    randomness: new SeededRandomness(1),
    log: new SilentLog(),
    deployment: "test",
    http: { send: () => Promise.reject(new HttpNotSent("nobody is called here")) },
    signingKeyReference: "env:SIGNING_KEY",
    allowsLoopbackEndpoints: false,
  };
  return { clock, ports };
};

it("a delivery that was about to be ended when its endpoint was recovered is not ended", async () => {
  const { clock, ports } = open();
  const { deliveries, documents, feed } = ports;
  const event = anEvent({ time: isoAt(clock.now()) });
  await feed.append([event]);
  const off: Endpoint = anEndpoint({ state: "disabled", disabled_reason: "by request" });
  await documents.save(endpointsFolder, off.id, off, 0);
  const waiting = newDelivery(event, off.id, clock.now());
  await deliveries.create(waiting);
  const asked = {
    asked_at: isoAt(clock.now()),
    from: event.time,
    to: null,
    only_missed: true,
    types: [],
    position: null,
  };
  const recovered: Endpoint = { ...off, state: "enabled", disabled_reason: null, catch_up: asked };
  // Between the look at the endpoint and the write of the row somebody recovers it, and that is carried out.
  const meanwhile: DeliveryStore = {
    create: (delivery) => deliveries.create(delivery),
    load: (id) => deliveries.load(id),
    loadMany: (ids) => deliveries.loadMany(ids),
    due: (...given) => deliveries.due(...given),
    list: (...given) => deliveries.list(...given),
    replace: async (next, seenVersion) => {
      await documents.save(endpointsFolder, off.id, recovered, 1);
      await catchUp(recovered, ports);
      return deliveries.replace(next, seenVersion);
    },
  };
  await attemptDelivery(waiting, { ports: { ...ports, deliveries: meanwhile }, timeLeft: () => 60_000 });
  expect(await deliveries.load(waiting.id)).toMatchObject({ state: "pending", tries: 0 });
});
