import type { Operation } from "../../lib/operation/operation.ts";
import type { DeliveryStore } from "../../lib/ports/delivery-store.ts";
import type { Documents } from "../../lib/ports/documents.ts";
import type { DueOperation, OperationFilter, OperationStore } from "../../lib/ports/operation-store.ts";
import { aDelivery } from "../deliveries.ts";
import { anEvent, anOperation } from "../operations.ts";
import { readOn } from "./event-feed.ts";
import { at, type TableInstance, type TableWorld } from "./store-world.ts";
import { stepEndpoints, stepFolders, stepIds, type Step, type StepRow } from "./table-steps.ts";

/** Milliseconds from one step to the next; more than any pause that a table makes by itself. */
const pace = 10_000;

type StepOf<Name extends Step["do"]> = Extract<Step, { do: Name }>;

/** What a table has answered, step by step. */
export type Transcript = readonly (readonly [step: Step["do"], answer: unknown])[];

const rowOf = (id: string, version: number, row: StepRow, now: number): Operation =>
  anOperation({
    id,
    version,
    state: row.state,
    connection: row.connection,
    created_at: at(now),
    updated_at: at(now),
    outbox: Array.from({ length: row.events }, (_, index) =>
      anEvent({ id: `evt_${id}_${version}_${index}` }),
    ),
    is_owed: row.isOwed,
    hold_until: row.heldFor === null ? null : at(now + row.heldFor),
    input: { text: row.text },
  });

/**
 * What is due, in an order that all tables share (ties may come in any), and without expired rows: a real table names
 * those until it gets round to removing them.
 */
const dueAnswer = async (
  store: Pick<OperationStore | DeliveryStore, "loadMany">,
  limit: number,
  due: (limit: number) => Promise<readonly DueOperation[]>,
): Promise<unknown> => {
  const all = await due(1_000);
  const some = await due(limit);
  const kept = new Set((await store.loadMany(all.map(({ id }) => id))).map(({ id }) => id));
  const times = all.map(({ dueAtMilliseconds }) => dueAtMilliseconds);
  const named = all
    .filter(({ id }) => kept.has(id))
    .map(({ id, dueAtMilliseconds }) => `${dueAtMilliseconds} ${id}`);
  return {
    named: named.toSorted(),
    isInOrder: times.every((time, index) => time >= (times[index - 1] ?? time)),
    limitGivesTheFirst:
      JSON.stringify(some.map(({ dueAtMilliseconds }) => dueAtMilliseconds)) ===
      JSON.stringify(times.slice(0, limit)),
  };
};

const listAnswer = async <Position extends object | string>(
  list: (after: Position | null) => Promise<{ readonly next: Position | null }>,
): Promise<unknown> => {
  const pages = [await list(null)];
  for (let next = pages[0]?.next ?? null; next !== null && pages.length < 20;) {
    const page = await list(next);
    pages.push(page);
    next = page.next;
  }
  return pages;
};

const operationsAnswer = (store: OperationStore, filter: OperationFilter, limit: number): Promise<unknown> =>
  listAnswer((after: Parameters<OperationStore["list"]>[1]) => store.list(filter, after, limit));

const documentsAnswer = (documents: Documents, folder: string, limit: number): Promise<unknown> =>
  listAnswer((after: string | null) => documents.list(folder, after, limit));

/** One table under a sequence of steps. Its clock is set anew before each, whatever pauses the table itself has made. */
class Player {
  readonly world: TableWorld;
  #now: number;
  #serial = 0;

  constructor(world: TableWorld) {
    this.world = world;
    this.#now = world.clock.now();
  }

