/** Whether two reasons are the same: one that counts minutes is the same all the while, and told once. */
export const isSameReason = (one: string | undefined, other: string): boolean =>
  one?.replaceAll(/\d+/g, "#") === other.replaceAll(/\d+/g, "#");
