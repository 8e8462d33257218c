import { queueContract } from "../contracts/queue.ts";
import { MemoryQueue } from "./memory-queue.ts";

queueContract("in memory", async () => {
  const queue = new MemoryQueue();
  return {
    queue,
    starts: async () => queue.starts,
    wakes: async () => queue.wakes,
    deliveries: async () => queue.deliveries,
    dead: async () => queue.dead,
    breakStarts: () => {
      for (let index = 0; index < 100; index += 1) queue.refuse.add(`op_${index}`);
    },
  };
});
