import { vi } from "vitest";

const clock = Date.now.bind(Date);
let ahead = 0;

/** The functions' clock goes on by so many seconds. It never goes back: leases are held until then. */
export const later = (seconds: number): void => {
  ahead += seconds * 1000;
  vi.spyOn(Date, "now").mockImplementation(() => clock() + ahead);
};
