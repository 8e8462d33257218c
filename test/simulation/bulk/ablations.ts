import type { AnyAblation } from "../ablate-each.ts";
import type { Patch } from "../patched-source.ts";

/** A rule of bulk jobs, and how a test build does without it. */
export interface BulkAblation extends AnyAblation {
  readonly patches: readonly Patch[];
}

const one = (file: string, find: string, put: string): readonly Patch[] => [{ file, find, put }];
const sending = "lib/flows/bulk-send.ts";
const beginning = "lib/flows/bulk-begin.ts";
const meeting = "lib/flows/bulk-meet.ts";
const running = "lib/flows/run-bulk-jobs.ts";
const laying = "lib/bulk/lay-mark.ts";
const twice = ["G20", "I1"];

const sendRules: readonly BulkAblation[] = [
  {
    rule: "an item is said to be started before it is sent",
    patches: [
      ...one(
        sending,
        `if (item === undefined || !job.held.isStartSaved(item) || entry?.isEnrolled === false) continue;`,
        `if (item === undefined) continue;`,
      ),
      ...one(
        running,
        `  await Promise.all([saveAll(run), enrolChosen(run)]);
  for (const connection of ports.providers.connections()) beginSending(run, connection);
`,
        `  for (const connection of ports.providers.connections()) beginSending(run, connection);
  await Promise.all([saveAll(run), enrolChosen(run)]);
`,
      ),
    ],
    strengths: { slow: 4, "crash before": 4, "crash after": 4, "store throttled": 3 },
    proves: [...twice, "cancel", "pause", "backwards", "retry", "I2"],
  },
  {
    rule: "the id of an item's operation follows from its job and its key",
    patches: one(
      "lib/flows/start-item.ts",
      `: ["bulk", job.id, key];`,
      `: ["bulk", job.id, key, String(job.sequence)];`,
    ),
    proves: [...twice, "I2", "end"],
  },
  {
    rule: "nothing is sent of a job that is held up",
    patches: one(sending, `return isWindingUp(job) || paused !== null`, `return paused === undefined`),
    strengths: { "provider 429 storm": 3, "provider is out": 2, "api reply lost": 1 },
    proves: ["pause", "cancel"],
  },
  {
    rule: "whoever has stood still looks before it sends",
    patches: one(
      "lib/flows/bulk-run.ts",
      `return this.turn.ports.clock.now() - this.#seenAt < freshMilliseconds;`,
      `return this.#seenAt < Infinity;`,
    ),
    strengths: { freeze: 12, "tick missed": 3, "queue refuses": 5 },
    // Another runner keeps back what was not sent, and so does no harm come of it: it is only known sooner.
    proves: [],
  },
  {
    rule: "what was given back can't be sent by whoever had it before",
    patches: one(
      sending,
      `  const now = run.turn.ports.clock.now();
  try {
    const row = await keepFromStarting`,
      `  const now = run.turn.ports.clock.now();
  if (now > 0) return true;
  try {
    const row = await keepFromStarting`,
    ),
    strengths: { freeze: 8, "tick twice": 2, "queue repeats": 2, "crash after": 1 },
    proves: [...twice, "cancel", "I2"],
  },
  {
    rule: "what fails in a way that nobody knows is set aside after three times",
    patches: one(sending, `    await setAside(run, chosen, error);\n`, `    rest(entry, clock.now());\n`),
    proves: ["end"],
  },
  {
    rule: "what can't be put can be kept back",
    patches: one("lib/flows/start-item.ts", `input: {}, outbox: []`, `outbox: []`),
    proves: ["end"],
  },
];

