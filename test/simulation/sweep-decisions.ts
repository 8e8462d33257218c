import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Marked } from "../../lib/operation/marked.ts";
import type { Phase } from "../../lib/operation/observation.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { kinds } from "../../lib/operation/kind.ts";
import { operationStates, type Operation } from "../../lib/operation/operation.ts";
import { judgeMarked, type OrphanCase } from "../../lib/operation/orphan.ts";
import { problem } from "../../lib/operation/problem.ts";
import { anOperation } from "../operations.ts";
import { Chance } from "./chance.ts";

const ids = ["a", "b", "c"].map((key) => operationIdOf("test", key));
const [mine = ""] = ids;
const start = Date.parse("2026-11-02T08:00:00.000Z");
const minutes = (count: number): string => new Date(start + count * 60_000).toISOString();

/** Tags as people, other installations and other tools write them. */
const hostile = [
  "",
  " ",
  "web",
  "keep",
  "swy:keep",
  "Keep",
  "keep=1",
  " swy:keep ",
  "swy:keep:until-friday",
  "keeper",
  "do-not-keep",
  "swy:op",
  "swy:op=",
  "swy:dep=",
  `swy:op=${mine.toUpperCase()}`,
  `swy:op=${mine} `,
  ` swy:op=${ids[1] ?? ""}`,
  `swy:op=${mine}x`,
  "swy:op=op_1",
  "swy:op=op_zzzzzzzzzzzzzzzzzzzzzzzzzz",
  "SWY:OP=x",
  "swy:dep=prod",
  "swy:dep=test-2",
  "swy:dep=tes",
  "Swy:Dep=test",
  " swy:dep=test",
  "swy:dep=test,swy:op=x",
  "__proto__",
  "swy:orphan",
] as const;

const phases: readonly Phase[] = ["off", "off", "off", "on", "standby", "moving", "locked", "unknown"];

const tagsOf = (chance: Chance): readonly string[] => {
  const tags: string[] = [];
  if (chance.happens(0.9)) tags.push(`swy:op=${chance.happens(0.9) ? mine : chance.pick(ids)}`);
  if (chance.happens(0.9)) tags.push(chance.happens(0.95) ? "swy:dep=test" : "swy:dep=other");
  const more = chance.pick([0, 0, 0, 1, 2]);
  for (let index = 0; index < more; index += 1) tags.push(chance.pick(hostile));
  if (chance.happens(0.05)) tags.push(...tags);
  return tags.toSorted(() => chance.fraction() - 0.5);
};

const thingOf = (chance: Chance): Marked => {
  const type = chance.pick(["server", "server", "server", "volume", "ip"]);
  return {
    resource: { type, id: chance.pick(["thing-1", "thing-2"]) },
    name: null,
    tags: tagsOf(chance),
    createdAt: chance.pick([minutes(0), minutes(30), minutes(58), "long ago", null]),
    phase: chance.pick(phases),
    state: "as it is",
    isProtected: chance.happens(0.1),
    usedBy: type === "server" || chance.happens(0.7) ? null : "server-9",
    volumes: [],
  };
};

const rowOf = (chance: Chance): Operation => {
  const state = chance.pick(operationStates);
  const kind = chance.happens(0.8) ? "server.create" : chance.pick(kinds);
  const isOver = /succeeded|failed|cancelled|needs_attention/.test(state);
  const code = chance.pick(["ABANDONED", "START_FAILED", "QUOTA_EXCEEDED"]);
  return anOperation({
    id: chance.happens(0.97) ? mine : chance.pick(ids),
    kind,
    state,
    connection: chance.happens(0.95) ? "paris" : "ams",
    resource: chance.pick([null, { type: "server", id: "thing-1" }, { type: "server", id: "thing-3" }]),
    horizon_seconds: chance.pick([97, 97, 97, 7200]),
    ...(isOver ? { ended_at: chance.pick([minutes(1), minutes(40), minutes(59)]) } : {}),
    ...(/failed|needs_attention/.test(state)
      ? { error: problem({ code, title: "t", status: 422, detail: "d" }) }
      : {}),
  });
};

/** A few hundred rows are enough: the tags and the things are what is hostile. */
const rows = (chance: Chance): readonly Operation[] => Array.from({ length: 2000 }, () => rowOf(chance));

