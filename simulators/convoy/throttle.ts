import type { MiddlewareHandler } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import type { World } from "../world.ts";
import { refused } from "./answers.ts";

/**
 * The panel's limit: `limit` calls in a minute that begins with the first of them, and the headers that tell of it.
 * The minute is a duration, so it is divided by `speed` as the others are. `undefined` throttles nothing.
 */
export const throttle = (parts: {
  world: World;
  speed: number;
  limit: number | undefined;
}): MiddlewareHandler<SimulatorEnv> => {
  const { world, speed, limit } = parts;
  let endsAt = Number.NEGATIVE_INFINITY;
  let used = 0;
  return async (context, next) => {
    if (limit === undefined) {
      await next();
      return;
    }
    const now = world.clock.now();
    if (now >= endsAt) {
      endsAt = now + 60_000 / speed;
      used = 0;
    }
    if (used >= limit) {
      throw refused(429, "Too Many Attempts.", {
        "Retry-After": String(Math.max(1, Math.ceil((endsAt - now) / 1000))),
        "X-RateLimit-Limit": String(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": String(Math.ceil(endsAt / 1000)),
      });
    }
    used += 1;
    const left = String(limit - used);
    await next();
    context.res.headers.set("X-RateLimit-Limit", String(limit));
    context.res.headers.set("X-RateLimit-Remaining", left);
  };
};
