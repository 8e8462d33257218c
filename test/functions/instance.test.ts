import { describe } from "vitest";
import { provisioningSuite } from "./provisioning.ts";

describe("provisioning at scaleway-instance", () => {
  provisioningSuite("scaleway-instance");
});
