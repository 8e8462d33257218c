import type { StartFromHook } from "../../events/start-from-hook.ts";
import { NotQueued, type Queue } from "../../lib/ports/queue.ts";

/** What was sent, in the order of sending. `refuse` names ids that the queue does not take, and hooks. */
export class MemoryQueue implements Queue {
  readonly starts: string[] = [];
  readonly refuse = new Set<string>();
  readonly dead: { readonly body: string; readonly reason: string }[] = [];
  readonly hookWork: StartFromHook[] = [];
  wakes = 0;
  deliveries = 0;
  bulkRuns = 0;

  async requestStarts(operationIds: readonly string[]): Promise<void> {
    const refused = operationIds.filter((id) => this.refuse.has(id));
    this.starts.push(...operationIds.filter((id) => !this.refuse.has(id)));
    if (refused.length > 0) throw new NotQueued(refused);
  }

  async requestHookWork(work: StartFromHook): Promise<void> {
    if (this.refuse.has(work.hook)) throw new NotQueued([]);
    this.hookWork.push(work);
  }

  async wakeFollower(): Promise<void> {
    this.wakes += 1;
  }

  async wakeDeliverer(): Promise<void> {
    this.deliveries += 1;
  }

  async wakeBulkRunner(): Promise<void> {
    this.bulkRuns += 1;
  }

  async setAside(body: string, reason: string): Promise<void> {
    this.dead.push({ body, reason });
  }
}
