import type { Ablation } from "./ablations.ts";

const catalogueOfV0 = "lib/providers/convoy-v0/catalogue.ts";
const buildLook = "lib/providers/convoy-v0/build-look.ts";

/** The rules that only some dialects need. */
export const dialectRules: readonly Ablation[] = [
  {
    rule: "settings are changed only after the build is over",
    patches: [
      {
        file: catalogueOfV0,
        find: `steps: () => [build, { name: "apply", mode: "repeat", goal: "answered" }],`,
        put: `steps: () => [{ name: "apply", mode: "repeat", goal: "answered" }],`,
      },
    ],
    dialect: "convoy-v0",
    proves: ["I17"],
  },
  {
    rule: "a build's first zero is not its end",
    patches: [
      {
        file: buildLook,
        find: `return awaitsBuild === true && flagOf(server) === "idle" && !this.#built.has(resource.id);`,
        put: `return awaitsBuild === true && flagOf(server) === "idle" && resource.id === "";`,
      },
    ],
    dialect: "convoy-v0",
    proves: ["I5", "I17"],
  },
  {
    rule: "a zero proves nothing while another build keeps the workers busy",
    patches: [
      {
        file: buildLook,
        find: `const isBusy = await this.#calls.isAnyBuilt().catch(orElse(true));`,
        put: `const isBusy = false;`,
      },
    ],
    dialect: "convoy-v0",
    strengths: { "build takes long": 8, "build waits": 1 },
    proves: ["I5", "I17"],
  },
  {
    rule: "without a marker nothing is created a second time",
    patches: [
      {
        file: "lib/operation/doubt.ts",
        find: `  if (!operation.is_marked) return doubtUnmarked(operation, now, reason);`,
        put: ``,
      },
      {
        file: "lib/operation/doubt.ts",
        find: `doubt === null || !operation.is_marked`,
        put: `doubt === null`,
      },
      {
        file: "lib/operation/resume.ts",
        find: `operation.is_marked ? { do: "search" }`,
        put: `operation.id !== "" ? { do: "search" }`,
      },
    ],
    proves: ["I1"],
  },
  {
    rule: "what exists already is ours only after a doubt",
    patches: [
      {
        file: "lib/operation/refused.ts",
        find: `if (step?.name === "apply" && operation.doubted_creates > 0)`,
        put: `if (step?.name === "apply")`,
      },
    ],
    dialect: "scaleway-v1",
    strengths: { "queue late": 1, "provider unavailable": 1 },
    proves: ["I5"],
  },
  {
    rule: "what is sent after a pause is on record before",
    patches: [
      {
        file: "lib/operation/resume.ts",
        find: `      : { do: "intend" };\n  }\n  const what`,
        put: `      : { do: "send", what: "apply" };\n  }\n  const what`,
      },
    ],
    dialect: "scaleway-v1",
    strengths: { "crash after": 3, "provider unavailable": 6, "store write unclear": 3, "answer lost": 2 },
    proves: ["I5"],
  },
  {
    rule: "a create numbers its events where its server can't name it",
    patches: [
      {
        file: "lib/flows/change-operation.ts",
        find: `  if (adoptsUnsigned(operation, change.operation, fact)) {`,
        put: `  if (operation.id === "") {`,
      },
      // Nor are creates looked through, which would find the youngest of them all the same.
      {
        file: "lib/flows/creator-of.ts",
        find: `(await register.makers).get(resource.id) ?? null`,
        put: `(await register.makers).get("") ?? null`,
      },
    ],
    proves: ["I6"],
  },
];
