import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { patched, sourceOf } from "../patched-source.ts";
import { scheduleAblations } from "./ablations.ts";
import { at, Forged } from "./forged.ts";
import { work } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { scheduleRegressions } from "./regressions.ts";

describe("the world of schedules", () => {
  it("keeps every promise in 12 seeds with all faults", { timeout: 180_000 }, async () => {
    const order = { mode: "swarm", span: "brief" } as const;
    const { failures, operations } = await work({ do: "seeds", from: 50_001, count: 12, order });
    expect(failures).toEqual([]);
    expect(operations).toBeGreaterThan(12);
  });

  it("survives a death at every write of a seed", { timeout: 180_000 }, async () => {
    const { failures, runs } = await work({ do: "every crash", seed: 17 });
    expect(failures).toEqual([]);
    expect(runs).toBeGreaterThan(20);
  });

  it("is the same in every run with the same seed", { timeout: 300_000 }, async () => {
    const { failures } = await work({ do: "twice", from: 14, count: 4 });
    expect(failures).toEqual([]);
  });

  it("is another one with another seed", { timeout: 300_000 }, async () => {
    const hashes = new Set<string>();
    for (const seed of [3, 17, 32, 34])
      hashes.add((await runOnce({ seed, mode: "swarm", hashing: true })).hash);
    expect(hashes.size).toBe(4);
  });
});

describe("what seeds have found", () => {
  it.each(scheduleRegressions)("$was", { timeout: 300_000 }, async ({ order }) => {
    expect((await runOnce(order)).violations).toEqual([]);
  });
});

interface Bad {
  readonly what: string;
  readonly invariant: string;
  readonly forge: () => Forged;
}

/** Changes a good day. */
const bad = (what: string, invariant: string, spoil: (day: Forged) => void, settings = {}): Bad => ({
  what,
  invariant,
  forge: () => {
    const day = new Forged(settings).day();
    spoil(day);
    return day;
  },
});

