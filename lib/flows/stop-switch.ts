import type { Document } from "../ports/documents.ts";
import type { Ports } from "../ports/ports.ts";
import {
  isStanding,
  openSwitch,
  switchSchema,
  withoutStop,
  withStop,
  type Stop,
  type StopSwitch,
} from "../limits/stop.ts";
import { alreadyInFeed } from "./publish-events.ts";
import { RequestRefused } from "./request-refused.ts";

type StopPorts = Pick<Ports, "documents" | "clock">;
type ChangePorts = Pick<Ports, "documents" | "queue" | "clock" | "log">;
type TellPorts = Pick<Ports, "documents" | "feed" | "bus" | "clock" | "log">;

const folder = "stop";
const name = "global";

/** How long this process goes by what it has read, in milliseconds: a stop takes effect within ten seconds. */
const keptFor = 5000;
const triesOfChange = 8;

interface Kept {
  readonly until: number;
  readonly stop: Stop | null;
}
const kept = new WeakMap<Ports["documents"], Kept>();

const switchIn = (document: Document | null): StopSwitch =>
  document === null ? openSwitch : switchSchema.parse(document.value);

/** The stop that stands now; null when none does. */
export const readStop = async ({ documents, clock }: StopPorts): Promise<Stop | null> => {
  const { stop } = switchIn(await documents.load(folder, name));
  return isStanding(stop, clock.now()) ? stop : null;
};

/** The same, read at most every few seconds. */
export const standingStop = async (ports: StopPorts): Promise<Stop | null> => {
  const { documents, clock } = ports;
  let known = kept.get(documents);
  if (known === undefined || clock.now() >= known.until) {
    known = { until: clock.now() + keptFor, stop: await readStop(ports) };
    kept.set(documents, known);
  }
  return isStanding(known.stop, clock.now()) ? known.stop : null;
};

/** The stop that stands now, also for all that this process does from now on. */
export const freshStop = (ports: StopPorts): Promise<Stop | null> => {
  kept.delete(ports.documents);
  return standingStop(ports);
};

const contested = (): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "BEING_CHANGED",
    title: "The stop is being changed",
    detail: "Others change the stop at the same time. Ask again.",
    retryAfterSeconds: 1,
  });

/** @throws RequestRefused when others write at the same time all the while */
const change = async (
  decide: (before: StopSwitch) => StopSwitch,
  { documents }: Pick<Ports, "documents">,
): Promise<StopSwitch> => {
  for (let tried = 0; tried < triesOfChange; tried += 1) {
    const document = await documents.load(folder, name);
    const before = switchIn(document);
    const next = decide(before);
    if (next === before) return before;
    if (await documents.save(folder, name, next, document?.version ?? 0)) {
      kept.delete(documents);
      return next;
    }
  }
  throw contested();
};

/** Publishes what stands in the outbox, then marks it: never the other way round (R16). */
const publish = async ({ outbox }: StopSwitch, ports: TellPorts): Promise<void> => {
  if (outbox.length === 0) return;
  const known = await alreadyInFeed(outbox, ports);
  await ports.feed.append(outbox.filter(({ id }) => !known.has(id)));
  const refused = new Set(await ports.bus.publish(outbox));
  if (refused.size > 0) ports.log.warn("the bus did not take all events", { count: refused.size });
  const said = new Set(outbox.map(({ id }) => id).filter((id) => !refused.has(id)));
  await change((now) => {
    const left = now.outbox.filter(({ id }) => !said.has(id));
    return left.length === now.outbox.length ? now : { ...now, outbox: left };
  }, ports);
};

/** The switch is saved; the deliverer tells it, now or at its next tick. */
const wake = async ({ queue, log }: ChangePorts): Promise<void> => {
  try {
    await queue.wakeDeliverer();
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown fault";
    log.warn("the stop is announced within a minute and not at once", { error: why });
  }
};

/** Stops everything that makes or powers on, in the place of a stop that stood. @throws RequestRefused 409 */
export const setStop = async (stop: Stop, ports: ChangePorts): Promise<Stop> => {
  await change((before) => withStop(before, stop, ports.clock.now()), ports);
  await wake(ports);
  return stop;
};

/** Lifts the stop, if there is one. @throws RequestRefused 409 */
export const liftStop = async (by: string, ports: ChangePorts): Promise<void> => {
  const now = ports.clock.now();
  await change((before) => withoutStop(before, isStanding(before.stop, now) ? by : null, now), ports);
  await wake(ports);
};

/** Says that a stop was set or lifted, or is over because its time has come. */
export const tendStop = async (ports: TellPorts): Promise<void> => {
  const now = ports.clock.now();
  const tended = await change(
    (before) => (isStanding(before.stop, now) ? before : withoutStop(before, null, now)),
    ports,
  );
  await publish(tended, ports);
};
