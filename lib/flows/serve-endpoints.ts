import type { Endpoint } from "../webhook/endpoint.ts";
import { bySubject } from "../webhook/by-subject.ts";
import type { DueDelivery } from "../ports/delivery-store.ts";
import { attemptDelivery } from "./attempt-delivery.ts";
import { checkReceiver } from "./check-receiver.ts";
import type { DeliverTurn } from "./deliver-webhooks.ts";
import type { Lanes } from "./deliverer-lanes.ts";
import { catchUp } from "./dispatch-events.ts";
import { publishEndpoint } from "./endpoint-store.ts";
import type { Errands } from "./errands.ts";
import { inParallel } from "./in-parallel.ts";

/** What one invocation has in its hands. */
export interface Delivering {
  readonly turn: DeliverTurn;
  readonly errands: Errands;
  readonly lanes: Lanes;
  /** Milliseconds since the epoch: no attempt begins from then on. */
  readonly endsAt: number;
}

/** Attempts at one endpoint at the same time. Each endpoint has its own, so that none waits for another. */
const attemptsAtOnce = 4;
/** What is due until the next tick is waited for. */
const lookaheadMilliseconds = 62_000;
/** Deliveries that one look at the due index gives for an endpoint. */
const deliveriesAtOnce = 200;

/** Attempts these: events about one thing one after the other in their order, those about several side by side. */
const attemptInOrder = async (ids: readonly string[], { turn, endsAt }: Delivering): Promise<void> => {
  const { deliveries, clock } = turn.ports;
  const groups = bySubject(await deliveries.loadMany(ids));
  await inParallel(groups, attemptsAtOnce, async (group) => {
    for (const delivery of group) if (clock.now() < endsAt) await attemptDelivery(delivery, turn);
  });
};

const laneOf = ({ id }: Endpoint): string => `deliver to ${id}`;

/** What waits at an endpoint that is off is ended, whenever it would have been due. */
const isOff = ({ state, deleted_at: deletedAt }: Endpoint): boolean =>
  state === "disabled" || deletedAt !== null;

/** What is due at the endpoint until the next tick. */
const waitingAt = async (
  endpoint: Endpoint,
  { turn: { ports } }: Delivering,
): Promise<readonly DueDelivery[]> => {
  const horizon = isOff(endpoint) ? Number.MAX_SAFE_INTEGER : ports.clock.now() + lookaheadMilliseconds;
  return ports.deliveries.due(endpoint.id, horizon, deliveriesAtOnce);
};

/** A piece of work at an endpoint that is more than a delivery. */
interface Task {
  readonly lane: string;
  readonly work: () => Promise<void>;
}

const tasksAt = (endpoint: Endpoint, turn: DeliverTurn): readonly Task[] => {
  const { id, outbox, state, deleted_at: deletedAt, catch_up: asked, conformance } = endpoint;
  const { ports } = turn;
  const tasks: Task[] = [];
  if (outbox.length > 0 || deletedAt !== null)
    tasks.push({ lane: `publish ${id}`, work: () => publishEndpoint(endpoint, ports) });
  if (asked !== null && state === "enabled")
    tasks.push({ lane: `catch up ${id}`, work: () => catchUp(endpoint, ports) });
  if (conformance !== null && conformance.ended_at === null)
    tasks.push({ lane: `check ${id}`, work: () => checkReceiver(endpoint, turn) });
  return tasks;
};

/**
 * Begins what there is to do at these endpoints, unless it goes on already, here or elsewhere; then the lanes of this
 * deliverer are those on which something goes on, or will before the next tick. Whoever does not lead begins on its own
 * lanes only.
 */
export const serveEndpoints = async (
  endpoints: readonly Endpoint[],
  delivering: Delivering,
  isLeading: boolean,
): Promise<void> => {
  const { turn, errands, lanes, endsAt } = delivering;
  const { clock } = turn.ports;
  const mayBegin = (lane: string): boolean => (isLeading ? !lanes.isOthers(lane) : lanes.isMine(lane));
  const asked = endpoints.filter(
    (one) => !errands.isRunning(laneOf(one)) && (isLeading || lanes.isMine(laneOf(one))),
  );
  const found = new Map<Endpoint, readonly DueDelivery[]>();
  const questions = asked.map((endpoint) => async (): Promise<void> => {
    found.set(endpoint, await waitingAt(endpoint, delivering));
  });
  if (isLeading) questions.unshift(() => lanes.look());
  await inParallel(questions, questions.length, (ask) => ask());
  const wanted = new Set<string>();
  for (const [endpoint, waiting] of found) {
    if (waiting.length === 0 || !mayBegin(laneOf(endpoint))) continue;
    wanted.add(laneOf(endpoint));
    const now = clock.now();
    const due = waiting.filter((at) => isOff(endpoint) || at.dueAtMilliseconds <= now).map(({ id }) => id);
    if (due.length > 0 && now < endsAt)
      errands.begin(laneOf(endpoint), () => attemptInOrder(due, delivering));
  }
  for (const endpoint of endpoints)
    for (const { lane, work } of tasksAt(endpoint, turn))
      // What an attempt has changed at an endpoint is told by who has made it: nobody else was woken for that.
      if (mayBegin(lane) || (lanes.isMine(laneOf(endpoint)) && !lanes.isOthers(lane)))
        errands.begin(lane, work);
  lanes.hold([...wanted, ...errands.running]);
};