const forged: readonly Bad[] = [
  bad("an edge is applied twice", "I11", (day) => {
    day.command("srv-1", "on", "08:00", at("08:05"));
  }),
  bad("an edge is applied both ways", "I11", (day) => {
    day.command("srv-1", "off", "08:00", at("08:05"));
  }),
  bad("a command is of an edge that there is not", "I11", (day) => {
    day.command("srv-1", "off", "18:30", at("18:30:20"));
  }),
  {
    what: "an edge is acted on that came before the schedule was changed",
    invariant: "I11",
    forge: () => {
      const day = new Forged().day(["on srv-1"]);
      const changed = { updated_at: "2026-06-01T08:30:00.000Z" };
      const schedules = day.ledger.inputs.schedules.map((one) => Object.assign({}, one, changed));
      day.version("schedule", at("08:30"), { schedules });
      day.command("srv-1", "on", "08:00", at("08:40"));
      return day;
    },
  },
  bad("a correction is made where nothing is enforced", "I11", (day) => {
    day.command("srv-1", "on", "12:00", at("12:00:20"), "it is off, and on is enforced: its periods");
  }),
  {
    what: "the latest edge is not applied, and nobody is told",
    invariant: "I11",
    forge: () => new Forged().day(["off srv-1"]),
  },
  {
    what: "an override has ended, and nothing came of it",
    invariant: "I11",
    forge: () => {
      const day = new Forged().day(["off srv-1", "off srv-2"]);
      day.except("on", "17:30", "20:00");
      return day;
    },
  },
  bad("a server is stopped that an override keeps on", "wanted", (day) => day.except("on", "17:30", "20:00")),
  bad(
    "an edge is acted on hours late",
    "late",
    (day) => void day.command("srv-1", "on", "08:00", at("12:00")),
    {
      catch_up: { late: "1h" },
    },
  ),
  bad("a schedule that observes sends something", "observe", () => {}, { mode: "observe" }),
  bad("a schedule that is paused sends something", "pause", (day) =>
    day.version("paused", at("07:00"), {
      freezes: [
        {
          id: "frz_1",
          schedule: "office",
          from: "2026-06-01T07:00:00.000Z",
          until: null,
          ended_at: null,
          reason: null,
          by: "ann",
        },
      ],
    }),
  ),
  {
    what: "an outage changes everything, and nobody is asked",
    invariant: "confirm",
    forge: () => {
      const day = new Forged().day(["on srv-1", "on srv-2"]);
      day.plant.scheduler.outages.push({ from: at("05:00"), until: at("12:00") });
      for (const server of ["srv-1", "srv-2"]) day.command(server, "on", "08:00", at("12:00:20"));
      return day;
    },
  },
  bad("an operation of an edge is not told", "told", (day) => {
    day.operation("srv-1", "off", at("18:10"), "failed");
    day.operation("srv-2", "on", at("08:10"));
  }),
  bad("a stop comes that was snoozed", "snooze", (day) => {
    const click = { schedule: "office", stopAt: at("18:00"), status: 200 };
    day.ledger.clicks.push({ ...click, asked: at("17:50"), answered: at("17:50:01") });
  }),
  bad("a server is started twice by one wake", "wake", (day) => {
    day.except("on", "20:00", "22:00");
    day.command("srv-1", "on", "20:00", at("20:00:20"));
    day.command("srv-1", "on", "20:00", at("20:01:20"));
    const woken = { schedule: "office", override: "ovr_1", servers: null };
    const until = "2026-06-01T22:00:00.000Z";
    day.ledger.wakes.push({ ...woken, until, asked: at("20:00"), answered: at("20:00:01") });
  }),
  bad("somebody's hand is fought", "respect", (day) => {
    day.hand("srv-1", "off", at("10:00"));
    day.command("srv-1", "on", "12:00", at("12:00:20"));
  }),
  bad("what is enforced is not put right", "enforce", (day) => day.hand("srv-1", "off", at("12:00")), {
    mode: "enforce",
  }),
  bad(
    "a server is put right four times within an hour",
    "enforce",
    (day) => {
      for (const minute of ["00", "10", "20", "30"]) {
        day.hand("srv-1", "off", at(`12:${minute}`));
        const because = "it is off, and on is enforced: its periods";
        day.command("srv-1", "on", `12:${minute}`, at(`12:${minute}:20`), because);
      }
    },
    { mode: "enforce" },
  ),
  bad("somebody is blamed who has done nothing", "blamed", (day) =>
    day.says("schedule.drifted", at("12:00"), null, { "srv-1": null }, "it was switched off by hand"),
  ),
  bad("an event is said in two ways", "I4", (day) =>
    day.publish("evt_1", "schedule.created", at("00:01"), 1, { reason: "another" }),
  ),
  bad("a number is left out", "I6", (day) => day.publish("evt_99", "schedule.alert", at("12:00"), 99)),
  bad("a change is told twice", "changes", (day) => day.event("schedule.created", at("00:01"))),
  bad("a change is not told", "changes", (day) => day.version("paused", at("22:00"), {})),
  bad("a locked server is switched", "touched", (day) => {
    day.record(at("10:00"), { what: "state", server: "srv-1", state: "locked" });
    day.operation("srv-1", "off", at("12:00"));
  }),
  bad("a protected server is stopped", "touched", (day) =>
    day.ledger.meddled.push({ at: at("10:00"), server: "srv-1", what: "protected" }),
  ),
  bad("a call reaches the provider that nobody asked for", "asked", (day) =>
    day.turns("srv-1", "off", at("12:00")),
  ),
  bad("what is said to be applied is no operation", "I5", (day) =>
    day.says("schedule.edge_applied", at("12:00"), { at: "08:00", action: "on" }, { "srv-1": "op_99" }),
  ),
  bad("more calls are made than the connection allows", "I10", (day) => {
    for (let call = 0; call < 100; call += 1)
      day.record(at("12:00"), { what: "sent", connection: "paris", call: "look" });
  }),
  bad("an invocation leaves something behind", "I14", (day) =>
    day.record(at("12:00"), { what: "invocation over", name: "tick", pending: 1 }),
  ),
  bad("an answer is given that nobody should get", "answers", (day) =>
    day.ledger.odd.push("a schedule is answered 500"),
  ),
];

describe("who checks the world of schedules", () => {
  it("finds nothing in a day on which all goes well", () => {
    expect(new Forged().day().words()).toEqual([]);
  });

  it.each(forged)("sees that $what ($invariant)", ({ forge, invariant }) => {
    expect(forge().broken()).toContain(invariant);
  });

  it("takes a snooze, and the end of an override that is acted on, for what they are", () => {
    const day = new Forged().day(["off srv-1", "off srv-2"]);
    day.except("on", "17:30", "20:00");
    for (const server of ["srv-1", "srv-2"]) day.command(server, "off", "20:00", at("20:00:20"));
    expect(day.words()).toEqual([]);
  });
});

describe("rules of schedules that can be taken out of a test build", () => {
  it.each(scheduleAblations)("$rule: stands in the shipped source, once", ({ patches }) => {
    for (const patch of patches) expect(patched(sourceOf(patch.file), patch)).not.toBe(sourceOf(patch.file));
  });
});

describe("what runs in the world", () => {
  const handlers = [
    ["functions/schedules.ts", "httpHandler", "schedulesRoutes"],
    ["functions/tick-schedules.ts", "tickHandler", "tickSchedules"],
    ["functions/follow-operations.ts", "tickHandler", "followOperations"],
  ] as const;
  const world = readFileSync(new URL("plant.ts", import.meta.url), "utf8");

  it.each(handlers)("is what %s deploys: %s with %s", (file, stack, flow) => {
    const deployed = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
    expect(deployed).toMatch(new RegExp(`handler = ${stack}\\(\\w+, ${flow}\\)`));
    expect(world).toContain(`${stack}(open, ${flow})`);
  });
});
