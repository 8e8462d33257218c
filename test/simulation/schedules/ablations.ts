import type { AnyAblation } from "../ablate-each.ts";
import type { Patch } from "../patched-source.ts";
import type { Span } from "./asks.ts";

/** A rule of schedules, and how a test build does without it. */
export interface ScheduleAblation extends AnyAblation {
  readonly patches: readonly Patch[];
  readonly span?: Span;
  /** Milliseconds after the minute at which ticks come, where they are to meet something else. */
  readonly tickAt?: number;
}

const deciding = "lib/schedule/decide-server.ts";
const planning = "lib/schedule/plan-tick.ts";
const passing = "lib/flows/tick-pass.ts";
const one = (file: string, find: string, put: string): readonly Patch[] => [{ file, find, put }];

export const scheduleAblations: readonly ScheduleAblation[] = [
  {
    rule: "a command bears the id of its edge (R35)",
    patches: one(
      "lib/flows/tick-commands.ts",
      `["schedule", edge, ...`,
      `["schedule", edge, String((globalThis.count = (globalThis.count ?? 0) + 1)), ...`,
    ),
    strengths: { "crash after": 4, "store throttled": 3, "store write unclear": 3, "tick twice": 2 },
    proves: ["I11", "told"],
  },
  {
    rule: "documents are written on condition of what was read",
    patches: one(
      "lib/flows/schedule-store.ts",
      `asJson(next), version, expiresAt?.(next))`,
      `asJson(next), (await ports.documents.load(place.folder, place.name))?.version ?? 0, expiresAt?.(next))`,
    ),
    strengths: { "tick twice": 3, "tick late": 3, slow: 4, freeze: 6 },
    proves: ["I6", "I4", "I11", "told"],
  },
  {
    rule: "only what has come since the last tick is acted on",
    patches: one(
      deciding,
      `stored.edge?.id !== wish.id) {`,
      `(stored.edge?.id !== wish.id || true)) {`,
    ).concat(
      one("lib/schedule/arrived.ts", `if (sendAt <= since) return null;`, ``),
      one("lib/schedule/arrived.ts", `since - spread - lead, now`, `since - 86_400_000, now`),
    ),
    proves: ["respect", "I11", "wanted", "pause"],
  },
  {
    rule: "edges before a change of the schedule are not acted on",
    patches: one(
      planning,
      `return state.applied_until === null ? changed : Math.max(changed, Date.parse(state.applied_until));`,
      `return state.applied_until === null ? changed - 1_500_000 : Date.parse(state.applied_until);`,
    ),
    proves: ["I11", "respect", "wanted", "confirm", "told"],
  },
  {
    rule: "what stands above schedules now has a say in what an edge asked for",
    patches: one("lib/schedule/wish.ts", `if (wanted === action || !`, `if (wanted !== "never" || !`),
    strengths: { "scheduler is out": 6, "tick missed": 3 },
    proves: ["pause", "wanted"],
  },
  {
    rule: "two looks agree before anything is sent",
    patches: one(
      passing,
      `    if (unsure.length === 0) return judged;\n`,
      `    if (unsure.length >= 0) { const sure = this.world.sends ? await holdSwitched(judged.map((one) => ({ ...one, sights: one.sights.flatMap((sight) => [{ ...sight, at: sight.at - 1 }, sight]) })), plan, this.world) : []; void sure; return judged; }\n`,
    ),
    strengths: { "look stale": 3, "turns slowly": 2 },
    proves: ["blamed", "I11", "respect"],
  },
  {
    rule: "a server that is switched again and again is left alone for a while",
    patches: one(
      "lib/schedule/guard.ts",
      `export const mostCorrections = 3;`,
      `export const mostCorrections = 99;`,
    ),
    span: "brief",
    proves: ["enforce"],
  },
  {
    rule: "an edge that is too late is left out",
    patches: one(
      deciding,
      `if (now - wish.sendAt <= millisecondsOf(catchUpOf(schedule).late))`,
      `if (now - wish.sendAt <= 1e12)`,
    ),
    strengths: { "scheduler is out": 3 },
    proves: ["late"],
  },
  {
    rule: "after an outage a person is asked",
    patches: one("lib/schedule/catch-up.ts", `gapMinutes > rule.minutes && `, `gapMinutes > 1e9 && `),
    strengths: { "scheduler is out": 3 },
    proves: ["confirm"],
  },
  {
    rule: "the stop of an edge is claimed before it is sent",
    patches: one(
      "lib/flows/tick-commands.ts",
      `    if (claim.by === "stop") continue;\n`,
      `    if (claim.by === "stop" || at > 0) continue;\n`,
    ),
    strengths: { slow: 2, "provider 429": 2 },
    tickAt: 200,
    proves: ["snooze"],
  },
  {
    rule: "a change by hand is kept until the next edge that may undo it",
    patches: one("lib/schedule/manual.ts", `if (setting === "none" || `, `if (setting !== "never" || `),
    span: "day",
    proves: ["respect"],
  },
  {
    rule: "a hold ends by what its schedule says now",
    patches: one(
      "lib/flows/tick-holds.ts",
      `if (made === null ? isOver : made.until === until) continue;`,
      `if (made !== null || until !== "never" || isOver) continue;`,
    ),
    strengths: { "tick missed": 1 },
    span: "day",
    proves: ["I11"],
  },
  {
    rule: "what a tick has made before it died is recalled",
    patches: one(
      "lib/flows/tick-recall.ts",
      `if (suspected.length === 0) return new Set();`,
      `if (suspected.length >= 0) return new Set();`,
    ),
    strengths: { "crash before": 3, "crash after": 3, "store throttled": 3, "store write unclear": 3 },
    proves: ["told", "blamed"],
  },
  {
    rule: "a server that does not come where it should be is told about",
    patches: one(
      "lib/flows/tick-checks.ts",
      `if (isLate && !check.is_told)`,
      `if (isLate && !check.is_told && now < 0)`,
    ),
    strengths: { "call never lands": 6 },
    proves: ["I11"],
  },
  {
    rule: "a snooze is for one stop and is kept once",
    patches: one(
      "lib/flows/snooze.ts",
      `if (!isOurs) throw used(claim);`,
      `if (!isOurs && now < 0) throw used(claim);`,
    ).concat(
      one(
        "lib/flows/stop-claims.ts",
        `const origin = { by: "snooze", key: \`snooze\\n\${at}\` };`,
        `const origin = { by: "snooze", key: \`snooze\\n\${at}\${ports.clock.now()}\` };`,
      ),
    ),
    proves: ["changes"],
  },
  {
    rule: "an override ends by itself",
    patches: one(
      "lib/schedule/boundaries.ts",
      `{ at: to, cause: \`override \${override.id} ends\`, ended: override, ...known },`,
      ``,
    ),
    proves: ["I11"],
  },
  {
    rule: "a server is looked at before it is switched",
    patches: one(
      "lib/schedule/wish.ts",
      `      return leave("locked", "the provider has locked it: it is left alone", true);`,
      `      return null;`,
    ),
    strengths: {},
    span: "day",
    proves: ["touched"],
  },
  {
    rule: "nothing that is protected is stopped",
    patches: one(
      "lib/schedule/guard.ts",
      `if (server.protected === true && `,
      `if (server.protected === true && now < 0 && `,
    ),
    strengths: {},
    span: "long",
    proves: ["touched"],
  },
  {
    rule: "a change that was saved is told, whoever has died",
    patches: one(
      "lib/flows/schedules.ts",
      `if (isChanged || ports.clock.now() - Date.parse(schedule.updated_at) < repeatMilliseconds) {`,
      `if (isChanged) {`,
    ),
    strengths: { "crash after": 6, "crash before": 4 },
    span: "brief",
    proves: ["changes"],
  },
  {
    rule: "what an edge before the latest has asked for is recalled",
    patches: one("lib/flows/tick-recall.ts", `return [...settled, ...before].filter(`, `return [].filter(`),
    strengths: {
      "crash before": 4,
      "crash after": 4,
      "store throttled": 3,
      "tick missed": 2,
      "queue late": 3,
    },
    proves: ["told", "I11", "blamed"],
  },
  {
    rule: "what is said is numbered where it is kept",
    patches: one("lib/flows/schedule-events.ts", `sequence: said.sequence,`, `sequence: news.sequence,`),
    proves: ["I6"],
  },
];
