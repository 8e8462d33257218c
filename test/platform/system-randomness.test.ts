import { systemRandomness } from "../../lib/platform/system-randomness.ts";
import { randomnessContract } from "../contracts/randomness.ts";

randomnessContract("of the machine", () => systemRandomness);
