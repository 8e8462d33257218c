import * as z from "zod";

const nameSchema = z.string().min(1).max(60);

/** The most servers that a connection may limit itself to: each one that is counted stands in one small cell. */
const mostCounted = 2000;
/** The most creates a minute that a limit may name, for the same reason. */
const mostPerMinute = 600;

/**
 * What Switchyard may cause through one connection, at most. Each is optional; what is left out is not limited.
 * `servers`, `creates_per_minute` and `euros_per_day` are counted, which costs a read and a write more for a create.
 */
export const limitsSchema = z.strictObject({
  /** Servers that Switchyard has made and that are there. */
  servers: z.int().min(0).max(mostCounted).exactOptional(),
  /** Requests that make something new, within any 60 seconds. */
  creates_per_minute: z.int().min(0).max(mostPerMinute).exactOptional(),
  /** Euros that the servers asked for in one UTC day would cost in 24 hours: a day's whole price for each. */
  euros_per_day: z.number().min(0).max(1_000_000).exactOptional(),
  /** Zones (or the region, where that is all there is) in which something may be made. */
  zones: z.array(nameSchema).max(50).exactOptional(),
  /** Types of servers that may be made, or that a server may be changed to. */
  types: z.array(nameSchema).max(200).exactOptional(),
});
export type Limits = z.infer<typeof limitsSchema>;
export type LimitName = keyof Limits;

/** Prices that the provider does not tell, or that are to stand in the place of what it tells. */
export const pricesSchema = z.strictObject({
  /** Type of a server → euros an hour. */
  types: z.record(nameSchema, z.number().min(0).max(10_000)).default({}),
  /** Euros an hour of a gigabyte (10^9 bytes) of a block volume. */
  volume_gb_hour: z.number().min(0).max(100).exactOptional(),
  /** Euros an hour of a public IPv4 address. */
  ipv4_hour: z.number().min(0).max(100).exactOptional(),
});
export type Prices = z.infer<typeof pricesSchema>;

/** Who can raise a limit, in words. */
export const raisedBy = (connection: string): string =>
  `whoever writes the configuration of connection ${connection}`;