const caseOf = (chance: Chance, known: readonly Operation[]): OrphanCase => ({
  thing: thingOf(chance),
  deployment: "test",
  connection: "paris",
  operation: chance.happens(0.05) ? null : chance.pick(known),
  isWorkedOn: chance.happens(0.1),
  now: start + 3_600_000,
  horizonSeconds: chance.pick([97, 97, 97, 3000]),
});

/** The words of a marker, as anybody may have meant them. */
const meant = (tags: readonly string[], word: string): readonly string[] => [
  ...new Set(tags.filter((tag) => tag.trim().toLowerCase().startsWith(`${word}=`))),
];

/**
 * Why the thing must not be deleted, written without a look at how the sweeper decides: from what the promise says to
 * those who own things. Null: it may be.
 */
export const mustStay = ({
  thing,
  operation,
  isWorkedOn,
  now,
  horizonSeconds,
}: OrphanCase): string | null => {
  const { tags } = thing;
  const words = tags.map((tag) => tag.trim().toLowerCase().split(/[=:]/));
  if (words.some(([first, second]) => first === "keep" || (first === "swy" && second === "keep")))
    return "kept";
  const [maker, ...makers] = meant(tags, "swy:op");
  const [place, ...places] = meant(tags, "swy:dep");
  if (makers.length > 0 || places.length > 0) return "two markers";
  if (place !== "swy:dep=test") return "not of this installation";
  if (operation === null || maker !== `swy:op=${operation.id}`) return "nobody knows its operation";
  if (operation.connection !== "paris") return "another connection's";
  if (operation.kind !== `${thing.resource.type}.create`) return "not what the operation makes";
  const isFinal = ["succeeded", "failed", "cancelled"].includes(operation.state);
  if (!isFinal || operation.ended_at === null) return "not over";
  const own = operation.resource?.id ?? null;
  if (operation.state === "succeeded" && (own === null || own === thing.resource.id)) return "adopted";
  if (operation.error?.code === "ABANDONED") return "promised to be left alone";
  if (isWorkedOn) return "somebody else's work";
  if (thing.phase !== "off" || thing.usedBy !== null || thing.isProtected) return "in use";
  const patience = Math.max(horizonSeconds, operation.horizon_seconds) * 1000;
  const births = [thing.createdAt ?? "", operation.ended_at].map((text) => new Date(text).getTime());
  return births.some((at) => now - at < patience) ? "too young" : null;
};

/** What a number of decisions came to. */
export interface Decisions {
  readonly deleted: number;
  readonly reported: number;
  /** Deletions that the oracle forbids, as text. */
  readonly wrong: readonly string[];
  /** Things that may go and were left: not wrong, but a sweeper that leaves everything proves nothing. */
  readonly missed: number;
}

/** Decides on many things and compares each decision with the oracle. */
export const decide = (count: number, seed: number): Decisions => {
  const chance = new Chance(seed).split("decisions");
  const known = rows(chance);
  let deleted = 0;
  let reported = 0;
  let missed = 0;
  const wrong: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const asked = caseOf(chance, known);
    const judgement = judgeMarked(asked);
    const goes = judgement.is === "orphan" && judgement.heldBack === null;
    const reason = mustStay(asked);
    if (judgement.is === "orphan") reported += 1;
    if (goes) deleted += 1;
    if (goes && reason !== null) wrong.push(`${reason}: ${JSON.stringify(asked)}`);
    if (!goes && reason === null) missed += 1;
  }
  return { deleted, reported, wrong, missed };
};

const main = (): void => {
  const { values } = parseArgs({
    options: { count: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
  });
  const count = Number(values.count);
  const began = performance.now();
  const { deleted, reported, wrong, missed } = decide(count, Number(values.seed));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  for (const text of wrong.slice(0, 5)) process.stdout.write(`wrong: ${text}\n`);
  process.stdout.write(
    `${count} decisions, ${reported} orphans, ${deleted} deletions, ${missed} left that might go, ${seconds} s\n` +
      `${count - wrong.length} passed, ${wrong.length} failed\n`,
  );
  process.exitCode = wrong.length === 0 && deleted > count / 1000 ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
