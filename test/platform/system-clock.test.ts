import { systemClock } from "../../lib/platform/system-clock.ts";
import { clockContract } from "../contracts/clock.ts";

clockContract("of the machine", () => ({ clock: systemClock, letPass: (work) => work }));
