import type { Pace } from "../pace.ts";

/**
 * How a look before a create is made, times in milliseconds: it must leave the create itself time to leave within two
 * seconds (R5), and what is not known by then is done without.
 */
export const beforeCreate: Pace = {
  patience: { milliseconds: 400, urgency: "look" },
  timeoutMilliseconds: 1000,
};
