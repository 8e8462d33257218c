import type { Ablation } from "./ablations.ts";

const publishing = "lib/flows/publish-events.ts";
const following = "lib/flows/follow-operations.ts";

/** The rules of saying what has happened: all of it, in one order. */
export const eventRules: readonly Ablation[] = [
  {
    rule: "R16 events are marked after they are published",
    patches: [
      {
        file: publishing,
        find: `  const refused = new Set(await ports.bus.publish(events));`,
        put: `  operations = (await Promise.all(operations.map((operation) => mark(operation, events.map(({ id }) => id), ports)))).filter((operation) => operation !== null);\n  const refused = new Set(await ports.bus.publish(events));`,
      },
    ],
    proves: ["I4"],
  },
  {
    rule: "R18 what the bus did not take is sent again",
    patches: [{ file: publishing, find: `.filter((id) => !refused.has(id));`, put: `.filter(() => true);` }],
    proves: ["I4"],
  },
  {
    rule: "ends are owed by the lease before they are saved",
    patches: [
      {
        file: following,
        find: `  await lease.owe(news.filter(({ ends }) => ends).map(({ operation }) => operation.id));`,
        put: ``,
      },
    ],
    proves: ["I4"],
  },
  {
    rule: "what is owed is handed on with the lease",
    patches: [
      {
        file: "lib/flows/follower-lease.ts",
        find: `this.#owed = new Set(before.owed);`,
        put: `this.#owed = new Set();`,
      },
    ],
    proves: ["I4"],
  },
  {
    rule: "a server's events are numbered over all its operations",
    patches: [
      {
        file: "lib/flows/change-operation.ts",
        find: `await reserveSequence(operation, ports);`,
        put: `0;`,
      },
    ],
    proves: ["I6"],
  },
  {
    rule: "a server whose tags were taken off goes on counting",
    patches: [
      {
        file: "lib/flows/creator-of.ts",
        find: `(await register.makers).get(resource.id) ?? null`,
        put: `(await register.makers).get("") ?? null`,
      },
    ],
    strengths: { "human edits tags": 5 },
    proves: ["I6"],
  },
];
