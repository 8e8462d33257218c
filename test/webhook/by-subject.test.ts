import { describe, expect, it } from "vitest";
import { bySubject } from "../../lib/webhook/by-subject.ts";
import { aDelivery, isoAt, start } from "./endpoints.ts";

const delivery = (subject: string, sequence: number, dueAt = start) =>
  aDelivery({ id: `dlv_${subject}_${sequence}`, subject, sequence, next_attempt_at: isoAt(dueAt) });

const idsOf = (groups: ReturnType<typeof bySubject>) => groups.map((group) => group.map(({ id }) => id));

describe("deliveries that are due together", () => {
  it("are in the order of their events where these are about the same thing, however they were found", () => {
    const found = [delivery("a", 3), delivery("a", 1), delivery("a", 10), delivery("a", 2)];
    expect(idsOf(bySubject(found))).toEqual([["dlv_a_1", "dlv_a_2", "dlv_a_3", "dlv_a_10"]]);
  });

  it("are apart where they are about different things, the longest wait first", () => {
    const found = [
      delivery("late", 1, start + 2),
      delivery("first", 2, start + 1),
      delivery("first", 1, start + 3),
    ];
    expect(idsOf(bySubject(found))).toEqual([["dlv_first_1", "dlv_first_2"], ["dlv_late_1"]]);
  });

  it("are none where nothing is due", () => {
    expect(bySubject([])).toEqual([]);
  });
});
