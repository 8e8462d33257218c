import { busContract } from "../contracts/bus.ts";
import { MemoryBus } from "./memory-bus.ts";

busContract("in memory", async () => {
  const bus = new MemoryBus();
  return {
    bus,
    taken: () => bus.published,
    refuse: (ids) => {
      for (const id of ids) bus.refuse.add(id);
    },
    breakDown: () => {
      bus.broken = new Error("no bus");
    },
  };
});
