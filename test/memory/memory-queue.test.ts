import { queueContract } from "../contracts/queue.ts";
import { MemoryQueue } from "./memory-queue.ts";

queueContract("in memory", async () => {
  const queue = new MemoryQueue();
  return {
    queue,
    starts: async () => queue.starts,
    hookWork: async () => queue.hookWork,
    wakes: async () => queue.wakes,
    bulkRuns: async () => queue.bulkRuns,
    deliveries: async () => queue.deliveries,
    dead: async () => queue.dead,
    breakStarts: () => {
      queue.refuse.add("shop");
      for (let index = 0; index < 100; index += 1) queue.refuse.add(`op_${index}`);
    },
  };
});