  async play(step: Step): Promise<unknown> {
    this.#now += step.do === "wait" ? step.milliseconds : pace;
    await this.world.clock.advanceTo(this.#now);
    if (step.do === "wait") return null;
    const instance = this.world[step.by];
    switch (step.do) {
      case "create":
      case "replace":
        return this.#write(step, step.isLost ? await this.world.losing(1) : instance);
      case "load":
        return instance.store.load(step.id);
      case "loadMany":
        return (await instance.store.loadMany(step.ids)).toSorted((one, other) =>
          one.id < other.id ? -1 : 1,
        );
      case "due":
        return dueAnswer(instance.store, step.limit, (limit) =>
          instance.store.due(this.#now + step.until, limit),
        );
      case "list":
        return operationsAnswer(instance.store, step.filter, step.limit);
      case "save":
        return this.#save(step, step.isLost ? await this.world.losing(1) : instance);
      case "cell":
        return instance.cells.load(step.key);
      case "saveDocument":
      case "removeDocument":
        return this.#changeDocument(step, step.isLost ? await this.world.losing(1) : instance);
      case "listDocuments":
        return documentsAnswer(instance.documents, step.folder, step.limit);
      case "createDelivery":
      case "replaceDelivery":
        return this.#writeDelivery(step, step.isLost ? await this.world.losing(1) : instance);
      case "deliveriesOf":
        return this.#deliveriesOf(step, instance.deliveries);
      case "append":
        return this.#append(step, instance);
      case "read":
        return this.#read(step, instance);
      case "readSince": {
        // Half a step aside, so that no pause of a table moves a chunk across it.
        const position = await instance.feed.positionAt(this.#now - (step.stepsAgo + 0.5) * pace);
        return (await readOn(instance.feed, position)).ids;
      }
    }
  }

  async #write(step: StepOf<"create"> | StepOf<"replace">, { store }: TableInstance): Promise<unknown> {
    if (step.do === "create") return store.create(rowOf(step.id, 1, step.row, this.#now));
    const stands = (await store.load(step.id))?.version ?? 0;
    const seen = stands + step.belief;
    return [seen, await store.replace(rowOf(step.id, Math.max(seen, stands) + 1, step.row, this.#now), seen)];
  }

  async #save(step: StepOf<"save">, { cells }: TableInstance): Promise<unknown> {
    const stands = (await cells.load(step.key))?.version ?? 0;
    const seen = Math.max(0, stands + step.belief);
    return [seen, await cells.save(step.key, step.value, seen)];
  }

  async #changeDocument(
    step: StepOf<"saveDocument"> | StepOf<"removeDocument">,
    { documents }: TableInstance,
  ): Promise<unknown> {
    const { folder, name } = step;
    const stands = (await documents.load(folder, name))?.version ?? 0;
    const seen = Math.max(0, stands + step.belief);
    if (step.do === "removeDocument") return [seen, await documents.remove(folder, name, seen)];
    const expires = step.expiresIn === null ? [] : [Math.floor(this.#now / 1000) + step.expiresIn];
    return [seen, await documents.save(folder, name, step.value, seen, ...expires)];
  }

  async #writeDelivery(
    step: StepOf<"createDelivery" | "replaceDelivery">,
    { deliveries }: TableInstance,
  ): Promise<unknown> {
    const { id, endpoint, dueIn } = step;
    const now = at(this.#now);
    const row = (version: number) =>
      aDelivery({
        id,
        version,
        endpoint,
        created_at: now,
        next_attempt_at: dueIn === null ? null : at(this.#now + dueIn),
      });
    if (step.do === "createDelivery") return deliveries.create(row(1));
    const stands = await deliveries.load(id);
    const seen = (stands?.version ?? 0) + step.belief;
    const next = { ...row(Math.max(seen, stands?.version ?? 0) + 1), created_at: stands?.created_at ?? now };
    return [seen, await deliveries.replace(next, seen)];
  }

  async #deliveriesOf(
    { endpoint, limit }: StepOf<"deliveriesOf">,
    deliveries: DeliveryStore,
  ): Promise<unknown> {
    const due = await dueAnswer(deliveries, limit, (most) => deliveries.due(endpoint, this.#now, most));
    type Position = Parameters<DeliveryStore["list"]>[1];
    return [due, await listAnswer((after: Position) => deliveries.list(endpoint, after, limit))];
  }

  async #append({ count }: StepOf<"append">, { feed }: TableInstance): Promise<unknown> {
    const events = Array.from({ length: count }, () => {
      this.#serial += 1;
      return anEvent({ id: `evt_${this.#serial}` });
    });
    await feed.append(events);
    return events.length;
  }

  /** Positions are a table's own: what is compared is what stands behind the same event. */
  async #read({ behind, chunks }: StepOf<"read">, { feed }: TableInstance): Promise<unknown> {
    const { ids, positions } = await readOn(feed, 0, chunks);
    const from = positions[behind % Math.max(1, positions.length)] ?? 0;
    return [ids, (await readOn(feed, from, chunks)).ids];
  }
}

/** Plays a sequence on an empty table; at the end everything that stands in it is read. */
export const transcriptOf = async (world: TableWorld, steps: readonly Step[]): Promise<Transcript> => {
  const player = new Player(world);
  const answers: (readonly [Step["do"], unknown])[] = [];
  const ending: readonly Step[] = [
    ...stepIds.map((id) => ({ do: "load", by: "one", id }) as const),
    { do: "due", by: "two", until: 50 * 86_400_000, limit: 2 },
    { do: "list", by: "one", filter: {}, limit: 2 },
    ...stepFolders.map((folder) => ({ do: "listDocuments", by: "two", folder, limit: 2 }) as const),
    ...stepEndpoints.map((endpoint) => ({ do: "deliveriesOf", by: "one", endpoint, limit: 2 }) as const),
    { do: "read", by: "two", behind: 0, chunks: 2 },
  ];
  for (const step of [...steps, ...ending]) answers.push([step.do, await player.play(step)]);
  return answers;
};
