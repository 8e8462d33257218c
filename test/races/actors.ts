import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { cancelOperation } from "../../lib/flows/cancel-operation.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { publishEvents } from "../../lib/flows/publish-events.ts";
import { RequestRefused } from "../../lib/flows/request-refused.ts";
import { resolveOperation, type Resolution } from "../../lib/flows/resolve-operation.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import { sweepOrphans } from "../../lib/flows/sweep-orphans.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import { type RaceWorld, requestFor } from "./race-world.ts";

/** Somebody who does one thing in a race, through ports of their own. */
export type Actor = (world: RaceWorld, ports: Ports) => Promise<void>;

/** What a person asks for may be refused; that is an answer too. */
const unlessRefused = async (ask: () => Promise<void>): Promise<void> => {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
  }
};

const received = async (body: unknown, world: RaceWorld, ports: Ports): Promise<void> => {
  const message = { id: "m-1", body: JSON.stringify(body), receiveCount: 1 };
  const failures = await startMessages([message], world.turnOf(ports));
  for (const { reason } of failures) throw new Error(reason);
};

/** Works off the message that asks for the start of an accepted operation. */
export const start =
  (id: string): Actor =>
  (world, ports) =>
    received({ v: 1, operation_id: id }, world, ports);

/** Works off a message that carries the request itself. */
export const message =
  (key: string): Actor =>
  (world, ports) =>
    received({ ...requestFor(key), idempotency_key: key }, world, ports);

export const accept =
  (key: string): Actor =>
  async ({ history }, ports) => {
    const { operation } = await acceptOperation(requestFor(key), key, ports);
    history.answers.push(operation);
  };

export const follow: Actor = (world, ports) => followOperations(world.turnOf(ports));

export const sweep: Actor = (world, ports) => sweepOrphans(world.turnOf(ports));

export const cancel =
  (id: string): Actor =>
  ({ history }, ports) =>
    unlessRefused(async () => {
      history.answers.push(await cancelOperation(id, ports));
    });

export const resolve =
  (id: string, resolution: Resolution): Actor =>
  ({ history }, ports) =>
    unlessRefused(async () => {
      history.answers.push(await resolveOperation(id, resolution, ports));
      history.resolutions += 1;
    });

export const publish =
  (id: string): Actor =>
  async (_, ports) => {
    const operation = await ports.operations.load(id);
    if (operation !== null) await publishEvents([operation], ports);
  };
