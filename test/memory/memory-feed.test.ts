import { eventFeedContract } from "../contracts/event-feed.ts";
import { MemoryFeed } from "./memory-feed.ts";
import { VirtualClock } from "./virtual-clock.ts";

eventFeedContract("in memory", async () => {
  const clock = new VirtualClock();
  const feed = new MemoryFeed(clock);
  return { feed, other: feed, clock };
});