const markRules: readonly BulkAblation[] = [
  {
    rule: "an end stays as it is",
    patches: one(
      laying,
      `const isOpen = (letter: Letter, code: number): boolean =>
`,
      `const isOpen = (letter: Letter, code: number): boolean =>
  code < Infinity ||
`,
    ),
    // The row of its operation says the same to all runners. What is laid over an end by hand is in test/bulk/job-run.
    proves: [],
  },
  {
    rule: "what was learnt of an earlier attempt says nothing of a later one",
    patches: one(laying, `  if (board.attempts.at(mark.item) !== mark.attempt) return null;\n`, ``),
    strengths: { freeze: 6, "provider revokes the key": 20, "tick twice": 2, "crash after": 2, quota: 4 },
    proves: [...twice, "backwards", "I2", "end", "retry", "items"],
  },
  {
    rule: "what was cancelled is not begun",
    patches: one(
      laying,
      `  if (letter !== "p" && letter !== "b") return null;\n`,
      `  if (letter === "r" || letter === "s") return null;\n`,
    ),
    strengths: { slow: 2, "store throttled": 3, "store reply lost": 3 },
    proves: ["backwards", "cancel", ...twice],
  },
  {
    rule: "what a job has begun is told from what another job of its batch_scope has",
    patches: one(
      meeting,
      `  if (row.bulk_job !== job.held.job.id) return`,
      `  if (row.bulk_job === "") return`,
    ),
    proves: [...twice, "abort", "removal", "report"],
  },
  {
    rule: "what has made something is not begun again by itself",
    patches: one("lib/flows/bulk-marks.ts", ` && !(creates(kind) && resource !== null);`, `;`),
    strengths: { "provider revokes the key": 30 },
    proves: ["G20"],
  },
  {
    rule: "what is not saved when a job is aborted is looked at again",
    patches: one(
      "lib/flows/held-job.ts",
      `    if (isNewlyAborted)\n`,
      `    if (isNewlyAborted && this.#marks.length < 0)\n`,
    ),
    strengths: { slow: 4, "store throttled": 3, "store write unclear": 4 },
    proves: ["abort"],
  },
  {
    rule: "what was just made is not removed before it is to be seen",
    patches: one("lib/flows/bulk-undo.ts", `  if (isTooYoung(made, run.turn)) return { is: "going" };\n`, ``),
    strengths: { "look too early": 3, "out of stock": 2 },
    proves: ["I1"],
  },
];

const otherRules: readonly BulkAblation[] = [
  {
    rule: "items are counted before they are begun",
    patches: one(
      beginning,
      `    if (admitted.has(operation.id)) job.admitted.add(item);
    if (refusal === undefined) continue;`,
      `    job.admitted.add(item);
    if (refusal === undefined || admitted.size >= 0) continue;`,
    ).concat(
      one(
        beginning,
        `const { admitted, refused, retryAfterSeconds } = await admitReserved(connection, id, operations, ports);`,
        `const { admitted, refused, retryAfterSeconds } = await admitReserved({ ...connection, limits: {} }, id, operations, ports);`,
      ),
    ),
    proves: ["limit"],
  },
  {
    rule: "a job reserves what it will make",
    patches: one(
      "lib/limits/reserve.ts",
      `  if (used + held + wanted <= value) return null;`,
      `  if (used + wanted <= value) return null;`,
    ),
    proves: ["limit"],
  },
  {
    rule: "events are marked after they are published",
    patches: one(
      running,
      `    job.held.say(await publishJob(job.held.job, run.turn.ports)),`,
      `    { job.held.say(new Set(outbox.map((event) => event.id))); await publishJob({ ...job.held.job, outbox }, run.turn.ports); },`,
    ),
    strengths: { "bus down": 4, "crash after": 2 },
    proves: ["I6", "I4", "events"],
  },
  {
    rule: "progress is told once in five seconds",
    patches: one(
      "lib/bulk/job-run.ts",
      ` || secondsBetween(last.at, now) < progressSeconds) return job;`,
      `) return job;`,
    ),
    proves: ["progress"],
  },
  {
    rule: "the runner is told of what is asked for a second time",
    patches: one("lib/flows/bulk-store.ts", `      if (!isOver(next)) await noteOpen(next, ports);\n`, ``),
    strengths: { "store write unclear": 8, "store throttled": 6, "crash before": 3 },
    proves: ["pause", "end", "abort"],
  },
  {
    rule: "one runner at a time saves work, and no more",
    patches: one("lib/flows/run-lease.ts", `  if (before !== null && before.until > now) return null;\n`, ``),
    proves: [],
  },
];

/** Every rule that can be taken out, and where that must show. */
export const bulkAblations: readonly BulkAblation[] = [...sendRules, ...markRules, ...otherRules];
