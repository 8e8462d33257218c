/** Seconds from an instant at rest (RFC 3339) to `now` (ms since the epoch). */
export const secondsBetween = (instant: string, now: number): number => (now - Date.parse(instant)) / 1000;

/** Milliseconds since the epoch as the RFC 3339 UTC text kept in rows and events. */
export const instant = (epochMilliseconds: number): string => new Date(epochMilliseconds).toISOString();
