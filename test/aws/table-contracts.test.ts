import { describe } from "vitest";
import { tableSuite } from "../contracts/table-suite.ts";
import { dynoxideEngine, hasDynoxide } from "../dynoxide-engine.ts";
import { dynaliteEngine } from "../table-engine.ts";
import { engineWorlds } from "./engine-world.ts";

if (!hasDynoxide)
  console.warn(
    "Left out: dynoxide. @dynoxide/linux-x64 is optional, for Linux on x64 only, and not installed.",
  );

describe("the shipped table on dynalite", () => {
  tableSuite("dynalite", engineWorlds(dynaliteEngine));
});

describe.skipIf(!hasDynoxide)("the shipped table on dynoxide", () => {
  tableSuite("dynoxide", engineWorlds(dynoxideEngine));
});
