import type { Ablation } from "./ablations.ts";
import type { Patch } from "./patched-source.ts";

const orphan = "lib/operation/orphan.ts";
const removing = "lib/flows/remove-orphan.ts";

/** A rule of the sweeper: without it something is deleted that must stay, or something stays that nobody is told of. */
const sweep = (rule: string, proves: string, ...patches: readonly Patch[]): Ablation => ({
  rule: `R10 ${rule}`,
  patches,
  sweeps: "delete",
  proves: [proves],
});

/** The rules of the sweeper that can be taken out. */
export const sweepRules: readonly Ablation[] = [
  sweep("what one sweep suspects another one confirms", "I8", {
    file: "lib/operation/orphan-list.ts",
    find: `sweep.now >= secondsAfter(orphan.first_seen_at, sweep.patienceSeconds(orphan));`,
    put: `sweep.now > 0;`,
  }),
  {
    ...sweep(
      "a last look decides, not the list",
      "I8",
      {
        file: removing,
        find: `if (judgement.is !== "orphan" || judged.by !== orphan.operation_id) {`,
        put: `if (connection === null) {`,
      },
      {
        file: removing,
        find: `const against = connection.orphans.delete ? judgement.heldBack : "deleting is switched off";`,
        put: `const against = null;`,
      },
    ),
    strengths: { "list shows old tags": 2 },
  },
  sweep("a keep tag always wins", "I8", {
    file: orphan,
    find: `if (isKept(rest.thing.tags))`,
    put: `if (rest === null)`,
  }),
  sweep("two markers are none", "I8", {
    file: "lib/operation/marked.ts",
    find: `  if (onlyOne(tags, "swy:dep=") !== deploymentTag(deployment)) return null;\n`,
    put: ``,
  }),
  sweep("an operation that nobody knows proves nothing", "I8", {
    file: orphan,
    find: `if (operation === null) return { is: "unknown_owner", why: "the operation that it names is not on record" };`,
    put: `if (operation === null) return { is: "orphan", reason: "without_owner", why: "", heldBack: null };`,
  }),
  sweep(
    "an operation that is not over, or waits for a person, decides itself",
    "I8",
    { file: orphan, find: `when: ({ operation }) => !isDone(operation),`, put: `when: () => false,` },
    {
      file: orphan,
      find: `when: ({ operation }) => operation.state === "needs_attention",`,
      put: `when: () => false,`,
    },
  ),
  sweep("what another operation works on, or has, is its own", "I8", {
    file: orphan,
    find: `when: ({ isWorkedOn }) => isWorkedOn === true,`,
    put: `when: () => false,`,
  }),
  sweep("what a person was told stays is left alone", "I8", {
    file: orphan,
    find: `when: ({ operation }) => operation.error?.code === "ABANDONED",`,
    put: `when: () => false,`,
  }),
  sweep("only volumes that came with a server go with it", "I8", {
    file: "lib/operation/orphan-removal.ts",
    find: `if (!cameTogether(thing, leaving)) return stays("it was not made together with the server");`,
    put: ``,
  }),
  sweep("no more go in one sweep than the connection allows", "I8", {
    file: "lib/flows/sweep-connection.ts",
    find: `all.slice(0, most);`,
    put: `all;`,
  }),
  {
    ...sweep("the intent to delete is saved before the call", "I7", {
      file: removing,
      find: `  await cell.save(withIntent(cell.list, orphan, removal));\n`,
      put: ``,
    }),
    strengths: { "crash after": 5 },
  },
];
